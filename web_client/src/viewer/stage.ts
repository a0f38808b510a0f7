import type { GatewayAddress } from "../live/gateway_address.ts";
import type { GpuFrame } from "../packing/gpu_frame.ts";
import type { AvatarFrame } from "../player/avatar_frame.ts";
import { ClipPlayer, type RootMotion } from "../player/clip_player.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import type { Manifest } from "../reader/manifest.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import type { LiveView } from "./live_view.ts";
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
  /** The finest level that is here. */
  level = -1;
  private clip = -1;
  // The whole avatar, until its frames are here; a rigid one is shown before.
  private next: ClipPlayer | null = null;

  constructor(private readonly renderer: Renderer, private readonly listener: StageListener) {}

  async open(source: Source, address: GatewayAddress): Promise<void> {
    const { listener, worker, stop: { signal } } = this, { headers } = address;
    const onProgress = (loaded: number, total: number): void => {
      if (!signal.aborted) {
        listener.progressed(loaded, total);
      }
    };
    try {
      const given = source.open(), options = { headers, signal, onProgress, worker };
      let avatar: PlayableAvatar;
      if (typeof given === "string" && source.session === null) {
        for await (avatar of PlayableAvatar.stages(given, options)) {
          signal.throwIfAborted();
          this.show(avatar);
        }
      } else {
        avatar = await PlayableAvatar.open(given, options);
        const live = source.session === null ? null : await import("./live_view.ts");
        signal.throwIfAborted();
        if (live !== null && source.session !== null) {
          this.live = new live.LiveView(avatar, address, source.session, listener.refused.bind(listener));
        }
        this.show(avatar);
      }
      const { package: pack } = avatar!;
      await pack.fetchAvatar(pack.manifest.levelSizes.length, signal);
    } catch (error) {
      if (!signal.aborted) {
        listener.refused(error);
      }
    }
  }

  /** Poses a time of a clip. False where it is not here yet; throws a Refusal. */
  pose(clip: number, timeS: number, root: RootMotion | null): boolean {
    const { player, next } = this;
    if (player === null || clip < 0 || this.live !== null) {
      return player !== null;
    }
    const isOther = clip !== this.clip;
    this.clip = clip;
    if (next !== null && posed(next, clip, next.clip !== clip, timeS, root)) {
      player.dispose();
      this.avatar?.dispose();
      this.take(next);
      return true;
    }
    return posed(player, clip, isOther, timeS, root);
  }

  /** Takes the finest level that is here. True where it is another one than before. */
  refine(): boolean {
    const { avatar } = this;
    if (avatar === null) {
      return false;
    }
    const { package: pack } = avatar, last = pack.manifest.levelSizes.length - 1;
    let level = Math.max(this.level, 0);
    while (level < last && pack.isHere((entry) => entry.clip < 0 && entry.level === level + 1)) {
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

  /** The pose of the clip that is shown. */
  get performed(): AvatarFrame | null {
    return this.live === null ? this.player?.pose ?? null : null;
  }

  close(): void {
    this.stop.abort();
    this.live?.close();
    this.player?.dispose();
    this.avatar?.dispose();
    this.next?.dispose();
    this.next?.avatar.dispose();
    this.worker.terminate();
  }

  private show(avatar: PlayableAvatar): void {
    const player = new ClipPlayer(avatar);
    // Time is the transport's.
    player.isPaused = true;
    if (this.player === null) {
      this.take(player);
      this.listener.opened(avatar.package.manifest);
    } else if (avatar.package.manifest.clips.length === 0) {
      this.take(player);
    } else {
      this.next = player;
    }
  }

  private take(player: ClipPlayer): void {
    this.player = player;
    this.avatar = player.avatar;
    this.next = null;
    this.level = -1;
    this.refine();
  }
}

function posed(player: ClipPlayer, clip: number, isOther: boolean, timeS: number, root: RootMotion | null): boolean {
  player.root = root;
  if (isOther) {
    player.play(clip, { startS: timeS });
  } else {
    player.seek(timeS);
  }
  return player.update(0);
}
