import type { Renderer } from "./core/renderer.ts";
import { WebGl2Renderer } from "./webgl2/webgl2_renderer.ts";

/** A renderer for a canvas that has no context yet. Throws a GraphicsError where the browser can draw nothing. */
export async function createRenderer(canvas: HTMLCanvasElement | OffscreenCanvas): Promise<Renderer> {
  return new WebGl2Renderer(canvas);
}
