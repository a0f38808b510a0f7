import { GatewayClient } from "../live/gateway_client.ts";
import type { LiveSubscription } from "../live/live_subscription.ts";
import type { GpuFrame } from "../packing/gpu_frame.ts";
import { LivePlayer } from "../player/live_player.ts";
import { type AvatarOptions, PlayableAvatar } from "../player/playable_avatar.ts";

/** A live session of the server that a package is from. */
export class LiveShow {
  private readonly player: LivePlayer;
  private isThere = false;

  private constructor(readonly avatar: PlayableAvatar, readonly stream: LiveSubscription) {
    // The server's driver has moved cloth and hair already.
    this.player = new LivePlayer(avatar, false);
  }

  /** Opens the package and watches the session. `onClosed`: it cannot be watched, or no longer. */
  static async open(
    url: URL, session: string, token: string | null, options: AvatarOptions, onClosed: (why: unknown) => void,
  ): Promise<LiveShow> {
    const client = new GatewayClient(url.origin, token), headers = { ...client.address.headers, ...options.headers };
    const avatar = await PlayableAvatar.open(url.href, { ...options, headers });
    options.signal?.throwIfAborted();
    const stream = client.subscribe(session, avatar);
    stream.onState = (state, why) => {
      if (state === "closed" && why !== null) {
        onClosed(why);
      }
    };
    return new LiveShow(avatar, stream);
  }

  /** Takes the newest frame. Null where none came yet. */
  update(): GpuFrame | null {
    const frame = this.stream.take();
    if (frame?.light != null && this.player.take(frame.light)) {
      this.isThere = true;
    }
    return this.isThere ? this.player.frame : null;
  }

  close(): void {
    this.stream.onState = null;
    this.stream.close();
  }
}
