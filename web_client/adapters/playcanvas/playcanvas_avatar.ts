import { EmbeddedAvatar, type GpuFrame, type PlayableAvatar } from "../../src/index.ts";
import { product } from "../matrix_product.ts";

/** What is used of PlayCanvas, which is a peer. */
interface PlayCanvasApp {
  readonly graphicsDevice: object;
  readonly scene: {
    on(name: "postrender:layer", call: AfterLayer): unknown;
    off(name: "postrender:layer", call: AfterLayer): unknown;
  };
}

interface PlayCanvasEntity {
  readonly enabled: boolean;
  getWorldTransform(): { readonly data: ArrayLike<number> };
}

interface PlayCanvasCamera {
  readonly projectionMatrix: { readonly data: ArrayLike<number> };
  readonly viewMatrix: { readonly data: ArrayLike<number> };
}

type AfterLayer = (camera: PlayCanvasCamera, layer: { readonly name: string }, isTransparent: boolean) => void;

/** An avatar in a scene of PlayCanvas. */
export interface PlayCanvasAvatar {
  /** Share of cloth, hair and detail: 0 rigid, 1 as baked. */
  residual: number;
  dispose(): void;
}

/**
 * Makes an avatar stand where an entity does, WebGL2 alone: it is drawn once the opaque meshes of a layer are, and hidden by
 * those before it. `frame` is that of a player, which the page moves on by `update`.
 */
export function playCanvasAvatar(
  app: PlayCanvasApp, entity: PlayCanvasEntity, avatar: PlayableAvatar, frame: GpuFrame, layerName = "World",
): PlayCanvasAvatar {
  const { gl } = app.graphicsDevice as { gl?: unknown };
  if (!(gl instanceof WebGL2RenderingContext)) {
    throw new RangeError("a PlayCanvas device without WebGL2. Make it with deviceTypes: [\"webgl2\"].");
  }
  const embedded = new EmbeddedAvatar(gl, avatar);
  const draw: AfterLayer = (camera, layer, isTransparent) => {
    if (!isTransparent && layer.name === layerName && entity.enabled) {
      const modelView = product(camera.viewMatrix.data, entity.getWorldTransform().data);
      embedded.draw(frame, { modelView, projection: camera.projectionMatrix.data }, { residual: made.residual });
    }
  };
  const made: PlayCanvasAvatar = {
    residual: 1,
    dispose: () => {
      app.scene.off("postrender:layer", draw);
      embedded.dispose();
    },
  };
  app.scene.on("postrender:layer", draw);
  return made;
}
