import { type Clock, now } from "./round_trip.ts";

// Bytes that come without a word: on a slow link these are half a second.
const UNTOLD_BYTES = 64 * 1024;

/** What has come on a call: frames, and seconds since the last of them; undefined where nobody knows. */
export interface Receipt {
  readonly received_count: number;
  readonly received_ago_s: number | undefined;
}

/** Counts what comes on one call: the server learns by it what the link carries. */
export class Receipts {
  private isWanted = false;
  private isUrgent = false;
  private count = 0;
  private untoldBytes = 0;
  private cameS: number | null = null;

  constructor(private readonly clock: Clock = now) {}

  /** A call begins. */
  begin(): void {
    this.isWanted = this.isUrgent = false;
    this.count = this.untoldBytes = 0;
  }

  /** The header has come, and says whether the server follows the link. */
  opened(isWanted: boolean): void {
    this.isWanted = this.isUrgent = isWanted;
    this.cameS = this.clock();
  }

  /** Frames have come. `wasAwaited`: none waited here to be shown; `isUrgent`: with padding, or over a slow link. */
  received(frames: number, bytes: number, wasAwaited: boolean, isUrgent: boolean): void {
    if (frames === 0) {
      return;
    }
    this.count += frames;
    this.untoldBytes += bytes;
    this.cameS = wasAwaited ? this.clock() : null;
    this.isUrgent ||= isUrgent || this.untoldBytes >= UNTOLD_BYTES;
  }

  /** Whether to say it now, with no credits if need be. */
  get isDue(): boolean {
    return this.isWanted && this.isUrgent;
  }

  /** What to say now; nothing where the server does not ask. */
  said(): Receipt | Record<string, never> {
    if (!this.isWanted) {
      return {};
    }
    this.untoldBytes = 0;
    this.isUrgent = false;
    const { cameS } = this;
    return { received_count: this.count, received_ago_s: cameS === null ? undefined : Math.max(0, this.clock() - cameS) };
  }
}
