import { Controls } from "./controls.ts";
import { Viewer } from "./viewer.ts";

const viewer = new Viewer();
const controls = new Controls(viewer);

new ResizeObserver(() => viewer.resize()).observe(viewer.canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => viewer.takeColours());
viewer.resize();
viewer.takeColours();
controls.show();

function tick(nowMs: number): void {
  viewer.tick(nowMs);
  controls.showTime();
  requestAnimationFrame(tick);
}

requestAnimationFrame(tick);
void viewer.start();
