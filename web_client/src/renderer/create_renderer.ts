import { GraphicsError } from "./core/graphics_error.ts";
import type { Renderer } from "./core/renderer.ts";

/**
 * A renderer for a canvas that has no context yet: WebGPU where a real GPU has it, else WebGL2 on a GPU, else the one that
 * draws on the CPU; or the one that is asked for. Throws a GraphicsError where the browser can draw nothing.
 */
export async function createRenderer(
  canvas: HTMLCanvasElement | OffscreenCanvas, backend: Renderer["backend"] | null = null,
): Promise<Renderer> {
  if (backend === "webgpu" || (backend === null && "gpu" in navigator)) {
    const { WebGpuRenderer } = await import("./webgpu/webgpu_renderer.ts");
    try {
      return await WebGpuRenderer.create(canvas, backend === "webgpu");
    } catch (error) {
      if (backend === "webgpu" || !(error instanceof GraphicsError)) {
        throw error;
      }
    }
  }
  if (backend === "software" || (backend === null && !hasGpu())) {
    const { SoftwareRenderer } = await import("./software/software_renderer.ts");
    return new SoftwareRenderer(canvas);
  }
  const { WebGl2Renderer } = await import("./webgl2/webgl2_renderer.ts");
  return new WebGl2Renderer(canvas);
}

// Whether WebGL2 is there, and not emulated on the CPU. A canvas of its own: one that gave a context gives no other.
function hasGpu(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  const name = gl === null ? "" : String(gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null && !/swiftshader|llvmpipe|softpipe|basic render/i.test(name);
}
