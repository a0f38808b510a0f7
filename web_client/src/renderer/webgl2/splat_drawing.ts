import { compositeFragment, drawFragment, drawVertex, TEXELS_A_ROW, view, wholeVertex } from "../../generated/webgl2_stages.ts";
import type { Camera } from "../core/camera.ts";
import { DepthOrder } from "../core/depth_order.ts";
import type { AvatarTextures } from "./avatar_textures.ts";
import { KeyReader } from "./key_reader.ts";
import { RowTargets, RowTexture } from "./row_texture.ts";
import { StageProgram } from "./stage_program.ts";

const CORNERS = [0, 1, 2, 2, 1, 5];
const VERTICES = 6;
// As `ani3d render` has them.
const NEAR_M = 0.01;
const FAR_M = 1e10;

/** a, b of the depth in the target, a + b / z: those of the projection of whoever draws meshes beside. */
export type TargetDepth = readonly [number, number];

/** What one camera sees of an avatar, its depth order, and the quads. */
export class SplatDrawing {
  readonly order = new DepthOrder();
  /** CPU of the last sort. */
  sortMs = 0;

  private readonly viewing: StageProgram;
  private readonly drawing: StageProgram;
  private readonly views: RowTargets;
  private readonly keys: KeyReader;
  private readonly orderTexture: RowTexture;
  private readonly indices: WebGLBuffer;
  private readonly corners: WebGLVertexArrayObject;
  private isSorted = false;
  /** Gaussians whose keys were asked for last. */
  private asked = 0;

  constructor(private readonly gl: WebGL2RenderingContext, private readonly avatar: AvatarTextures) {
    const count = avatar.room;
    this.viewing = new StageProgram(gl, wholeVertex, view);
    this.drawing = new StageProgram(gl, drawVertex, drawFragment);
    this.views = new RowTargets(gl, [
      new RowTexture(gl, "uint4", count), new RowTexture(gl, "uint4", count), new RowTexture(gl, "uint", count),
    ]);
    this.keys = new KeyReader(gl, this.views.framebuffer, 2, TEXELS_A_ROW, this.views.textures[2].rows);
    this.orderTexture = new RowTexture(gl, "uint", count);
    this.corners = gl.createVertexArray();
    gl.bindVertexArray(this.corners);
    this.indices = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indices);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, quadIndices(count), gl.STATIC_DRAW);
    gl.bindVertexArray(null);
  }

  /** Works out what a camera sees. `isExact`: waits for its depth order. Blending has to be off. */
  see(camera: Camera, depths: readonly [number, number], depth: TargetDepth, isExact: boolean): void {
    const { viewing: program, avatar } = this;
    const [fx, fy] = camera.focalPx, [cx, cy] = camera.centrePx;
    program.count("_Gaussians", avatar.count).count("_AllGaussians", avatar.count).count("_First", 0).count("_Eyes", 1);
    program.count("_Degree", avatar.degree).count("_Orthographic", 0).set("_ToCamera", camera.toCamera);
    program.set("_Lens", [fx, fy, cx, cy]).set("_Picture", [camera.widthPx, camera.heightPx, ...depth]);
    program.set("_Range", [NEAR_M, FAR_M, ...depths]).set("_Tint", [1, 1, 1, 1]);
    program.use();
    avatar.posed.textures.forEach(({ texture }, k) => program.texture(`_Posed${k}`, texture));
    program.texture("_Harmonics", avatar.harmonics.texture);
    this.views.run(avatar.count);
    // Those of finer levels that are shown no more have no place in an order of before.
    this.sort(isExact || !this.isSorted || avatar.count < this.asked);
  }

  /** Draws the quads into what is bound. */
  draw(camera: Camera): void {
    const { gl, drawing: program, views } = this;
    program.count("_AllGaussians", this.avatar.count);
    program.set("_ToTarget", [2 / camera.widthPx, -2 / camera.heightPx, -1, 1]);
    program.use();
    program.texture("_Views0", views.textures[0].texture).texture("_Views1", views.textures[1].texture);
    program.texture("_Order", this.orderTexture.texture);
    gl.bindVertexArray(this.corners);
    gl.drawElements(gl.TRIANGLES, VERTICES * this.order.seenCount, gl.UNSIGNED_INT, 0);
    gl.bindVertexArray(null);
  }

  dispose(): void {
    const { gl } = this;
    [this.viewing, this.drawing, this.views, this.keys, this.orderTexture].forEach((each) => each.dispose());
    gl.deleteBuffer(this.indices);
    gl.deleteVertexArray(this.corners);
  }

  // Later, keys are of the frame before: nearly the same order, and the GPU need not be waited for.
  private sort(isNow: boolean): void {
    this.sortMs = 0;
    if (isNow) {
      this.asked = this.avatar.count;
      this.keys.takeNow();
      this.takeOrder();
    } else {
      if (this.keys.take()) {
        this.takeOrder();
      }
      if (!this.keys.isPending) {
        this.asked = this.avatar.count;
        this.keys.ask();
      }
    }
  }

  private takeOrder(): void {
    const begin = performance.now(), { keys, order, avatar } = this;
    order.sort(keys.keys, this.asked, keys.stride, avatar.room);
    this.orderTexture.write(order.order);
    this.isSorted = true;
    this.sortMs = performance.now() - begin;
  }
}

/** Lays a picture of splats over what is bound. */
export class Compositor {
  private readonly program: StageProgram;

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.program = new StageProgram(gl, wholeVertex, compositeFragment);
  }

  run(colour: WebGLTexture): void {
    this.program.count("_LinearTarget", 0).use();
    this.program.texture("_Colour", colour);
    this.gl.drawArrays(this.gl.TRIANGLES, 0, 3);
  }

  dispose(): void {
    this.program.dispose();
  }
}

function quadIndices(count: number): Uint32Array {
  const indices = new Uint32Array(VERTICES * count);
  for (let at = 0; at < indices.length; at += VERTICES) {
    for (let k = 0; k < VERTICES; k++) {
      indices[at + k] = at + CORNERS[k];
    }
  }
  return indices;
}
