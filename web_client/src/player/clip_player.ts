import { GpuFrame } from "../packing/gpu_frame.ts";
import { writeSources } from "../packing/source_choice.ts";
import { durationOf, findClip, type Marker } from "../reader/manifest.ts";
import { AvatarFrame } from "./avatar_frame.ts";
import { Blend } from "./blend.ts";
import type { RootMotion } from "./clip_timeline.ts";
import { GroundPlace } from "./ground_place.ts";
import type { JointMask } from "./joint_mask.ts";
import { Layer } from "./layer.ts";
import { passedMarkers } from "./passed_markers.ts";
import type { Play } from "./play.ts";
import { PlayPool } from "./play_pool.ts";
import type { PlayableAvatar } from "./playable_avatar.ts";

export type { RootMotion };

export interface PlayOptions {
  /** Seconds in which the clip fades in over what is shown. */
  fadeS?: number;
  /** Time of the clip at which it begins. */
  startS?: number;
}

/** Plays clips of an avatar: any time, loops, ranges, rates, crossfades, layers. Call `update` once a frame. */
export class ClipPlayer {
  /** What the kernels read. */
  readonly frame: GpuFrame;
  /** Pose and node motion that are shown. */
  readonly pose: AvatarFrame;
  isPaused = false;
  /** Null: as the clip says. */
  root: RootMotion | null = null;
  /** The way over the ground since the frame before. */
  step = GroundPlace.origin;
  hasEnded = false;
  /** What is to be shown is not here yet. */
  isWaiting = false;
  onMarker: ((marker: Marker) => void) | null = null;

  private readonly blend: Blend;
  private readonly pool: PlayPool;
  private pendingLayers: Layer[] = [];
  private pending: Play | null = null;
  private nowS = 0;
  private currentRate = 1;
  private isHeld = false;
  private isCut = true;
  private isAtStart = false;
  private ground = GroundPlace.origin;
  private range: { fromS: number; toS: number } | null = null;
  private loops: boolean | null = null;

  constructor(readonly avatar: PlayableAvatar) {
    const { manifest, skeleton } = avatar.package;
    this.frame = new GpuFrame(skeleton, avatar.model?.nodeRestM ?? new Float32Array(0), manifest.framesPerGroup);
    this.blend = new Blend(skeleton.zeroJointsM);
    this.pose = new AvatarFrame(avatar.jointCount, avatar.nodeCount);
    this.pool = new PlayPool(avatar);
  }

  /** Number of the clip that was asked for last; −1 before any. */
  get clip(): number {
    return this.current === null ? -1 : this.pool.framesOf(this.current).clip;
  }

  /** Time of the clip. */
  get timeS(): number {
    return this.current === null ? 0 : this.current.clock.timeAt(this.nowOf(this.current));
  }

  /** Seconds of the clip a second; backwards below 0. */
  get rate(): number {
    return this.currentRate;
  }

  set rate(value: number) {
    this.currentRate = finite(value);
    this.current?.clock.setRate(this.nowOf(this.current), value);
  }

  /** Null: as the clip says. */
  get loop(): boolean | null {
    return this.loops;
  }

  set loop(value: boolean | null) {
    this.loops = value;
    this.applyRange(this.current);
  }

  play(clip: string | number, { fadeS = 0, startS = 0 }: PlayOptions = {}): void {
    const number = this.numberOf(clip);
    if (!(fadeS >= 0 && fadeS < Infinity)) {
      throw new RangeError(`a fade of ${fadeS} s, not of 0 or more seconds`);
    }
    finite(startS);
    this.dropPending();
    this.range = null;
    this.pending = this.pool.take(number, this.root);
    this.pending.begin(0, startS, this.currentRate, fadeS);
    this.applyRange(this.pending);
  }

