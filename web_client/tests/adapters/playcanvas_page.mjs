// What test_engines.py calls: an avatar in a scene of PlayCanvas, a plate before its left half, another behind all of it.
import * as pc from "playcanvas";
import { playCanvasAvatar } from "../../adapters/playcanvas/playcanvas_avatar.ts";
import { ClipPlayer, PlayableAvatar } from "../../src/index.ts";

async function draw({ eye, target, fovYRad, widthPx, heightPx, timeS, nearM, farM }) {
  const canvas = document.createElement("canvas");
  canvas.width = widthPx;
  canvas.height = heightPx;
  document.body.append(canvas);
  const options = { antialias: false, preserveDrawingBuffer: true, deviceTypes: ["webgl2"] };
  const app = new pc.Application(canvas, { graphicsDeviceOptions: options });
  app.graphicsDevice.maxPixelRatio = 1;
  app.setCanvasResolution(pc.RESOLUTION_FIXED, widthPx, heightPx);
  app.autoRender = false;
  app.start();
  const avatar = await PlayableAvatar.open(new Uint8Array(await (await fetch("avatar.a3d")).arrayBuffer()));
  const player = new ClipPlayer(avatar);
  player.play(0, { startS: timeS });
  player.updateAndWait(0);
  const camera = new pc.Entity();
  camera.addComponent("camera", { fov: (fovYRad * 180) / Math.PI, nearClip: 0.05, farClip: 100, clearColor: new pc.Color(0, 0, 0, 1) });
  app.root.addChild(camera);
  camera.setPosition(...eye);
  camera.lookAt(new pc.Vec3(...target));
  const plate = (distanceM, shiftM, colour) => {
    const material = new pc.StandardMaterial(), entity = new pc.Entity();
    material.useLighting = false;
    material.diffuse = new pc.Color(0, 0, 0);
    material.emissive = colour;
    material.update();
    entity.addComponent("render", { type: "plane", material });
    entity.setLocalPosition(shiftM, 0, -distanceM);
    entity.setLocalEulerAngles(90, 0, 0);
    entity.setLocalScale(20, 1, 20);
    camera.addChild(entity);
  };
  plate(farM, 0, new pc.Color(128 / 255, 128 / 255, 128 / 255));
  plate(nearM, -10, new pc.Color(0, 1, 0));
  const place = new pc.Entity();
  app.root.addChild(place);
  playCanvasAvatar(app, place, avatar, player.frame);
  for (let k = 0; k < 2; k++) {
    app.renderNextFrame = true;
    app.tick(performance.now());
  }
  const error = app.graphicsDevice.gl.getError(), picture = canvas.toDataURL();
  app.destroy();
  return { picture, error };
}

Object.assign(window, { ani3dPictures: { draw } });
