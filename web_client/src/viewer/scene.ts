import { AvatarFrame } from "../player/avatar_frame.ts";
import { ClipTimeline } from "../player/clip_timeline.ts";
import { Deformer, PosedSplats } from "../player/deformer.ts";
import { PackagedFrames } from "../player/packaged_frames.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import { durationOf } from "../reader/manifest.ts";
import type { SplatCloud } from "../reader/splat_cloud.ts";
import type { AvatarFacts, Bounds, PictureOrder, PictureTimes, ScreenLayer } from "./messages.ts";
import { applyGain } from "./residual_gain.ts";
import { ScreenSplats, TEXEL_UINTS } from "./screen_splats.ts";

/** What a level of detail is drawn with. */
interface Stage {
  readonly splats: SplatCloud;
  readonly deformer: Deformer;
  readonly posed: PosedSplats;
  readonly screen: ScreenSplats;
  /** What `posed` holds. */
  shown: string;
}

export interface Picture {
  readonly layers: readonly ScreenLayer[];
  readonly times: PictureTimes;
  readonly bounds: Bounds;
  readonly gaussians: number;
}

/** An avatar, and pictures of it at any time. Runs in a worker. */
export class Scene {
  private readonly timelines = new Map<number, ClipTimeline>();
  private readonly stages = new Map<number, Stage>();
  private readonly frame: AvatarFrame;
  private readonly scaled: AvatarFrame;

  constructor(private readonly avatar: PlayableAvatar) {
    this.frame = new AvatarFrame(avatar.jointCount, avatar.nodeCount);
    this.scaled = new AvatarFrame(avatar.jointCount, avatar.nodeCount);
    // What is shown where there is no clip.
    this.frame.rootTranslationM.set(avatar.package.skeleton.restTranslationM);
    this.frame.jointRotations.set(avatar.package.skeleton.restRotations);
  }

  get facts(): AvatarFacts {
    const { manifest, digest } = this.avatar.package;
    const clips = manifest.clips.map((clip) => ({
      name: clip.name, fps: clip.fps, durationS: durationOf(clip), frameCount: clip.frameCount, loops: clip.loops,
      hasResidual: clip.hasResidual, inPlace: clip.inPlace,
    }));
    return { name: manifest.avatarName, digest, levelSizes: manifest.levelSizes, clips };
  }

  /** The finest level that is here, at most that one. */
  levelFor(wanted: number): number {
    const { package: pack } = this.avatar;
    let level = 0;
    while (level < wanted && pack.isHere((entry) => entry.clip < 0 && entry.level === level + 1)) {
      level++;
    }
    return level;
  }

  /** Fetches what finer levels need. */
  fetchLevels(): Promise<void> {
    return this.avatar.package.fetchAvatar(this.avatar.package.manifest.levelSizes.length);
  }

  /** Null where what is to be shown is not here yet. `room`: gives memory for a layer. */
  paint(order: PictureOrder, room: (bytes: number) => ArrayBuffer): Picture | null {
    const timeline = this.timelineOf(order.clip), began = performance.now();
    if (timeline !== null && !timeline.prepare(order.timeS, order.timeS + 1).isReady) {
      return null;
    }
    timeline?.frameAt(order.timeS, order.root, this.frame);
    const level = this.levelFor(order.level), stage = this.stageOf(level), decoded = performance.now();
    let deformMs = 0, sortMs = 0;
    const layers = order.gains.map((gain) => {
      const start = performance.now();
      this.pose(stage, gain, `${order.clip}/${order.timeS}/${order.root}/${gain}`);
      const deformed = performance.now();
      const texels = room(4 * TEXEL_UINTS * stage.splats.count);
      const count = stage.screen.write(stage.posed, order.camera, new Uint32Array(texels));
      deformMs += deformed - start;
      sortMs += performance.now() - deformed;
      return { texels, count };
    });
    const times = { decodeMs: decoded - began, deformMs, sortMs };
    return { layers, times, bounds: boundsOf(stage.posed.meansM), gaussians: stage.splats.count };
  }

  private pose(stage: Stage, gain: number, name: string): void {
    if (stage.shown === name) {
      return;
    }
    let frame = this.frame;
    if (gain !== 1) {
      frame = this.scaled;
      frame.copy(this.frame);
      applyGain(frame, gain);
    }
    stage.deformer.pose(frame, stage.posed);
    stage.shown = name;
  }

  private timelineOf(clip: number): ClipTimeline | null {
    const { avatar } = this, info = avatar.package.manifest.clips[clip];
    if (info === undefined) {
      return null;
    }
    let timeline = this.timelines.get(clip);
    if (timeline === undefined) {
      // One clip at a time: its frames hold groups.
      this.timelines.forEach(({ frames }) => (frames as PackagedFrames).dispose());
      this.timelines.clear();
      const frames = new PackagedFrames(avatar.package.manifest, clip, avatar.modelOf(clip), true, avatar.groups);
      timeline = new ClipTimeline(info, frames, avatar.package.skeleton.zeroJointsM);
      this.timelines.set(clip, timeline);
    }
    return timeline;
  }

  private stageOf(level: number): Stage {
    let stage = this.stages.get(level);
    if (stage === undefined) {
      const { package: pack, model } = this.avatar;
      let splats = pack.readSplats(level + 1);
      if (level + 1 < pack.manifest.levelSizes.length) {
        splats = pack.readAppearance(level, splats).applied(splats);
      }
      stage = {
        splats, deformer: new Deformer(pack.skeleton, splats, model), posed: new PosedSplats(splats.count),
        screen: new ScreenSplats(splats), shown: "",
      };
      // The level before it is not needed any more.
      this.stages.clear();
      this.stages.set(level, stage);
    }
    return stage;
  }
}

// Of all but the outermost hundredth: a stray Gaussian frames nobody.
function boundsOf(means: Float64Array): Bounds {
  const low: [number, number, number] = [0, 0, 0], high: [number, number, number] = [0, 0, 0];
  const step = Math.max(1, Math.floor(means.length / 3 / 2000));
  for (let axis = 0; axis < 3; axis++) {
    const values: number[] = [];
    for (let i = axis; i < means.length; i += 3 * step) {
      values.push(means[i]);
    }
    values.sort((a, b) => a - b);
    low[axis] = values[Math.floor(0.005 * values.length)] ?? 0;
    high[axis] = values[Math.ceil(0.995 * values.length) - 1] ?? 0;
  }
  return { low, high };
}
