import type { ScreenLayer } from "./messages.ts";
import { TEXEL_UINTS } from "./screen_splats.ts";

const TEXTURE_WIDTH = 2048;
const TEXELS = TEXEL_UINTS / 4;

const SPLAT_VERTEX = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform usampler2D views; uniform vec2 size;
flat out vec3 conic; flat out vec4 colour; out vec2 away;
uvec4 texel(int at) { return texelFetch(views, ivec2(at % ${TEXTURE_WIDTH}, at / ${TEXTURE_WIDTH}), 0); }
void main() {
  int place = gl_VertexID >> 2, corner = gl_VertexID & 3;
  uvec4 a = texel(${TEXELS} * place), b = texel(${TEXELS} * place + 1);
  vec3 cov = vec3(uintBitsToFloat(a.z), uintBitsToFloat(a.w), uintBitsToFloat(b.x));
  colour = vec4(float(b.y & 65535u), float(b.y >> 16), float(b.z & 65535u), float(b.z >> 16)) / vec4(vec3(32767.5), 65535.0);
  float det = cov.x * cov.z - cov.y * cov.y;
  conic = vec3(cov.z, -cov.y, cov.x) / det;
  float sigmas = min(3.33, sqrt(max(0.0, 2.0 * log(255.0 * colour.a))));
  vec2 side = vec2(corner & 1, corner >> 1) * 2.0 - 1.0;
  away = side * sigmas * sqrt(vec2(cov.x, cov.z));
  vec2 px = vec2(uintBitsToFloat(a.x), uintBitsToFloat(a.y)) + away;
  gl_Position = det > 0.0 ? vec4(px / size * vec2(2, -2) + vec2(-1, 1), 0, 1) : vec4(2, 2, 2, 1);
}`;

const SPLAT_FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 conic; flat in vec4 colour; in vec2 away; out vec4 drawn;
void main() {
  float power = 0.5 * (conic.x * away.x * away.x + conic.z * away.y * away.y) + conic.y * away.x * away.y;
  float alpha = min(0.999, colour.a * exp(-power));
  if (power < 0.0 || alpha < 1.0 / 255.0) discard;
  drawn = vec4(colour.rgb * alpha, alpha);
}`;

