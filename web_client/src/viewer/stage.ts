import type { GpuFrame } from "../packing/gpu_frame.ts";
import { ClipPlayer, type RootMotion } from "../player/clip_player.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import type { Manifest } from "../reader/manifest.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import { LiveView } from "./live_view.ts";
import { type Source, startWorker } from "./sources.ts";

export interface StageListener {
  opened(manifest: Manifest): void;
  progressed(loaded: number, total: number): void;
  refused(error: unknown): void;
}

/** The avatar that is shown: coarse at first, finer as it comes. Groups of frames are decoded in a worker. */
export class Stage {
  private readonly worker = startWorker();
  private readonly stop = new AbortController();
  private avatar: PlayableAvatar | null = null;
  private player: ClipPlayer | null = null;
  /** What comes in of a live session; null where clips are played. */
  live: LiveView | null = null;
  private level = -1;
  private clip = -1;

  constructor(private readonly renderer: Renderer, private readonly listener: StageListener) {}

  async open(source: Source, token: string | null): Promise<void> {
    const { listener, worker, stop: { signal } } = this;
    const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
    const onProgress = (loaded: number, total: number): void => {
      if (!signal.aborted) {
        listener.progressed(loaded, total);
      }
    };
    try {
      const avatar = await PlayableAvatar.open(source.open(), { headers, signal, onProgress, worker });
      signal.throwIfAborted();
      this.show(avatar, source);
      await avatar.package.fetchAvatar(avatar.package.manifest.levelSizes.length, signal);
    } catch (error) {
      if (!signal.aborted) {
        listener.refused(error);
      }
    }
  }

  /** Poses a time of a clip. False where it is not here yet; throws a Refusal. */
  pose(clip: number, timeS: number, root: RootMotion | null): boolean {
    const { player } = this;
    if (player === null || clip < 0 || this.live !== null) {
      return player !== null;
    }
    player.root = root;
    if (clip !== this.clip) {
      this.clip = clip;
      player.play(clip, { startS: timeS });
    } else {
      player.seek(timeS);
    }
    return player.update(0);
  }

  /** Takes the finest level that is here, at most `wanted`. True where it is another one than before. */
  refine(wanted: number): boolean {
    const { avatar } = this;
    if (avatar === null) {
      return false;
    }
    let level = 0;
    while (level < wanted && avatar.package.isHere((entry) => entry.clip < 0 && entry.level === level + 1)) {
      level++;
    }
    if (level === this.level) {
      return false;
    }
    this.level = level;
    this.renderer.setAvatar(avatar, level);
    return true;
  }

  get frame(): GpuFrame | null {
    return this.live?.frame ?? this.player?.frame ?? null;
  }

  close(): void {
    this.stop.abort();
    this.live?.close();
    this.player?.dispose();
    this.avatar?.dispose();
    this.worker.terminate();
  }

  private show(avatar: PlayableAvatar, source: Source): void {
    this.avatar = avatar;
    this.live = source.watch === null ? null : new LiveView(avatar, source.watch(avatar), this.listener.refused.bind(this.listener));
    this.player = new ClipPlayer(avatar);
    // Time is the transport's.
    this.player.isPaused = true;
    this.refine(0);
    this.listener.opened(avatar.package.manifest);
  }
}
