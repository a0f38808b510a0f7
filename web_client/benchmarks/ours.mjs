// Our own renderer: the package itself, and it plays.
import { cameraOf, ClipPlayer, createRenderer, PlayableAvatar } from "../src/index.ts";

export async function prepare(canvas, view) {
  const renderer = await createRenderer(canvas, "webgl2");
  const avatar = await PlayableAvatar.open(new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()));
  renderer.setAvatar(avatar);
  const player = new ClipPlayer(avatar);
  player.play(0, { startS: view.timeS });
  player.updateAndWait(0);
  const sums = { player: 0, detail: 0, sort: 0, submit: 0 };
  return {
    gl: canvas.getContext("webgl2"), sums,
    draw(eye, target, isPlaying) {
      const begin = performance.now();
      player.updateAndWait(isPlaying ? 1 / 60 : 0);
      sums.player += performance.now() - begin;
      const [x, y, z] = eye.map((value, axis) => value - target[axis]), distanceM = Math.hypot(x, y, z);
      const orbit = {
        targetM: target, azimuthRad: Math.atan2(x, z), elevationRad: Math.asin(y / distanceM), distanceM, fovYRad: view.fovYRad,
      };
      renderer.draw(player.frame, cameraOf(orbit, view.widthPx, view.heightPx), { background: [0.5, 0.5, 0.5, 1] });
      sums.detail += renderer.times.detailMs;
      sums.sort += renderer.times.sortMs;
      sums.submit += renderer.times.submitMs;
    },
  };
}
window.bench = { prepare };
