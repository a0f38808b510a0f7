import type { GpuFrame } from "../packing/gpu_frame.ts";
import type { Camera } from "../renderer/core/camera.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import type { Look } from "./look.ts";

// Differences are shown so many times as bright: 2 doublings.
const DOUBLINGS = 2;

export interface PaintOptions {
  readonly look: Look;
  readonly gain: number;
  /** Where the residual part of a split picture begins, 0 … 1. */
  readonly split: number;
  /** Red, green, blue. */
  readonly background: readonly [number, number, number];
  /** In depth order of this very pose: for pictures that stay. */
  readonly exact: boolean;
}

/** Draws what is chosen: one layer, two side by side, or how they differ. */
export class Painting {
  /** `over`: lies over the renderer's canvas, for differences. */
  constructor(private readonly renderer: Renderer, private readonly canvas: HTMLCanvasElement, private readonly over: HTMLCanvasElement) {}

  /** The canvas that has the picture. */
  get shown(): HTMLCanvasElement {
    return this.over.hidden === false ? this.over : this.canvas;
  }

  draw(frame: GpuFrame, camera: Camera, { look, gain, split, background: [r, g, b], exact }: PaintOptions): void {
    const { renderer } = this, background = [r, g, b, 1] as const;
    this.over.hidden = look !== "difference";
    if (look === "difference") {
      this.drawDifference(frame, camera, gain);
    } else if (look === "split") {
      renderer.draw(frame, camera, { residual: 0, columns: [0, split], background, exact });
      renderer.draw(frame, camera, { residual: gain, columns: [split, 1], background, exact });
    } else {
      renderer.draw(frame, camera, { residual: look === "rigid" ? 0 : gain, background, exact });
    }
  }

  private drawDifference(frame: GpuFrame, camera: Camera, gain: number): void {
    const { renderer, over, canvas } = this, { widthPx, heightPx } = camera, black = [0, 0, 0, 1] as const;
    const context = over.getContext("2d");
    if (context === null) {
      return;
    }
    if (over.width !== widthPx || over.height !== heightPx) {
      over.width = widthPx;
      over.height = heightPx;
    }
    ["copy", "difference"].forEach((mode, layer) => {
      renderer.draw(frame, camera, { residual: layer * gain, background: black, exact: true });
      context.globalCompositeOperation = mode as GlobalCompositeOperation;
      context.drawImage(canvas, 0, 0);
    });
    context.globalCompositeOperation = "lighter";
    for (let k = 0; k < DOUBLINGS; k++) {
      context.drawImage(over, 0, 0);
    }
  }
}
