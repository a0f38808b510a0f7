import { Refusal } from "../reader/refusal.ts";
import type { CreditWindow } from "./credit_window.ts";
import { FrameDecoder, type StreamedFrame } from "./frame_decoder.ts";
import type { GatewayAddress } from "./gateway_address.ts";
import type { CreditMessage, StreamedMessage } from "./messages.ts";
import { Receipts } from "./receipts.ts";
import { isPassing, Reconnecting } from "./reconnecting.ts";
import { now } from "./round_trip.ts";
import { refusalOf } from "./server_refusal.ts";
import { badFrame, type StreamHeader, type StreamRendition } from "./stream_header.ts";

export type ConnectionState = "connecting" | "open" | "reconnecting" | "ended" | "closed";

const HEARTBEAT_SHARE = 0.25;
const OPEN_TIMEOUT_S = 60;

/**
 * Frames that a gateway sends. They are paid for when they are taken to be shown, so a page that is slow, or hidden, is
 * never sent old ones.
 */
export abstract class FrameStream {
  /** Told once what the stream is, and again after each reconnection. */
  onHeader: ((header: StreamHeader) => void) | null = null;
  /** Why: of what was lost or refused. */
  onState: ((state: ConnectionState, why: Refusal | null) => void) | null = null;
  state: ConnectionState = "connecting";
  receivedCount = 0;
  receivedBytes = 0;
  reconnectCount = 0;

  private readonly decoder: FrameDecoder;
  private readonly receipts = new Receipts();
  private socket: WebSocket | null = null;
  private waiting: StreamedFrame[] = [];
  private unpaid = 0;
  private emptySinceS = 0;
  private isOver = false;
  private droppedBefore = 0;
  private droppedNow = 0;
  private thinnedBefore = 0;
  private thinnedNow = 0;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts: Reconnecting | null = null;

  /** `path` of the gateway's socket; attempts to connect again end after `patienceS`. */
  protected constructor(
    private readonly address: GatewayAddress, private readonly path: string, decoder: FrameDecoder,
    private readonly window: CreditWindow, private readonly patienceS: number,
  ) {
    this.decoder = decoder;
  }

  get header(): StreamHeader | null {
    return this.decoder.header;
  }

  /** Frames that the server left out because this page was slow. */
  get droppedCount(): number {
    return this.droppedBefore + this.droppedNow;
  }

  /** Frames that the server left out because the link would not carry them. */
  get thinnedCount(): number {
    return this.thinnedBefore + this.thinnedNow;
  }

  /** What of the stream is sent, by what the link carries; null where the server does not say. */
  get rendition(): StreamRendition | null {
    return this.decoder.rendition;
  }

  /** The latest frame, where there is one that was not taken yet; the next one, where every frame was asked for. */
  take(): StreamedFrame | null {
    const frame = this.waiting.shift() ?? null;
    if (frame !== null && this.waiting.length === 0) {
      this.emptySinceS = now();
    }
    this.pay(this.unpaid - this.waiting.length);
    if (frame === null) {
      this.tellEnd();
    }
    return frame;
  }

  close(): void {
    this.end("closed", null);
  }

  /** What opens the stream: `isAgain` after it was lost. */
  protected abstract firstRequests(isAgain: boolean): Uint8Array<ArrayBuffer>[];
  protected abstract creditRequest(credit: CreditMessage): Uint8Array<ArrayBuffer>;
  protected abstract parse(bytes: Uint8Array): StreamedMessage;

  /** Whether frames of an epoch are of before the last seek. */
  protected isStale(_epoch: number): boolean {
    return false;
  }

  /** Whether all frames are shown, one after the other. */
  protected get keepsAll(): boolean {
    return false;
  }

  /** Looks at what a frame is, before it is shown; false leaves it out. */
  protected accepts(_frame: StreamedFrame): boolean {
    return true;
  }

  protected isWorthRetrying(refusal: Refusal): boolean {
    return isPassing(refusal);
  }

  /** Number of the epochs of connections before this one. */
  protected epochsBefore = 0;

  /** Connects; what `connect` needs has to be there. */
  protected open(): void {
    this.connect(false);
  }

