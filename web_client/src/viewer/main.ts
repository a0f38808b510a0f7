import { Controls } from "./controls.ts";
import { Viewer } from "./viewer.ts";

const viewer = new Viewer(), { screen } = viewer;
const controls = new Controls(viewer);

new ResizeObserver(() => screen.resize()).observe(document.documentElement);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => screen.takeColours());
screen.resize();
screen.takeColours();
controls.show();

function tick(nowMs: number): void {
  viewer.tick(nowMs);
  controls.showTime();
  requestAnimationFrame(tick);
}

requestAnimationFrame(tick);
void viewer.start();
