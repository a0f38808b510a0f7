import { ClipPlayer } from "../player/clip_player.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import { Package } from "../reader/package.ts";
import { durationOf } from "../reader/manifest.ts";
import { cameraOf, framing } from "../renderer/core/camera.ts";
import { createRenderer } from "../renderer/create_renderer.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import type { Source } from "./sources.ts";

const WIDTH_PX = 220, HEIGHT_PX = 280;
const MOST = 300;
// Where in the clip: people begin many of them standing straight.
const MOMENT = 0.3;
const AIR = 0.84;
const WAIT_MS = 10;

/** Small pictures of avatars, one after the other: what packages bring along, or their coarsest level. */
export class Thumbnails {
  private readonly made = new Map<string, string>();
  private readonly canvas = document.createElement("canvas");
  private renderer: Promise<Renderer> | null = null;
  private line: Promise<unknown> = Promise.resolve();
  private stopper = new AbortController();

  constructor(private readonly backend: () => Renderer["backend"]) {}

  /** The picture where it was made before; null. */
  known({ digest }: Source): string | null {
    return this.made.get(digest) ?? null;
  }

  /** The address of a picture; null where it was stopped. Throws a Refusal where the package is damaged. */
  of(source: Source, headers: Record<string, string>): Promise<string | null> {
    const { signal } = this.stopper;
    const next = this.line.then(() => signal.aborted ? null : this.known(source) ?? this.make(source, headers, signal));
    this.line = next.catch(() => undefined);
    return next.catch((error: unknown) => {
      if (signal.aborted) {
        return null;
      }
      throw error;
    });
  }

  /** Those that wait are not made. */
  stop(): void {
    this.stopper.abort();
    this.stopper = new AbortController();
  }

  private async make(source: Source, headers: Record<string, string>, signal: AbortSignal): Promise<string | null> {
    const pack = await Package.openUrl(String(source.open()), { headers, signal });
    await pack.fetch(({ name }) => name === "thumbnail", signal);
    const own = pack.readThumbnail();
    if (own !== null) {
      return this.keep(source.digest, new Blob([own as Uint8Array<ArrayBuffer>], { type: "image/png" }));
    }
    const renderer = await (this.renderer ??= createRenderer(this.canvas, this.backend()));
    const avatar = await PlayableAvatar.open(source.open(), { headers, signal });
    const player = new ClipPlayer(avatar), { clips } = avatar.package.manifest;
    try {
      if (clips.length > 0) {
        player.isPaused = true;
        player.play(0, { startS: MOMENT * durationOf(clips[0]) });
        while (!player.update(0)) {
          await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
          signal.throwIfAborted();
        }
      }
      renderer.setAvatar(avatar, 0);
      const { centreM, radiusM } = renderer.sphere(player.frame);
      const orbit = framing(centreM, AIR * radiusM, WIDTH_PX / HEIGHT_PX);
      renderer.draw(player.frame, cameraOf(orbit, WIDTH_PX, HEIGHT_PX), { exact: true });
      const picture = await new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve));
      return picture === null ? null : this.keep(source.digest, picture);
    } finally {
      player.dispose();
      avatar.dispose();
    }
  }

  private keep(digest: string, picture: Blob): string {
    const url = URL.createObjectURL(picture), oldest = this.made.keys().next();
    if (this.made.size >= MOST && !oldest.done) {
      URL.revokeObjectURL(this.made.get(oldest.value) ?? "");
      this.made.delete(oldest.value);
    }
    this.made.set(digest, url);
    return url;
  }
}
