import { CreditWindow } from "./credit_window.ts";
import { FrameDecoder, type StreamedFrame } from "./frame_decoder.ts";
import { FrameStream } from "./frame_stream.ts";
import type { GatewayAddress } from "./gateway_address.ts";
import {
  type CreditMessage, EVERY_FRAME, FULL_MODE, LIGHT_MODE, PLAY_REQUEST, PLAY_RESPONSE, type StartMessage, STEPS_CODEC,
} from "./messages.ts";
import { decode, encode, type Message } from "./protobuf.ts";

export interface PlaybackOptions {
  /** Posed Gaussians, for pages that have no package. */
  full?: boolean;
  /** As fast as frames are taken, none left out. */
  everyFrame?: boolean;
  rate?: number;
  loop?: boolean;
  startS?: number;
  range?: { beginS?: number; endS?: number };
  /** Frames that may be on their way; left out for as many as the way there takes. */
  credits?: number;
  /** Where the link is too slow, frames come without detail, then fewer; true if left out. `rendition` says so. */
  adaptive?: boolean;
  frameRateHz?: number;
  /** Detail in light frames, of pages that have no package. */
  withDetail?: boolean;
  /** Finest level of detail wanted, 0 the coarsest. */
  level?: number;
  /** Seconds for which a lost connection is tried again. */
  patienceS?: number;
}

/** A clip that the server plays. */
export class Playback extends FrameStream {
  isPaused = false;
  private readonly start: StartMessage;
  private wantsPause = false;
  private seeks = 0;
  private soughtS: number | undefined;
  private shownS = 0;
  private shownEpoch = -1;
  private heldS: number | null = null;

  constructor(address: GatewayAddress, avatarId: string, clip: string, decoder: FrameDecoder, options: PlaybackOptions) {
    const window = new CreditWindow(options.credits ?? null, address.roundTrip, options.everyFrame ?? false);
    super(address, "/v1/play", decoder, window, options.patienceS ?? Infinity);
    const { range } = options;
    this.soughtS = options.startS;
    this.start = {
      avatar_id: avatarId, clip, mode: options.full ? FULL_MODE : LIGHT_MODE, loop: options.loop ?? false,
      credits: window.first, adaptive: options.adaptive ?? true, without_detail: !(options.withDetail ?? false),
      codecs: decoder.takesSteps && !options.full ? [STEPS_CODEC] : [],
      range: { begin_time_s: range?.beginS, end_time_s: range?.endS }, pacing: options.everyFrame ? EVERY_FRAME : undefined,
      rate: options.rate, start_time_s: options.startS, frame_rate_hz: options.frameRateHz, lod: options.level,
    };
    this.open();
  }

  seek(timeS: number): void {
    this.soughtS = timeS;
    this.seeks++;
    this.goOn();
    this.command({ seek: { time_s: timeS } });
  }

  pause(): void {
    this.wantsPause = true;
    this.command({ pause: {} });
  }

  resume(): void {
    this.wantsPause = false;
    this.command({ resume: {} });
  }

  setRate(rate: number): void {
    this.start.rate = rate;
    this.command({ rate: { rate } });
  }

  setLoop(loop: boolean): void {
    this.start.loop = loop;
    this.command({ loop: { loop } });
  }

  /** Undefined: the clip's own begin or end. */
  setRange(beginS?: number, endS?: number): void {
    this.start.range = { begin_time_s: beginS, end_time_s: endS };
    this.command({ range: this.start.range });
  }

  protected override firstRequests(isAgain: boolean): Uint8Array<ArrayBuffer>[] {
    if (isAgain) {
      this.goOnFromShown();
    }
    const requests: Message<typeof PLAY_REQUEST>[] = [{ start: this.start }];
    if (isAgain && this.wantsPause) {
      requests.push({ pause: {} });
    }
    return requests.map((request) => encode(PLAY_REQUEST, request));
  }

  protected override creditRequest(credit: CreditMessage): Uint8Array<ArrayBuffer> {
    return encode(PLAY_REQUEST, { credit });
  }

  protected override parse(bytes: Uint8Array): Message<typeof PLAY_RESPONSE> {
    const response = decode(PLAY_RESPONSE, bytes);
    this.isPaused = response.status === undefined ? this.isPaused : response.status.paused ?? false;
    return response;
  }

  protected override isStale(epoch: number): boolean {
    return epoch < this.seeks;
  }

  protected override get keepsAll(): boolean {
    return this.start.pacing === EVERY_FRAME;
  }

  protected override accepts(frame: StreamedFrame): boolean {
    this.shownEpoch = frame.epoch;
    this.shownS = frame.timeS;
    const held = this.heldS;
    this.heldS = null;
    return held === null || frame.timeS !== held;
  }

  private command(request: Message<typeof PLAY_REQUEST>): void {
    this.send(encode(PLAY_REQUEST, request));
  }

  // The last frame is asked for again, and left out when it comes: what follows it is for the server to say.
  private goOnFromShown(): void {
    const hasShown = this.shownEpoch === this.seeks, { begin_time_s: begin, end_time_s: end } = this.start.range ?? {};
    this.epochsBefore = this.seeks;
    this.heldS = hasShown ? this.shownS : null;
    const timeS = hasShown ? this.shownS : this.soughtS;
    this.start.start_time_s = timeS === undefined ? undefined : Math.min(Math.max(timeS, begin ?? timeS), end ?? Infinity);
  }
}
