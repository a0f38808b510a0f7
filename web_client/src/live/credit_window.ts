import { type Clock, now, type RoundTrip } from "./round_trip.ts";

// docs/client.md, "Credits", has the rule, which clients in all languages share; spec/credit_windows.txt holds them to it.

/** What is on order where nothing is known of the way. */
export const LEAST_CREDITS = 4;
const MOST_AHEAD_S = 1;
const MOST_BYTES = 16 * 2 ** 20;
const MOST_CREDITS = 256;
const USUAL_RATE_HZ = 60;
// The slowest of many round trips is longer than the shortest: by a share of it, and by jitter.
const SLACK = 1.25;
const JITTER_S = 0.05;
// Share of the window that one request grants: a request costs the server as much as a frame.
const AT_ONCE = 8;
const FIXED_AT_ONCE = 4;
// A client that shows fewer frames than come has no use for those that wait for it.
const SHOWN_SLACK = 1.5;
const SHOWN_LEAST_HZ = 2;
const SHOWN_OVER_S = 0.5;
// Where frames are dropped although the client waits for them, the way is longer than it looked.
const GROWTH_STEP = 1.5;
const MOST_GROWTH = 4;
const WAITED_SHARE = 0.25;

/** Credits to grant so that nothing is dropped on the way, and nothing waits long at its end. */
export class CreditWindow {
  /** Credits of the first request, which is said again on every connection. */
  readonly first: number;
  private rateHz = USUAL_RATE_HZ;
  private shownHz: number | null = null;
  private counted = 0;
  private countedSinceS = Infinity;
  private growth = 1;
  private dropped = 0;
  private frameBytes = 0;
  private begunS: number | null = null;
  private onOrder: number;

  /** `fixed`: a size of one's own, which nothing changes; null to follow the way. */
  constructor(
    private readonly fixed: number | null, private readonly roundTrip: RoundTrip, private readonly everyFrame = false,
    private readonly clock: Clock = now,
  ) {
    this.first = this.onOrder = this.size;
  }

  /** A connection begins, with the credits of the first request. */
  begin(): void {
    this.onOrder = this.first;
    this.dropped = this.counted = 0;
    this.shownHz = null;
    this.countedSinceS = Infinity;
    this.begunS = this.clock();
  }

  /** The header has come. `rateHz`: frames that the server sends a second; 0 where nobody knows. */
  opened(rateHz: number): void {
    this.rateHz = rateHz > 0 && rateHz < Infinity ? rateHz : USUAL_RATE_HZ;
    if (this.begunS !== null) {
      this.roundTrip.took(this.clock() - this.begunS);
    }
    this.countedSinceS = this.clock();
  }

  /** A response has come. `dropped`: by the server so far on this connection; `waitedS`: how long it was waited for. */
  received(frames: number, bytes: number, dropped: number, waitedS: number): void {
    if (frames > 0) {
      this.frameBytes = Math.max(this.frameBytes * 0.9, bytes / frames);
    }
    if (dropped > this.dropped && waitedS * this.rateHz > WAITED_SHARE) {
      this.growth = Math.min(this.growth * GROWTH_STEP, MOST_GROWTH);
    }
    this.dropped = dropped;
  }

  /** Frames were shown, or thrown away: they are no longer on order. */
  used(frames = 1): void {
    this.onOrder -= frames;
    this.counted += frames;
    const elapsedS = this.clock() - this.countedSinceS;
    if (elapsedS >= SHOWN_OVER_S) {
      this.shownHz = this.counted / elapsedS;
      this.counted = 0;
      this.countedSinceS = this.clock();
    }
  }

  /** Credits to grant now; 0 for none. They count as granted. */
  due(): number {
    const { size } = this, missing = size - this.onOrder;
    if (missing < Math.max(1, Math.floor(size / (this.fixed === null ? AT_ONCE : FIXED_AT_ONCE)))) {
      return 0;
    }
    this.onOrder += missing;
    return missing;
  }

  /** Frames that may be on order. */
  get size(): number {
    if (this.fixed !== null) {
      return this.fixed;
    }
    const room = this.frameBytes === 0 ? MOST_CREDITS : Math.floor(MOST_BYTES / this.frameBytes);
    const most = Math.max(LEAST_CREDITS, Math.min(MOST_CREDITS, room));
    if (this.everyFrame) {
      return this.frameBytes === 0 ? LEAST_CREDITS : most;
    }
    const rateHz = this.shownHz === null ? this.rateHz : Math.min(this.rateHz, this.shownHz * SHOWN_SLACK + SHOWN_LEAST_HZ);
    const shortestS = this.roundTrip.shortestS ?? 0;
    const wayS = Math.min((shortestS * SLACK + Math.min(JITTER_S, shortestS)) * this.growth, MOST_AHEAD_S);
    return Math.min(most, LEAST_CREDITS + Math.ceil(wayS * rateHz));
  }
}
