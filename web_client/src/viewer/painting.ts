import type { GpuFrame } from "../packing/gpu_frame.ts";
import type { Camera } from "../renderer/core/camera.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import type { Look } from "./look.ts";

// Differences are shown so many times as bright: 2 doublings.
const DOUBLINGS = 2;
// How much of the page's colour lies over the avatar on which differences are shown.
const VEIL = 0.72;
// What differs most, on a light page and on a dark one.
const DIFFERS = ["#c2410c", "#ffb454"] as const;

export interface PaintOptions {
  readonly look: Look;
  readonly gain: number;
  /** Where the residual part of a split picture begins, 0 … 1. */
  readonly split: number;
  /** Red, green, blue. */
  readonly background: readonly [number, number, number];
  /** In depth order of this very pose: for pictures that stay. */
  readonly exact: boolean;
  /** Of detail, of those that are here; may lie between two. */
  readonly level: number;
}

/** Draws what is chosen: one layer, two side by side, or how they differ. */
export class Painting {
  // How far both layers are apart.
  private readonly apart = document.createElement("canvas");

  /** `over`: lies over the renderer's canvas, for differences. */
  constructor(private readonly renderer: Renderer, private readonly canvas: HTMLCanvasElement, private readonly over: HTMLCanvasElement) {}

  /** The canvas that has the picture. */
  get shown(): HTMLCanvasElement {
    return this.over.hidden === false ? this.over : this.canvas;
  }

  draw(frame: GpuFrame, camera: Camera, { look, gain, split, background: [r, g, b], exact, level }: PaintOptions): void {
    const { renderer } = this, background = [r, g, b, 1] as const;
    this.over.hidden = look !== "difference";
    if (look === "difference") {
      this.drawDifference(frame, camera, { gain, level }, [r, g, b]);
    } else if (look === "split") {
      renderer.draw(frame, camera, { residual: 0, columns: [0, split], background, exact, level });
      renderer.draw(frame, camera, { residual: gain, columns: [split, 1], background, exact, level });
    } else {
      renderer.draw(frame, camera, { residual: look === "rigid" ? 0 : gain, background, exact, level });
    }
  }

  // The avatar, pale and grey; over it, in one colour, how far both layers are apart.
  private drawDifference(frame: GpuFrame, camera: Camera, { gain, level }: Pick<PaintOptions, "gain" | "level">, ground: readonly [number, number, number]): void {
    const { renderer, canvas } = this, black = [0, 0, 0, 1] as const;
    const context = fit(this.over, camera), apart = fit(this.apart, camera);
    if (context === null || apart === null) {
      return;
    }
    const fill = (on: CanvasRenderingContext2D, mode: GlobalCompositeOperation, colour: string): void => {
      on.globalCompositeOperation = mode;
      on.fillStyle = colour;
      on.fillRect(0, 0, camera.widthPx, camera.heightPx);
    };
    (["copy", "difference"] as const).forEach((mode, layer) => {
      renderer.draw(frame, camera, { residual: layer * gain, background: black, exact: true, level });
      apart.globalCompositeOperation = mode;
      apart.drawImage(canvas, 0, 0);
    });
    apart.globalCompositeOperation = "lighter";
    for (let k = 0; k < DOUBLINGS; k++) {
      apart.drawImage(this.apart, 0, 0);
    }
    fill(apart, "saturation", "#808080");
    const colour = `rgb(${ground.map((value) => Math.round(255 * value)).join()})`;
    renderer.draw(frame, camera, { residual: gain, background: [...ground, 1], exact: true, level });
    context.globalCompositeOperation = "copy";
    context.drawImage(canvas, 0, 0);
    fill(context, "saturation", "#808080");
    context.globalAlpha = VEIL;
    fill(context, "source-over", colour);
    context.globalAlpha = 1;
    const isDark = ground[0] + ground[1] + ground[2] < 1.5;
    if (isDark) {
      fill(apart, "multiply", DIFFERS[1]);
      context.globalCompositeOperation = "screen";
    } else {
      // White where nothing differs.
      fill(apart, "difference", "#ffffff");
      fill(apart, "screen", DIFFERS[0]);
      context.globalCompositeOperation = "multiply";
    }
    context.drawImage(this.apart, 0, 0);
  }
}

// A canvas of the picture's size.
function fit(canvas: HTMLCanvasElement, { widthPx, heightPx }: Camera): CanvasRenderingContext2D | null {
  if (canvas.width !== widthPx || canvas.height !== heightPx) {
    canvas.width = widthPx;
    canvas.height = heightPx;
  }
  return canvas.getContext("2d");
}