  /** Goes to a time of the clip. */
  seek(timeS: number): void {
    finite(timeS);
    if (this.current !== null) {
      this.current.clock.move(this.nowOf(this.current), timeS);
      this.isHeld = this.isCut = this.isAtStart = true;
    }
  }

  /** Plays between two times of the clip, over and over unless `loop` is false. */
  setRange(fromS: number, toS: number): void {
    if (!(finite(fromS) < finite(toS))) {
      throw new RangeError(`a range from ${fromS} to ${toS} s, which is not after it`);
    }
    this.range = { fromS, toS };
    this.applyRange(this.current);
  }

  clearRange(): void {
    this.range = null;
    this.applyRange(this.current);
  }

  /** Lays a clip over others, on the joints of a mask. */
  addLayer(clip: string | number, mask: JointMask, { fadeS = 0, startS = 0, rate = 1 }: PlayOptions & { rate?: number } = {}): Layer {
    const layer = new Layer(this.pool.take(this.numberOf(clip), this.root), mask);
    layer.play.begin(0, startS, rate, fadeS);
    this.pendingLayers.push(layer);
    return layer;
  }

  removeLayer(layer: Layer, fadeS = 0): void {
    if (this.pendingLayers.includes(layer)) {
      this.pendingLayers = this.pendingLayers.filter((each) => each !== layer);
      this.pool.giveBack(layer.play);
      return;
    }
    layer.endS = this.nowS;
    layer.fadeOutS = fadeS;
  }

  /** Goes on by seconds. False where what is to be shown is not here yet: time stands still then. Throws a Refusal. */
  update(seconds: number): boolean {
    finite(seconds);
    if (this.blend.plays.length === 0 && !this.beginFirst()) {
      return false;
    }
    if (!this.isHeld) {
      this.advance(this.isPaused ? 0 : seconds);
    }
    const { isReady, isReadyToFade } = this.prepare();
    this.isWaiting = !isReady;
    if (!isReady) {
      return false;
    }
    this.isHeld = false;
    this.beginPending(isReadyToFade);
    this.show();
    return true;
  }

  /** The same, but decodes here and now what is not. */
  updateAndWait(seconds: number): void {
    finite(seconds);
    if (this.pending !== null) {
      this.start(this.pending);
      this.pending = null;
      this.isHeld = true;
    }
    this.pendingLayers.forEach((layer) => this.startLayer(layer));
    this.pendingLayers = [];
    if (this.blend.plays.length > 0) {
      this.advance(this.isHeld || this.isPaused ? 0 : seconds);
      this.isHeld = this.isWaiting = false;
      this.show();
    }
  }

  dispose(): void {
    this.dropPending();
    this.pool.dispose();
  }

  private get current(): Play | null {
    return this.pending ?? this.blend.plays.at(-1) ?? null;
  }

  private numberOf(clip: string | number): number {
    const { manifest } = this.avatar.package, number = typeof clip === "string" ? findClip(manifest, clip) : clip;
    if (manifest.clips[number] === undefined) {
      const names = manifest.clips.map(({ name }) => `"${name}"`).join(", ");
      throw new RangeError(`the package has no clip ${JSON.stringify(clip)}; it has ${names || "none"}`);
    }
    return number;
  }

  private nowOf(play: Play): number {
    return Math.max(this.nowS, play.atS);
  }

  // The range of a clip as it is meant to be played now.
  private applyRange(play: Play | null): void {
    if (play === null) {
      return;
    }
    const info = play.clip.clip, loops = this.loops ?? (this.range !== null || info.loops);
    if (this.range === null && loops && info.loops) {
      play.clock.setRange(this.nowOf(play), -Infinity, Infinity, false);
      return;
    }
    const { fromS, toS } = this.range ?? { fromS: 0, toS: durationOf(info) };
    play.clock.setRange(this.nowOf(play), fromS, toS, loops);
  }

  private dropPending(): void {
    if (this.pending !== null) {
      this.pool.giveBack(this.pending);
      this.pending = null;
    }
  }

