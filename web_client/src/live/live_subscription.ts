import type { Refusal } from "../reader/refusal.ts";
import { CreditWindow } from "./credit_window.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { FrameStream } from "./frame_stream.ts";
import type { GatewayAddress } from "./gateway_address.ts";
import {
  type CreditMessage, FULL_MODE, LIGHT_MODE, STEPS_CODEC, SUBSCRIBE_REQUEST, SUBSCRIBE_RESPONSE,
} from "./messages.ts";
import { decode, encode, type Message } from "./protobuf.ts";

/** How a session's publisher is doing: nobody yet, there, gone, or there without poses. */
export type SourceState = "waiting" | "live" | "lost" | "idle";

const STATES: readonly SourceState[] = ["waiting", "waiting", "live", "lost", "idle"];

export interface SubscriptionOptions {
  full?: boolean;
  /** Frames that may be on their way; left out for as many as the way there takes. */
  credits?: number;
  /** Frames are left out where the link carries no more; true if left out. `rendition` says so. */
  adaptive?: boolean;
  /** Seconds for which a lost connection is tried again. */
  patienceS?: number;
  /** A session that is not there yet is waited for. */
  waitsForSession?: boolean;
}

/** A live session that is watched. */
export class LiveSubscription extends FrameStream {
  source: SourceState = "waiting";
  onSource: ((source: SourceState) => void) | null = null;

  private readonly credits: number;

  constructor(
    address: GatewayAddress, private readonly sessionId: string, private readonly frames: FrameDecoder,
    private readonly options: SubscriptionOptions,
  ) {
    const window = new CreditWindow(options.credits ?? null, address.roundTrip);
    super(address, "/v1/subscribe", frames, window, options.patienceS ?? Infinity);
    this.credits = window.first;
    this.open();
  }

  protected override firstRequests(): Uint8Array<ArrayBuffer>[] {
    const { full = false, adaptive = true } = this.options, { credits } = this;
    return [encode(SUBSCRIBE_REQUEST, {
      subscribe: {
        session_id: this.sessionId, mode: full ? FULL_MODE : LIGHT_MODE, credits, adaptive,
        codecs: this.frames.takesSteps && !full ? [STEPS_CODEC] : [],
      },
    })];
  }

  protected override creditRequest(credit: CreditMessage): Uint8Array<ArrayBuffer> {
    return encode(SUBSCRIBE_REQUEST, { credit });
  }

  protected override parse(bytes: Uint8Array): Message<typeof SUBSCRIBE_RESPONSE> {
    const response = decode(SUBSCRIBE_RESPONSE, bytes);
    if (response.source !== undefined) {
      this.source = STATES[response.source.state ?? 0] ?? "waiting";
      this.onSource?.(this.source);
    }
    return response;
  }

  // A subscriber may be back before the publisher that opens the session again.
  protected override isWorthRetrying(refusal: Refusal): boolean {
    const isAwaited = (this.options.waitsForSession ?? true) || this.header !== null;
    return super.isWorthRetrying(refusal) || (isAwaited && refusal.code === "live-session-not-found");
  }
}
