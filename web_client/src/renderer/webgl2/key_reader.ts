/** Brings the keys of `View` to the CPU: later, without waiting for the GPU, or at once. */
export class KeyReader {
  /** Keys, one each `stride` values. */
  readonly keys: Uint32Array;
  readonly stride: number;

  private readonly buffer: WebGLBuffer;
  private readonly format: number;
  private fence: WebGLSync | null = null;

  /** `framebuffer`: its attachment number `attachment` holds the keys, in rows of `width`. */
  constructor(
    private readonly gl: WebGL2RenderingContext, private readonly framebuffer: WebGLFramebuffer, private readonly attachment: number,
    private readonly width: number, private readonly rows: number,
  ) {
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, framebuffer);
    gl.readBuffer(gl.COLOR_ATTACHMENT0 + attachment);
    const isOne = gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_FORMAT) === gl.RED_INTEGER
      && gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_TYPE) === gl.UNSIGNED_INT;
    this.format = isOne ? gl.RED_INTEGER : gl.RGBA_INTEGER;
    this.stride = isOne ? 1 : 4;
    this.keys = new Uint32Array(width * rows * this.stride);
    this.buffer = gl.createBuffer();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, this.buffer);
    gl.bufferData(gl.PIXEL_PACK_BUFFER, this.keys.byteLength, gl.STREAM_READ);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  }

  get isPending(): boolean {
    return this.fence !== null;
  }

  /** Asks for the keys as they are now. */
  ask(): void {
    const { gl } = this;
    this.drop();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, this.buffer);
    this.read(0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    this.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  /** True once what was asked for is in `keys`. */
  take(): boolean {
    const { gl, fence } = this;
    if (fence === null || gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) {
      return false;
    }
    this.drop();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, this.buffer);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, this.keys);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    return true;
  }

  /** Waits for the keys as they are now. */
  takeNow(): void {
    this.drop();
    this.read(this.keys);
  }

  dispose(): void {
    this.drop();
    this.gl.deleteBuffer(this.buffer);
  }

  private read(to: number | Uint32Array): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.framebuffer);
    gl.readBuffer(gl.COLOR_ATTACHMENT0 + this.attachment);
    gl.readPixels(0, 0, this.width, this.rows, this.format, gl.UNSIGNED_INT, to as Uint32Array);
  }

  private drop(): void {
    this.gl.deleteSync(this.fence);
    this.fence = null;
  }
}
