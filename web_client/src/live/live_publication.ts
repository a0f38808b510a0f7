import type { AvatarFrame } from "../player/avatar_frame.ts";
import { CreditWindow, LEAST_CREDITS } from "./credit_window.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { FrameStream } from "./frame_stream.ts";
import type { GatewayAddress } from "./gateway_address.ts";
import type { CreditMessage } from "./messages.ts";
import { decode, encode, type Message } from "./protobuf.ts";
import { RETARGET_REQUEST, RETARGET_RESPONSE } from "./publishing_messages.ts";

/** The right to publish to a session, and to end it. */
export interface LiveTicket {
  readonly sessionId: string;
  readonly publishKey: string;
}

/** Opens a session; an empty name lets the server choose. Refuses as the server does. */
export async function createSession(address: GatewayAddress, avatarId: string, sessionId: string): Promise<LiveTicket> {
  const answer = await address.json("/v1/sessions", undefined, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ avatarId, sessionId }),
  }) as Record<string, unknown>;
  return { sessionId: String(answer.sessionId), publishKey: String(answer.publishKey) };
}

/** Ends a session, for its publisher and all who watch. */
export async function endSession(address: GatewayAddress, { sessionId, publishKey }: LiveTicket): Promise<void> {
  const headers = { "Ani3d-Publish-Key": publishKey };
  await address.json(`/v1/sessions/${encodeURIComponent(sessionId)}`, undefined, { method: "DELETE", headers });
}

/** Poses of the avatar's own joints that drive a live session. After a lost connection it goes on in an epoch of its own. */
export class LivePublication extends FrameStream {
  /** Poses that the server could not use, and why it refused the last. */
  refusedCount = 0;
  refusedWhy = "";
  private epoch = 0;

  constructor(address: GatewayAddress, readonly ticket: LiveTicket, patienceS = Infinity) {
    super(address, "/v1/publish", new FrameDecoder(null), new CreditWindow(LEAST_CREDITS, address.roundTrip), patienceS);
    this.open();
  }

  /** Sends a pose. `captureTimeS`: by any clock of this machine, seconds. */
  pose({ rootTranslationM, jointRotations }: AvatarFrame, captureTimeS: number, discontinuous = false): void {
    if (this.state === "open") {
      const numbers = new Float32Array(3 + jointRotations.length);
      numbers.set(rootTranslationM);
      numbers.set(jointRotations, 3);
      const payload = new Uint8Array(numbers.buffer);
      this.send(encode(RETARGET_REQUEST, { pose: { capture_time_s: captureTimeS, payload, discontinuous } }));
    }
  }

  protected override firstRequests(): Uint8Array<ArrayBuffer>[] {
    const { sessionId, publishKey } = this.ticket;
    const publish = { session_id: sessionId, publish_key: publishKey, ...(this.epoch > 0 ? { resume_epoch: this.epoch } : {}) };
    return [encode(RETARGET_REQUEST, { publish })];
  }

  protected override creditRequest(credit: CreditMessage): Uint8Array<ArrayBuffer> {
    return encode(RETARGET_REQUEST, { credit });
  }

  protected override parse(bytes: Uint8Array): Message<typeof RETARGET_RESPONSE> {
    const response = decode(RETARGET_RESPONSE, bytes);
    this.epoch = response.epoch ?? this.epoch;
    if (response.refused !== undefined) {
      this.refusedCount = response.refused.count ?? 0;
      this.refusedWhy = response.refused.message ?? "";
    }
    return response;
  }
}
