import { GraphicsError } from "./core/graphics_error.ts";
import type { Renderer } from "./core/renderer.ts";
import { WebGl2Renderer } from "./webgl2/webgl2_renderer.ts";

/**
 * A renderer for a canvas that has no context yet: WebGPU where a real GPU has it, else WebGL2, or the one that is asked for.
 * Throws a GraphicsError where the browser can draw nothing.
 */
export async function createRenderer(
  canvas: HTMLCanvasElement | OffscreenCanvas, backend: "webgl2" | "webgpu" | null = null,
): Promise<Renderer> {
  if (backend === "webgl2" || (backend === null && !("gpu" in navigator))) {
    return new WebGl2Renderer(canvas);
  }
  const { WebGpuRenderer } = await import("./webgpu/webgpu_renderer.ts");
  try {
    return await WebGpuRenderer.create(canvas, backend === "webgpu");
  } catch (error) {
    if (backend === "webgpu" || !(error instanceof GraphicsError)) {
      throw error;
    }
    return new WebGl2Renderer(canvas);
  }
}
