import { EmbeddedAvatar, type GpuFrame, type PlayableAvatar } from "../../src/index.ts";
import { product } from "../matrix_product.ts";

/** What is used of three.js, which is a peer: hand over its module. */
interface Three<Mesh extends ThreeMesh> {
  Mesh: new (geometry: never, material: never) => Mesh;
  BufferGeometry: new () => object;
  BufferAttribute: new (array: Float32Array, itemSize: number) => unknown;
  MeshBasicMaterial: new (parameters: object) => object;
}

interface ThreeMesh {
  frustumCulled: boolean;
  modelViewMatrix: { elements: ArrayLike<number> };
  matrixWorld: { elements: ArrayLike<number> };
  onBeforeRender: unknown;
}

interface ThreeCamera {
  projectionMatrix: { elements: ArrayLike<number> };
  matrixWorldInverse: { elements: ArrayLike<number> };
}

/** An avatar as an object of a three.js scene. */
export interface ThreeAvatar<Mesh> {
  /** Add it to the scene; place, turn and scale it as any object. */
  readonly object: Mesh;
  /** Share of cloth, hair and detail: 0 rigid, 1 as baked. */
  residual: number;
  dispose(): void;
}

/**
 * Makes an avatar stand among meshes, `WebGLRenderer` alone: it is drawn after opaque objects and hidden by those before it.
 * `frame` is that of a player, which the page moves on by `update`.
 */
export function threeAvatar<Mesh extends ThreeMesh>(three: Three<Mesh>, avatar: PlayableAvatar, frame: GpuFrame): ThreeAvatar<Mesh> {
  // A triangle without an area: three.js calls back where this object is its turn, among what is transparent.
  const geometry = new three.BufferGeometry() as { setAttribute(name: string, value: unknown): void };
  geometry.setAttribute("position", new three.BufferAttribute(new Float32Array(9), 3));
  const material = new three.MeshBasicMaterial({ transparent: true, depthWrite: false, colorWrite: false });
  const object = new three.Mesh(geometry as never, material as never);
  let embedded: EmbeddedAvatar | null = null;
  const made: ThreeAvatar<Mesh> = { object, residual: 1, dispose: () => embedded?.dispose() };
  object.frustumCulled = false;
  object.onBeforeRender = (renderer: { getContext(): WebGL2RenderingContext }, _scene: unknown, camera: ThreeCamera) => {
    embedded ??= new EmbeddedAvatar(renderer.getContext(), avatar);
    const modelView = product(camera.matrixWorldInverse.elements, object.matrixWorld.elements);
    embedded.draw(frame, { modelView, projection: camera.projectionMatrix.elements }, { residual: made.residual });
  };
  return made;
}