const DIFFERENCE_VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1); }`;

const DIFFERENCE_FRAGMENT = `#version 300 es
precision highp float; precision highp sampler2D;
uniform sampler2D first, second; out vec4 drawn;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  drawn = vec4(min(4.0 * abs(texelFetch(first, at, 0).rgb - texelFetch(second, at, 0).rgb), 1.0), 1);
}`;

interface Target {
  readonly texture: WebGLTexture;
  readonly buffer: WebGLFramebuffer;
}

/** Draws Gaussians that are sorted from far to near with WebGL2, premultiplied and in gamma space. */
export class Painter {
  private readonly gl: WebGL2RenderingContext;
  private readonly splats: WebGLProgram;
  private readonly difference: WebGLProgram;
  private views: WebGLTexture;
  private readonly indices: WebGLBuffer;
  private readonly targets: Target[] = [];
  private rows = 0;
  private quads = 0;
  private targetSize = "";

  /** Throws where there is no WebGL2. */
  constructor(readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false, alpha: false, preserveDrawingBuffer: true });
    if (gl === null) {
      throw new Error("no WebGL2");
    }
    this.gl = gl;
    this.splats = program(gl, SPLAT_VERTEX, SPLAT_FRAGMENT);
    this.difference = program(gl, DIFFERENCE_VERTEX, DIFFERENCE_FRAGMENT);
    this.views = texture(gl);
    this.indices = gl.createBuffer() as WebGLBuffer;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** One layer, or two: the first at the left of `split` (0 … 1), or their difference. `background`: red, green, blue. */
  paint(layers: readonly ScreenLayer[], mode: "one" | "split" | "difference", split: number, background: readonly number[]): void {
    const { gl, canvas } = this, { width, height } = canvas;
    gl.viewport(0, 0, width, height);
    gl.clearColor(background[0], background[1], background[2], 1);
    if (mode === "difference") {
      this.paintDifference(layers);
      return;
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    const at = mode === "split" ? Math.round(split * width) : width;
    layers.forEach((layer, number) => {
      gl.scissor(number === 0 ? 0 : at, 0, number === 0 ? at : width - at, height);
      this.draw(layer);
    });
    gl.disable(gl.SCISSOR_TEST);
  }

  private paintDifference(layers: readonly ScreenLayer[]): void {
    const { gl, canvas } = this;
    this.sizeTargets(canvas.width, canvas.height);
    layers.forEach((layer, number) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.targets[number].buffer);
      gl.clear(gl.COLOR_BUFFER_BIT);
      this.draw(layer);
    });
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.useProgram(this.difference);
    gl.disable(gl.BLEND);
    ["first", "second"].forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE1 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.targets[unit].texture);
      gl.uniform1i(gl.getUniformLocation(this.difference, name), 1 + unit);
    });
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.enable(gl.BLEND);
    gl.activeTexture(gl.TEXTURE0);
  }

  private draw({ texels, count }: ScreenLayer): void {
    const { gl } = this, rows = Math.ceil((TEXELS * count) / TEXTURE_WIDTH);
    gl.bindTexture(gl.TEXTURE_2D, this.views);
    if (rows > this.rows) {
      // Its storage does not grow.
      gl.deleteTexture(this.views);
      this.views = texture(gl);
      this.rows = Math.ceil(texels.byteLength / 16 / TEXTURE_WIDTH);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, TEXTURE_WIDTH, this.rows);
    }
    this.upload(new Uint32Array(texels), TEXELS * count);
    this.sizeIndices(count);
    gl.useProgram(this.splats);
    gl.uniform2f(gl.getUniformLocation(this.splats, "size"), this.canvas.width, this.canvas.height);
    gl.drawElements(gl.TRIANGLES, 6 * count, gl.UNSIGNED_INT, 0);
  }

  // Whole rows, then what is left of the last one.
  private upload(texels: Uint32Array, count: number): void {
    const { gl } = this, rows = Math.floor(count / TEXTURE_WIDTH), rest = count - rows * TEXTURE_WIDTH;
    const parts = [[0, TEXTURE_WIDTH, rows], [rows, rest, 1]];
    for (const [row, width, height] of parts) {
      if (width > 0 && height > 0) {
        gl.texSubImage2D(
          gl.TEXTURE_2D, 0, 0, row, width, height, gl.RGBA_INTEGER, gl.UNSIGNED_INT, texels, 4 * row * TEXTURE_WIDTH,
        );
      }
    }
  }

  private sizeIndices(count: number): void {
    const { gl } = this;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indices);
    if (count > this.quads) {
      this.quads = count;
      const indices = new Uint32Array(6 * count);
      for (let quad = 0; quad < count; quad++) {
        [0, 1, 2, 2, 1, 3].forEach((corner, k) => {
          indices[6 * quad + k] = 4 * quad + corner;
        });
      }
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    }
  }

  private sizeTargets(width: number, height: number): void {
    if (this.targetSize === `${width}×${height}`) {
      return;
    }
    const { gl } = this;
    this.targetSize = `${width}×${height}`;
    for (const target of this.targets.splice(0)) {
      gl.deleteTexture(target.texture);
      gl.deleteFramebuffer(target.buffer);
    }
    for (let number = 0; number < 2; number++) {
      const buffer = gl.createFramebuffer() as WebGLFramebuffer, colour = texture(gl);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
      gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, colour, 0);
      this.targets.push({ texture: colour, buffer });
    }
  }
}

function texture(gl: WebGL2RenderingContext): WebGLTexture {
  const made = gl.createTexture() as WebGLTexture;
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return made;
}

function program(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram() as WebGLProgram;
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(kind) as WebGLShader;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(made) ?? "a shader does not link");
  }
  return made;
}
