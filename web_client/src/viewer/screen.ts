import type { GpuFrame } from "../packing/gpu_frame.ts";
import { createRenderer } from "../renderer/create_renderer.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import { attachGestures } from "./gestures.ts";
import { Orbit } from "./orbit.ts";
import { part } from "./page_parts.ts";
import { type PaintOptions, Painting } from "./painting.ts";

const MOST_PIXEL_RATIO = 2;
// WebGPU that is lost again and again, as on drivers with a defect, gives way to WebGL2.
const MOST_LOSSES = 2;

/** What is drawn on: the canvas, its renderer and the camera. */
export class Screen {
  readonly orbit = new Orbit();
  renderer: Renderer | null = null;
  /** The browser has taken the device away. */
  isLost = false;
  size: [number, number] = [1, 1];
  /** Red, green, blue of the page. */
  background: readonly [number, number, number] = [1, 1, 1];
  /** The device is gone, or back; false where it is another renderer, which has no avatar yet. */
  onLost: (isLost: boolean) => void = () => undefined;

  private painting: Painting | null = null;
  private losses = 0;

  get canvas(): HTMLCanvasElement {
    return part<HTMLCanvasElement>("canvas");
  }

  /** Makes a renderer; throws a GraphicsError where the browser can draw nothing. */
  async begin(backend: Renderer["backend"] | null): Promise<void> {
    const { canvas } = this, renderer = await createRenderer(canvas, backend);
    this.renderer = renderer;
    this.isLost = false;
    this.painting = new Painting(renderer, canvas, part<HTMLCanvasElement>("over"));
    canvas.dataset.backend = renderer.backend;
    attachGestures(canvas, this.orbit);
    renderer.onLost = (isLost) => {
      this.losses += isLost ? 1 : 0;
      this.isLost = isLost;
      this.onLost(isLost);
    };
  }

  /** Whether WebGPU was lost too often to be tried again. */
  get isUnsteady(): boolean {
    return this.losses > MOST_LOSSES && this.renderer?.backend === "webgpu";
  }

  /** Gives up what there is: a canvas that had one kind of device never gives another. */
  drop(): void {
    const { canvas, renderer } = this;
    if (renderer !== null) {
      renderer.onLost = null;
      renderer.dispose();
    }
    this.renderer = this.painting = null;
    const fresh = canvas.cloneNode() as HTMLCanvasElement;
    delete fresh.dataset.shown;
    canvas.replaceWith(fresh);
  }

  resize(): void {
    const ratio = Math.min(devicePixelRatio, MOST_PIXEL_RATIO), { clientWidth, clientHeight } = this.canvas;
    this.size = [Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio))];
  }

  /** What the page looks like has changed. */
  takeColours(): void {
    const probe = document.createElement("canvas").getContext("2d");
    if (probe !== null) {
      probe.fillStyle = getComputedStyle(document.body).backgroundColor;
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      this.background = [red / 255, green / 255, blue / 255];
    }
  }

  /** Has all of an avatar between the bars of the page. */
  frame(shown: GpuFrame): void {
    const { renderer, canvas } = this, height = canvas.clientHeight || 1;
    if (renderer !== null) {
      const top = part("top").offsetHeight / height, bottom = part("bottom").offsetHeight / height;
      this.orbit.frame(renderer.sphere(shown), this.size[0] / this.size[1], top, bottom);
    }
  }

  /** The canvas that has the picture then. It may be empty after this task. */
  draw(frame: GpuFrame, options: PaintOptions): HTMLCanvasElement {
    this.painting?.draw(frame, this.orbit.camera(...this.size), options);
    return this.painting?.shown ?? this.canvas;
  }
}
