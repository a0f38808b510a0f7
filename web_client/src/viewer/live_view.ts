import { FrameDecoder, type StreamedFrame } from "../live/frame_decoder.ts";
import type { GatewayAddress } from "../live/gateway_address.ts";
import { LiveSubscription, type SourceState } from "../live/live_subscription.ts";
import type { GpuFrame } from "../packing/gpu_frame.ts";
import { LivePlayer } from "../player/live_player.ts";
import type { PlayableAvatar } from "../player/playable_avatar.ts";

const SHARE = 0.1;
const WORDS: Readonly<Record<SourceState, string>> = {
  waiting: "waiting for a performer", live: "live", lost: "the performer is gone; waiting", idle: "the performer stands still",
};

/** A live session as it comes in. */
export class LiveView {
  latencyMs = 0;
  /** Frames that were shown. */
  count = 0;

  readonly stream: LiveSubscription;
  private readonly player: LivePlayer;

  constructor(avatar: PlayableAvatar, address: GatewayAddress, readonly session: string, onRefused: (error: unknown) => void) {
    // The server's driver has moved cloth and hair already.
    this.player = new LivePlayer(avatar, false);
    this.stream = new LiveSubscription(address, session, new FrameDecoder(avatar), {});
    this.stream.onState = (state, why) => {
      if (state === "closed" && why !== null) {
        onRefused(why);
      }
    };
  }

  get frame(): GpuFrame {
    return this.player.frame;
  }

  /** How the session is doing. */
  get words(): string {
    const { stream } = this;
    if (stream.state === "reconnecting" || stream.state === "connecting") {
      return stream.state === "connecting" ? "connecting" : "the server does not answer; trying again";
    }
    return stream.state === "ended" ? "the session is over" : WORDS[stream.source];
  }

  /** Takes the newest frame, where there is one. */
  update(): void {
    const frame = this.stream.take();
    if (frame?.light != null && this.player.take(frame.light)) {
      this.count++;
      this.measure(frame);
    }
  }

  close(): void {
    this.stream.onState = null;
    this.stream.close();
  }

  // By both machines' clocks.
  private measure({ sentTimeS }: StreamedFrame): void {
    const latencyMs = Math.max(0, Date.now() - 1000 * sentTimeS);
    this.latencyMs += this.count === 1 ? latencyMs : SHARE * (latencyMs - this.latencyMs);
  }
}
