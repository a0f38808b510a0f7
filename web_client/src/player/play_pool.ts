import type { Blend } from "./blend.ts";
import { ClipTimeline, type RootMotion } from "./clip_timeline.ts";
import { PackagedFrames } from "./packaged_frames.ts";
import { Play } from "./play.ts";
import type { PlayableAvatar } from "./playable_avatar.ts";

/** Plays of clips of one avatar, used again when they are over. */
export class PlayPool {
  private readonly frames = new Map<Play, PackagedFrames>();
  private free: Play[] = [];

  constructor(private readonly avatar: PlayableAvatar) {}

  take(clip: number, root: RootMotion | null): Play {
    let play = this.free.find((each) => this.framesOf(each).clip === clip);
    if (play === undefined) {
      const { manifest, skeleton } = this.avatar.package;
      const model = this.avatar.modelOf(clip) ?? this.avatar.model;
      const frames = new PackagedFrames(manifest, clip, model, false, this.avatar.groups);
      play = new Play(new ClipTimeline(manifest.clips[clip], frames, skeleton.zeroJointsM));
      this.frames.set(play, frames);
    }
    this.free = this.free.filter((each) => each !== play);
    // Delta is what a blend makes of the way through the world.
    play.root = root === "delta" ? "world" : root;
    return play;
  }

  framesOf(play: Play): PackagedFrames {
    return this.frames.get(play) as PackagedFrames;
  }

  giveBack(play: Play): void {
    this.framesOf(play).dispose();
    this.free.push(play);
  }

  /** Takes what a blend will not show again from a time on. */
  giveBackUnseen(blend: Blend, timeS: number): void {
    blend.plays.slice(0, blend.firstSeen(timeS)).forEach((play) => this.giveBack(play));
    blend.layers.filter((layer) => layer.isOverAt(timeS)).forEach((layer) => this.giveBack(layer.play));
    blend.forgetBefore(timeS);
  }

  dispose(): void {
    this.frames.forEach((frames) => frames.dispose());
  }
}
