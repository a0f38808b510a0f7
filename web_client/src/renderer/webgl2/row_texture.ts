import { TEXELS_A_ROW } from "../../generated/webgl2_stages.ts";
import { GraphicsError } from "../core/graphics_error.ts";

type Kind = "uint" | "uint4" | "float4";

/** What the kernels have as a buffer: a texture of TEXELS_A_ROW texels a row. */
export class RowTexture {
  readonly texture: WebGLTexture;
  readonly rows: number;

  /** `texels`: at least so many. */
  constructor(private readonly gl: WebGL2RenderingContext, private readonly kind: Kind, texels: number) {
    this.rows = Math.max(1, Math.ceil(texels / TEXELS_A_ROW));
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    if (this.rows > most) {
      throw new GraphicsError(`this avatar needs textures of ${this.rows} rows; the graphics device has ${most}`, "Show a lower level of detail.");
    }
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, this.format, TEXELS_A_ROW, this.rows);
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.NEAREST], [gl.TEXTURE_MAG_FILTER, gl.NEAREST], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ]) {
      gl.texParameteri(gl.TEXTURE_2D, name, value);
    }
  }

  /** Replaces rows from one on. The last may be short. */
  write(values: Uint32Array | Float32Array, firstRow = 0): void {
    const { gl } = this, perRow = TEXELS_A_ROW * (this.kind === "uint" ? 1 : 4);
    const whole = Math.floor(values.length / perRow), rest = values.length - whole * perRow;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    if (whole > 0) {
      this.upload(values.subarray(0, whole * perRow), firstRow, TEXELS_A_ROW, whole);
    }
    if (rest > 0) {
      this.upload(values.subarray(whole * perRow), firstRow + whole, rest / (this.kind === "uint" ? 1 : 4), 1);
    }
  }

  dispose(): void {
    this.gl.deleteTexture(this.texture);
  }

  private upload(values: Uint32Array | Float32Array, row: number, width: number, height: number): void {
    const { gl, kind } = this;
    const format = kind === "uint" ? gl.RED_INTEGER : kind === "uint4" ? gl.RGBA_INTEGER : gl.RGBA;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, width, height, format, kind === "float4" ? gl.FLOAT : gl.UNSIGNED_INT, values);
  }

  private get format(): number {
    const { gl } = this;
    return this.kind === "uint" ? gl.R32UI : this.kind === "uint4" ? gl.RGBA32UI : gl.RGBA32F;
  }
}

/** Textures that a stage writes at once. */
export class RowTargets {
  readonly framebuffer: WebGLFramebuffer;

  constructor(private readonly gl: WebGL2RenderingContext, readonly textures: readonly RowTexture[]) {
    this.framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    textures.forEach(({ texture }, k) => {
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + k, gl.TEXTURE_2D, texture, 0);
    });
    gl.drawBuffers(textures.map((_, k) => gl.COLOR_ATTACHMENT0 + k));
  }

  /** Runs the stage of the current program once a texel of the rows that `count` texels need. */
  run(count: number): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.viewport(0, 0, TEXELS_A_ROW, Math.ceil(count / TEXELS_A_ROW));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  dispose(): void {
    this.gl.deleteFramebuffer(this.framebuffer);
    this.textures.forEach((texture) => texture.dispose());
  }
}
