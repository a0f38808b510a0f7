import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { AvatarReach } from "../core/avatar_reach.ts";
import type { Camera } from "../core/camera.ts";
import { GraphicsError } from "../core/graphics_error.ts";
import { poseState } from "../core/pose_state.ts";
import type { DrawOptions, DrawTimes, Renderer } from "../core/renderer.ts";
import { scaleNodes } from "../core/residual_gain.ts";
import { shownLevel } from "../core/shown_level.ts";
import { DetailChange } from "./detail_change.ts";
import { PosedCloud } from "./posed_cloud.ts";
import { RestSplats } from "./rest_splats.ts";
import { SeenSplats } from "./seen_splats.ts";
import { SplatPainter } from "./splat_painter.ts";

interface Held {
  level: number;
  rest: RestSplats;
  posed: PosedCloud;
  seen: SeenSplats;
  detail: DetailChange;
  reach: AvatarReach;
  nodes: Float32Array;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws on the CPU, for machines without a GPU: there it is several times as fast as WebGL, which the browser emulates. */
export class SoftwareRenderer implements Renderer {
  readonly backend = "software";
  readonly times: DrawTimes = { detailMs: 0, deformMs: 0, sortMs: 0, submitMs: 0, gaussians: 0, drawn: 0 };
  onLost: ((isLost: boolean) => void) | null = null;

  private readonly context: Context;
  private readonly painter = new SplatPainter();
  private held: Held | null = null;
  private avatar: PlayableAvatar | null = null;
  private pixels: ImageData | null = null;
  private shown = "";
  private shownLevel = "";

  constructor(private readonly canvas: HTMLCanvasElement | OffscreenCanvas) {
    const context = canvas.getContext("2d") as Context | null;
    if (context === null) {
      throw new GraphicsError("this canvas gives no way to draw", "Hand over a canvas that nothing has drawn on, or use a newer browser.");
    }
    this.context = context;
  }

  setAvatar(avatar: PlayableAvatar, level = avatar.package.manifest.levelSizes.length - 1): void {
    const rest = new RestSplats(avatar, level), posed = new PosedCloud(rest);
    this.avatar = avatar;
    this.held = {
      level, rest, posed, seen: new SeenSplats(rest, posed), detail: new DetailChange(avatar, rest),
      reach: new AvatarReach(avatar.package.skeleton, rest.cloud), nodes: new Float32Array(8 * avatar.nodeCount),
    };
    this.shown = this.shownLevel = "";
  }

  sphere(frame: GpuFrame): { centreM: [number, number, number]; radiusM: number } {
    return this.needed().reach.sphere(frame);
  }

  draw(frame: GpuFrame, camera: Camera, options: DrawOptions = {}): void {
    const { seen, reach, rest } = this.needed(), { times } = this;
    this.choose(options.level);
    this.deform(frame, options.residual ?? 1);
    const begin = performance.now();
    seen.see(camera, reach.depths(frame, camera.toCamera));
    times.sortMs = performance.now() - begin;
    this.show(seen, camera, options);
    times.gaussians = rest.count;
    times.drawn = seen.depthOrder.seenCount;
    times.submitMs = performance.now() - begin - times.sortMs;
  }

  dispose(): void {
    this.held = this.avatar = this.pixels = null;
  }

  private choose(wanted: number | undefined): void {
    const { rest, level } = this.needed(), shown = shownLevel(this.avatar!.package.manifest, wanted ?? level, level);
    const state = `${shown.coarse} ${shown.share}`;
    if (state !== this.shownLevel) {
      this.shownLevel = state;
      this.shown = "";
      rest.show(shown);
    }
  }

  private deform(frame: GpuFrame, gain: number): void {
    const { posed, detail, nodes } = this.needed(), { times } = this;
    const state = poseState(frame, gain);
    times.detailMs = times.deformMs = 0;
    if (state === this.shown) {
      return;
    }
    this.shown = state;
    const begin = performance.now(), hasDetail = gain !== 0 && frame.sourceCount > 0 && this.avatar!.detailChannelCount > 0;
    if (hasDetail) {
      detail.take(frame, gain);
    }
    const detailed = performance.now();
    if (gain !== 1 && nodes.length > 0) {
      scaleNodes(frame.nodes, this.avatar!.model!.nodeRestM, gain, nodes);
    }
    posed.pose(frame, gain === 1 ? frame.nodes : nodes, hasDetail ? detail : null);
    times.detailMs = detailed - begin;
    times.deformMs = performance.now() - detailed;
  }

  private show({ records, depthOrder }: SeenSplats, { widthPx, heightPx }: Camera, { background = [0, 0, 0, 0], columns = [0, 1] }: DrawOptions): void {
    const { canvas, context, painter } = this;
    if (canvas.width !== widthPx || canvas.height !== heightPx) {
      canvas.width = widthPx;
      canvas.height = heightPx;
    }
    if (this.pixels?.width !== widthPx || this.pixels.height !== heightPx) {
      this.pixels = new ImageData(widthPx, heightPx);
    }
    const from = Math.round(columns[0] * widthPx), to = Math.round(columns[1] * widthPx);
    painter.paint(records, depthOrder.order, depthOrder.seenCount, background ?? [0, 0, 0, 0], this.pixels);
    if (background !== null) {
      context.putImageData(this.pixels, 0, 0, from, 0, Math.max(0, to - from), heightPx);
      return;
    }
    const layer = new OffscreenCanvas(widthPx, heightPx);
    layer.getContext("2d")!.putImageData(this.pixels, 0, 0, from, 0, Math.max(0, to - from), heightPx);
    context.drawImage(layer, 0, 0);
  }

  private needed(): Held {
    if (this.held === null) {
      throw new Error("draw before setAvatar");
    }
    return this.held;
  }
}
