// Our own client: the package itself, and it plays.
import { cameraOf, ClipPlayer, createRenderer, PlayableAvatar } from "../src/index.ts";

/** `level`: from the end, where it is below 0. */
export async function prepare(canvas, view, { backend = null, level = -1, playing = false }) {
  const renderer = await createRenderer(canvas, backend);
  const avatar = await PlayableAvatar.open(new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()));
  renderer.setAvatar(avatar, avatar.package.manifest.levelSizes.length + level);
  const player = new ClipPlayer(avatar);
  player.play(0, { startS: view.timeS });
  player.updateAndWait(0);
  const sums = { player: 0, detail: 0, deform: 0, sort: 0, draw: 0 };
  let pictures = 0;
  const gl = renderer.backend === "webgl2" ? canvas.getContext("webgl2") : null;
  return {
    gl,
    // A picture that was drawn by the page itself is there.
    wait: gl === null ? () => undefined : undefined,
    parts: () => Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / pictures])),
    draw(eye, target, isTimed) {
      const begin = performance.now();
      player.updateAndWait(playing && isTimed ? 1 / 60 : 0);
      sums.player += performance.now() - begin;
      const [x, y, z] = eye.map((value, axis) => value - target[axis]), distanceM = Math.hypot(x, y, z);
      const orbit = {
        targetM: target, azimuthRad: Math.atan2(x, z), elevationRad: Math.asin(y / distanceM), distanceM, fovYRad: view.fovYRad,
      };
      renderer.draw(player.frame, cameraOf(orbit, view.widthPx, view.heightPx), { background: [0.5, 0.5, 0.5, 1] });
      const { detailMs, deformMs, sortMs, submitMs } = renderer.times;
      sums.detail += detailMs;
      sums.deform += deformMs;
      sums.sort += sortMs;
      sums.draw += submitMs;
      pictures++;
    },
  };
}
window.bench = { prepare };
