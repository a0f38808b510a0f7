import { GraphicsError } from "../core/graphics_error.ts";

/** A program of two stages: its uniforms by name in one buffer, its textures by name on units of their own. */
export class StageProgram {
  private readonly program: WebGLProgram;
  private readonly buffer: WebGLBuffer | null = null;
  private readonly block: DataView;
  private readonly offsets = new Map<string, number>();
  private readonly units = new Map<string, number>();

  constructor(private readonly gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.program = link(gl, vertex, fragment);
    gl.useProgram(this.program);
    const blocks = gl.getProgramParameter(this.program, gl.ACTIVE_UNIFORM_BLOCKS) as number;
    let size = 0;
    for (let index = 0; index < blocks; index++) {
      gl.uniformBlockBinding(this.program, index, 0);
      size = Math.max(size, gl.getActiveUniformBlockParameter(this.program, index, gl.UNIFORM_BLOCK_DATA_SIZE) as number);
    }
    this.block = new DataView(new ArrayBuffer(size));
    if (size > 0) {
      this.buffer = gl.createBuffer();
    }
    this.findUniforms();
  }

  /** Sets a uniform of the next `use`; one that the stages do not have is left out. */
  set(name: string, value: number | ArrayLike<number>, isFloat = true): this {
    const at = this.offsets.get(name);
    if (at !== undefined) {
      const values = typeof value === "number" ? [value] : value;
      for (let k = 0; k < values.length; k++) {
        if (isFloat) {
          this.block.setFloat32(at + 4 * k, values[k], true);
        } else {
          this.block.setUint32(at + 4 * k, values[k], true);
        }
      }
    }
    return this;
  }

  count(name: string, value: number): this {
    return this.set(name, value, false);
  }

  texture(name: string, texture: WebGLTexture): this {
    const unit = this.units.get(name), { gl } = this;
    if (unit !== undefined) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    }
    return this;
  }

  /** Makes it current, with the uniforms that were set. */
  use(): void {
    const { gl } = this;
    gl.useProgram(this.program);
    if (this.buffer !== null) {
      gl.bindBufferBase(gl.UNIFORM_BUFFER, 0, this.buffer);
      gl.bufferData(gl.UNIFORM_BUFFER, this.block, gl.DYNAMIC_DRAW);
    }
  }

  dispose(): void {
    this.gl.deleteProgram(this.program);
    this.gl.deleteBuffer(this.buffer);
  }

  private findUniforms(): void {
    const { gl, program } = this;
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const offsets = gl.getActiveUniforms(program, numbers, gl.UNIFORM_OFFSET) as number[];
    for (const index of numbers) {
      const full = gl.getActiveUniform(program, index)!.name;
      if (offsets[index] >= 0) {
        this.offsets.set(full.replace(/\[0\]$/, "").replace(/^.*\./, ""), offsets[index]);
      } else {
        gl.uniform1i(gl.getUniformLocation(program, full), this.units.size);
        this.units.set(full, this.units.size);
      }
    }
  }
}

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) {
      throw new GraphicsError("the graphics device was lost", "Reload the page.");
    }
    gl.shaderSource(shader, text.trimStart());
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const shaders = gl.getAttachedShaders(program) ?? [];
    const said = [gl.getProgramInfoLog(program), ...shaders.map((each) => gl.getShaderInfoLog(each))].filter(Boolean).join(" ");
    throw new GraphicsError(`the graphics driver refuses a shader: ${said}`, "Update the driver or the browser.");
  }
  return program;
}