  protected send(request: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(request);
    }
  }

  // Frames were shown, or thrown away.
  private pay(frames: number): void {
    if (frames > 0) {
      this.window.used(frames);
      this.unpaid -= frames;
    }
    const due = this.socket?.readyState === WebSocket.OPEN ? this.window.due() : 0;
    if (due > 0) {
      this.grant(due);
    }
  }

  private grant(frames: number): void {
    this.send(this.creditRequest({ frames, ...this.receipts.said() }));
  }

  private connect(isAgain: boolean): void {
    const { url, protocols } = this.address.socket(this.path), socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.droppedBefore = this.droppedCount;
    this.thinnedBefore = this.thinnedCount;
    this.droppedNow = this.thinnedNow = this.unpaid = 0;
    this.waiting = [];
    this.timer = setTimeout(() => {
      this.lost(new Refusal("service-timeout", url, `no header within ${OPEN_TIMEOUT_S} s`));
    }, 1000 * OPEN_TIMEOUT_S);
    let refused: Refusal | null = null, wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      // From here on, so that neither TCP's way nor that of TLS counts.
      this.window.begin();
      this.receipts.begin();
      this.firstRequests(isAgain).forEach((request) => this.send(request));
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.socket !== socket) {
        return;
      }
      try {
        if (data instanceof ArrayBuffer) {
          this.receive(this.parse(new Uint8Array(data)), data.byteLength);
        } else {
          refused = refusalOf(String(data));
        }
      } catch (error) {
        this.lost(error instanceof Refusal ? error : badFrame(String(error)));
      }
    };
    // Not every browser tells both of a socket that was not opened.
    let isTold = false;
    socket.onclose = socket.onerror = () => {
      if (this.socket === socket && !isTold) {
        isTold = true;
        void this.reasonOf(refused, wasOpen, url).then((why) => this.socket === socket && this.lost(why));
      }
    };
  }

  // A browser does not tell why a socket was not opened: the catalogue is asked for instead.
  private async reasonOf(refused: Refusal | null, wasOpen: boolean, url: string): Promise<Refusal> {
    if (refused !== null || wasOpen) {
      return refused ?? new Refusal("service-unreachable", url, "the connection was lost");
    }
    try {
      await this.address.json("/v1/avatars");
    } catch (error) {
      if (error instanceof Refusal) {
        return error;
      }
    }
    return new Refusal("service-unreachable", url, "the socket was not opened");
  }

  private receive(response: StreamedMessage, byteCount: number): void {
    this.receivedBytes += byteCount;
    this.droppedNow = response.dropped_count ?? 0;
    this.thinnedNow = response.thinned_count ?? 0;
    const epoch = this.epochsBefore + (response.epoch ?? 0);
    if (response.header !== undefined) {
      const header = this.decoder.begin(response.header);
      clearTimeout(this.timer);
      this.beat(header.heartbeatTimeoutS);
      this.attempts = null;
      this.reconnectCount += this.state === "reconnecting" ? 1 : 0;
      this.window.opened(header.frameRateHz);
      this.receipts.opened(this.rendition !== null);
      this.emptySinceS = now();
      this.tell("open", null);
      this.onHeader?.(header);
    }
    if (response.rendition !== undefined) {
      this.decoder.change(response.rendition);
    }
    this.count(response);
    for (const message of response.frames ?? []) {
      this.receivedCount++;
      this.unpaid++;
      if (!this.isStale(epoch)) {
        const sentTimeS = (this.header?.serverStartTimeS ?? 0) + (response.server_time_s ?? 0);
        const frame = this.decoder.decode(message, epoch, sentTimeS);
        if (this.accepts(frame)) {
          this.waiting = this.keepsAll ? [...this.waiting, frame] : [frame];
        }
      }
    }
    if (this.isStale(epoch)) {
      // Frames of before a seek are never shown: nobody else would pay for them.
      this.waiting = [];
      this.pay(this.unpaid);
    } else if (response.ended !== undefined) {
      this.isOver = true;
      this.tellEnd();
    }
  }

  private count({ frames = [], padding }: StreamedMessage): void {
    const bytes = frames.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0), isAwaited = this.waiting.length === 0;
    this.window.received(frames.length, bytes, this.droppedNow, isAwaited ? now() - this.emptySinceS : 0);
    this.receipts.received(frames.length, bytes, isAwaited, padding !== undefined || (this.rendition?.linkBytesPerS ?? 0) > 0);
    if (this.receipts.isDue) {
      this.grant(0);
    }
  }

  // When the last frame was taken, and more are asked for.
  private tellEnd(): void {
    if (this.isOver && this.waiting.length === 0) {
      this.tell("ended", null);
    }
  }

  private beat(timeoutS: number): void {
    clearInterval(this.heartbeat);
    if (timeoutS > 0) {
      this.heartbeat = setInterval(() => this.grant(0), 1000 * timeoutS * HEARTBEAT_SHARE);
    }
  }

  private lost(why: Refusal): void {
    const { state } = this;
    if (state === "closed") {
      return;
    }
    this.hangUp();
    if (this.isOver) {
      return;
    }
    if (!this.isWorthRetrying(why)) {
      this.end("closed", why);
      return;
    }
    this.attempts ??= new Reconnecting(this.patienceS);
    const delay = this.attempts.next();
    if (delay === null) {
      this.end("closed", why);
      return;
    }
    this.tell("reconnecting", why);
    this.timer = setTimeout(() => this.connect(this.header !== null), 1000 * delay);
  }

  private hangUp(): void {
    const { socket } = this;
    this.socket = null;
    clearInterval(this.heartbeat);
    clearTimeout(this.timer);
    socket?.close();
  }

  private end(state: ConnectionState, why: Refusal | null): void {
    this.hangUp();
    this.tell(state, why);
  }

  private tell(state: ConnectionState, why: Refusal | null): void {
    if (this.state !== state && this.state !== "closed") {
      this.state = state;
      this.onState?.(state, why);
    }
  }

  /** After a seek: an ended stream goes on, and one that the server has hung up on is opened again. */
  protected goOn(): void {
    this.waiting = [];
    if (this.isOver) {
      this.isOver = false;
      this.tell("open", null);
      if (this.socket === null) {
        this.connect(true);
      }
    }
  }
}