  // Nothing is faded over: the first clip is shown as soon as it is there, and time stands until then.
  private beginFirst(): boolean {
    const play = this.pending;
    if (play === null) {
      return false;
    }
    this.pending = null;
    this.start(play);
    this.isHeld = true;
    return true;
  }

  // A fade begins where the frames of its middle are there, since the clip is put where the avatar is then.
  private beginPending(isReadyToFade: boolean): void {
    const play = this.pending;
    if (play !== null) {
      try {
        const { isReady, aheadIsReady } = play.clip.prepare(play.clipTimeAt(0), play.clipTimeAt(play.fadeS / 2));
        if (isReady && aheadIsReady && isReadyToFade) {
          this.start(play);
          this.pending = null;
        }
      } catch (error) {
        this.dropPending();
        throw error;
      }
    }
    [...this.pendingLayers].forEach((layer) => this.beginPendingLayer(layer));
  }

  private beginPendingLayer(layer: Layer): void {
    const others = this.pendingLayers.filter((each) => each !== layer), startS = layer.play.clipTimeAt(0);
    try {
      if (layer.play.clip.prepare(startS, startS).isReady) {
        this.pendingLayers = others;
        this.startLayer(layer);
      }
    } catch (error) {
      this.pendingLayers = others;
      this.pool.giveBack(layer.play);
      throw error;
    }
  }

  private start(play: Play): void {
    play.startAt(this.nowS);
    this.isCut ||= play.fadeS === 0 || this.blend.plays.length === 0;
    this.blend.addPlay(play);
    this.isAtStart = true;
  }

  private startLayer(layer: Layer): void {
    layer.play.startAt(this.nowS);
    this.blend.addLayer(layer);
  }

  private advance(seconds: number): void {
    const play = this.blend.plays[this.blend.plays.length - 1];
    const before = play.clock.rawAt(this.nowS), after = play.clock.rawAt(this.nowS + seconds);
    this.nowS += seconds;
    this.hasEnded = seconds !== 0 && play.clock.isAtEnd(this.nowS);
    if (this.onMarker !== null) {
      passedMarkers(play, before, after, this.isAtStart).forEach(this.onMarker);
    }
    this.isAtStart &&= before === after;
    this.pool.giveBackUnseen(this.blend, this.nowS);
  }

  // Asks for the frames of now, and of one group on; of the middle of a fade that is to begin.
  private prepare(): { isReady: boolean; isReadyToFade: boolean } {
    let isReady = true, isReadyToFade = true;
    for (const play of this.blend.plays.slice(this.blend.firstSeen(this.nowS))) {
      const then = this.pending === null ? this.aheadOf(play) : play.clipTimeAt(this.nowS + this.pending.fadeS / 2);
      const shown = play.clip.prepare(play.clipTimeAt(this.nowS), then);
      isReady &&= shown.isReady;
      isReadyToFade &&= shown.aheadIsReady;
    }
    for (const { play } of this.blend.layers) {
      isReady = play.clip.prepare(play.clipTimeAt(this.nowS), this.aheadOf(play)).isReady && isReady;
    }
    return { isReady, isReadyToFade };
  }

  private aheadOf(play: Play): number {
    const { framesPerGroup } = this.avatar.package.manifest;
    return play.clock.aheadAt(this.nowOf(play), framesPerGroup / play.clip.clip.fps);
  }

  private show(): void {
    // Without a root motion of its own each clip keeps the one that it has.
    const { frame, ground } = this.blend.shown(this.nowS, this.root ?? "world");
    this.pose.copy(frame);
    this.step = this.isCut ? GroundPlace.origin : this.ground.stepTo(ground);
    this.ground = ground;
    this.isCut = false;
    writeSources(this.blend.parts, this.frame);
    this.frame.setMotion(this.pose);
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) {
    throw new RangeError(`${value}, not a finite number`);
  }
  return value;
}
