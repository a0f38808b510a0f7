// What test_pictures.py calls in a browser: one frame of a package by one of the renderers.
import { type Camera, ClipPlayer, type DrawOptions, createRenderer, PlayableAvatar, type Renderer } from "../../src/index.ts";

interface Wanted {
  backend: Renderer["backend"];
  timeS: number;
  camera: Camera;
  options: DrawOptions;
  level?: number;
}

let avatar: PlayableAvatar | null = null;
let renderer: Renderer | null = null;
let uploaded: number | undefined | null = null;
const canvas = document.createElement("canvas");
document.body.append(canvas);

async function draw({ backend, timeS, camera, options, level }: Wanted): Promise<string> {
  if (avatar === null) {
    avatar = await PlayableAvatar.open(new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()));
  }
  renderer ??= await createRenderer(canvas, backend);
  // What is uploaded anew has no order of before to be content with.
  if (level !== uploaded || options.exact === false) {
    renderer.setAvatar(avatar, level);
    uploaded = level;
  }
  const player = new ClipPlayer(avatar);
  player.play(0, { startS: timeS });
  player.updateAndWait(0);
  renderer.draw(player.frame, camera, { exact: true, ...options });
  const picture = canvas.toDataURL();
  player.dispose();
  return picture;
}

/** Plays, each frame 1/60 s on: milliseconds a frame of each part. */
async function play(wanted: Wanted, frames: number): Promise<Record<string, number>> {
  await draw(wanted);
  const player = new ClipPlayer(avatar!), sums: Record<string, number> = { frame: 0, update: 0, detail: 0, sort: 0, submit: 0 };
  player.play(0);
  player.updateAndWait(0);
  for (let k = 0; k < frames; k++) {
    await new Promise(requestAnimationFrame);
    const begin = performance.now();
    player.updateAndWait(1 / 60);
    const updated = performance.now();
    renderer!.draw(player.frame, wanted.camera, wanted.options);
    sums.update += updated - begin;
    sums.detail += renderer!.times.detailMs;
    sums.sort += renderer!.times.sortMs;
    sums.submit += renderer!.times.submitMs;
    sums.frame -= begin;
    // Waits for the GPU.
    canvas.getContext("webgl2")!.readPixels(0, 0, 1, 1, 0x1908, 0x1401, new Uint8Array(4));
    sums.frame += performance.now();
  }
  player.dispose();
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / frames]));
}

/** Takes the device away, as a browser does: what the renderer told meanwhile. */
async function lose(): Promise<boolean[]> {
  const told: boolean[] = [];
  const back = new Promise<void>((resolve) => {
    renderer!.onLost = (isLost) => {
      told.push(isLost);
      if (!isLost) {
        resolve();
      }
    };
  });
  if (renderer!.backend === "webgl2") {
    const lost = canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
    lost.loseContext();
    await new Promise((done) => canvas.addEventListener("webglcontextlost", () => setTimeout(done), { once: true }));
    lost.restoreContext();
  } else {
    devices.at(-1)!.destroy();
  }
  await back;
  return told;
}

// A page cannot ask a renderer for its device.
const devices: GPUDevice[] = [];
if ("gpu" in navigator) {
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await request.apply(this, given);
    devices.push(device);
    return device;
  };
}

Object.assign(window, { ani3dPictures: { draw, play, lose } });
