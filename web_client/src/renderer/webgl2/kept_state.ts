const TEXTURE_UNITS = 10;

/** Runs something between an engine's own calls, and leaves WebGL as the engine had it. */
export function keepingState(gl: WebGL2RenderingContext, run: () => void): void {
  const restore = [...flags(gl), ...bindings(gl), ...textures(gl), ...settings(gl)];
  try {
    run();
  } finally {
    restore.forEach((each) => each());
  }
}

type Restore = () => void;

function flags(gl: WebGL2RenderingContext): Restore[] {
  return [gl.BLEND, gl.DEPTH_TEST, gl.SCISSOR_TEST, gl.CULL_FACE, gl.STENCIL_TEST, gl.POLYGON_OFFSET_FILL].map((flag) => {
    const isOn = gl.isEnabled(flag);
    gl.disable(flag);
    return () => (isOn ? gl.enable(flag) : gl.disable(flag));
  });
}

function bindings(gl: WebGL2RenderingContext): Restore[] {
  const draw = gl.getParameter(gl.DRAW_FRAMEBUFFER_BINDING) as WebGLFramebuffer | null;
  const read = gl.getParameter(gl.READ_FRAMEBUFFER_BINDING) as WebGLFramebuffer | null;
  const program = gl.getParameter(gl.CURRENT_PROGRAM) as WebGLProgram | null;
  const vertices = gl.getParameter(gl.VERTEX_ARRAY_BINDING) as WebGLVertexArrayObject | null;
  const uniforms = gl.getIndexedParameter(gl.UNIFORM_BUFFER_BINDING, 0) as WebGLBuffer | null;
  const buffers = [
    [gl.PIXEL_PACK_BUFFER, gl.PIXEL_PACK_BUFFER_BINDING], [gl.PIXEL_UNPACK_BUFFER, gl.PIXEL_UNPACK_BUFFER_BINDING],
  ].map(([target, name]) => {
    const bound = gl.getParameter(name) as WebGLBuffer | null;
    gl.bindBuffer(target, null);
    return () => gl.bindBuffer(target, bound);
  });
  return [
    () => gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, draw), () => gl.bindFramebuffer(gl.READ_FRAMEBUFFER, read),
    () => gl.useProgram(program), () => gl.bindVertexArray(vertices), () => gl.bindBufferBase(gl.UNIFORM_BUFFER, 0, uniforms),
    ...buffers,
  ];
}

function textures(gl: WebGL2RenderingContext): Restore[] {
  const active = gl.getParameter(gl.ACTIVE_TEXTURE) as number;
  const units = Array.from({ length: TEXTURE_UNITS }, (_, unit) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    const bound = gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture | null;
    const sampler = gl.getParameter(gl.SAMPLER_BINDING) as WebGLSampler | null;
    gl.bindSampler(unit, null);
    return () => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, bound);
      gl.bindSampler(unit, sampler);
    };
  });
  return [...units, () => gl.activeTexture(active)];
}

function settings(gl: WebGL2RenderingContext): Restore[] {
  const viewport = gl.getParameter(gl.VIEWPORT) as Int32Array, mask = gl.getParameter(gl.COLOR_WRITEMASK) as boolean[];
  const depthMask = gl.getParameter(gl.DEPTH_WRITEMASK) as boolean, depthFunc = gl.getParameter(gl.DEPTH_FUNC) as number;
  const blend = [gl.BLEND_SRC_RGB, gl.BLEND_DST_RGB, gl.BLEND_SRC_ALPHA, gl.BLEND_DST_ALPHA].map((name) => gl.getParameter(name) as number);
  const equations = [gl.BLEND_EQUATION_RGB, gl.BLEND_EQUATION_ALPHA].map((name) => gl.getParameter(name) as number);
  const stores = ([[gl.UNPACK_FLIP_Y_WEBGL, false], [gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false], [gl.UNPACK_ALIGNMENT, 4],
    [gl.UNPACK_ROW_LENGTH, 0], [gl.UNPACK_SKIP_PIXELS, 0], [gl.UNPACK_SKIP_ROWS, 0], [gl.PACK_ALIGNMENT, 4]] as const).map(
    ([name, usual]) => {
      const before = gl.getParameter(name) as number | boolean;
      gl.pixelStorei(name, usual);
      return () => gl.pixelStorei(name, before);
    },
  );
  gl.colorMask(true, true, true, true);
  gl.blendEquation(gl.FUNC_ADD);
  return [
    () => gl.viewport(viewport[0], viewport[1], viewport[2], viewport[3]), () => gl.colorMask(mask[0], mask[1], mask[2], mask[3]),
    () => gl.depthMask(depthMask), () => gl.depthFunc(depthFunc), () => gl.blendFuncSeparate(blend[0], blend[1], blend[2], blend[3]),
    () => gl.blendEquationSeparate(equations[0], equations[1]), ...stores,
  ];
}
