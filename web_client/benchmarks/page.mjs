// What a page costs: it draws pictures one after the other, of a clip or of poses whose cloth and hair a driver moves.
import { AvatarFrame, cameraOf, ClipPlayer, createRenderer, framing, LivePlayer, PlayableAvatar } from "../src/index.ts";

const POSES = 60;

export async function prepare({ backend, how, widthPx, heightPx }) {
  const canvas = document.createElement("canvas"), worker = new Worker("decoder.js", { type: "module" });
  document.body.append(canvas);
  const bytes = new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()), avatar = await PlayableAvatar.open(bytes, {});
  const clip = new ClipPlayer(avatar);
  clip.play(0);
  clip.updateAndWait(0);
  const poses = how === "clip" ? [] : Array.from({ length: POSES }, () => {
    const pose = new AvatarFrame(avatar.jointCount, avatar.nodeCount);
    pose.takeMotion(clip.pose);
    clip.updateAndWait(1 / 60);
    return pose;
  });
  const renderer = await createRenderer(canvas, backend), live = new LivePlayer(avatar, how !== "clip", how === "worker" ? worker : null);
  renderer.setAvatar(avatar);
  const { centreM, radiusM } = renderer.sphere(clip.frame);
  const camera = cameraOf(framing(centreM, radiusM, widthPx / heightPx), widthPx, heightPx), seen = new Uint8Array(4);
  const gl = renderer.backend === "webgl2" ? canvas.getContext("webgl2") : null;
  let k = 0, mainMs = 0;
  return async (pictures) => {
    mainMs = 0;
    for (let picture = 0; picture < pictures; picture++, k++) {
      await new Promise(requestAnimationFrame);
      const begin = performance.now();
      if (how === "clip") {
        clip.updateAndWait(1 / 60);
      } else {
        // There and back, so that nothing is cut.
        const at = k % (2 * POSES - 2);
        live.step(poses[at < POSES ? at : 2 * POSES - 2 - at], k / 60);
      }
      renderer.draw(how === "clip" ? clip.frame : live.frame, camera);
      mainMs += performance.now() - begin;
      gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, seen);
    }
    return mainMs / pictures;
  };
}
window.bench = { prepare };
