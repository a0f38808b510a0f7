// PlayCanvas by WebGL2: one frame as a PLY.
import * as pc from "playcanvas";

export async function prepare(canvas, view) {
  canvas.width = view.widthPx;
  canvas.height = view.heightPx;
  const app = new pc.Application(canvas, { graphicsDeviceOptions: { antialias: false, preserveDrawingBuffer: true } });
  app.graphicsDevice.maxPixelRatio = 1;
  app.setCanvasResolution(pc.RESOLUTION_FIXED, view.widthPx, view.heightPx);
  app.autoRender = false;
  app.start();
  const asset = new pc.Asset("frame", "gsplat", { url: "frame.ply" });
  await new Promise((resolve, reject) => {
    asset.on("load", resolve);
    asset.on("error", reject);
    app.assets.add(asset);
    app.assets.load(asset);
  });
  const splats = new pc.Entity();
  splats.addComponent("gsplat", { asset });
  app.root.addChild(splats);
  const camera = new pc.Entity();
  camera.addComponent("camera", {
    clearColor: new pc.Color(0.5, 0.5, 0.5, 1), fov: (view.fovYRad * 180) / Math.PI, nearClip: 0.05, farClip: 100,
  });
  app.root.addChild(camera);
  return {
    gl: app.graphicsDevice.gl,
    draw(eye, target) {
      camera.setPosition(...eye);
      camera.lookAt(new pc.Vec3(...target));
      app.renderNextFrame = true;
      app.tick?.(performance.now());
    },
  };
}
window.bench = { prepare };
