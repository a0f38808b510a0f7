import { Refusal } from "../reader/refusal.ts";

const FIRST_DELAY_S = 0.1;
const LONGEST_DELAY_S = 5;
const PASSING = new Set([
  "service-unreachable", "service-draining", "service-timeout", "service-client-stalled", "play-client-silent",
]);

/** Whether a connection that was refused or lost so may be had again. */
export function isPassing(refusal: Refusal): boolean {
  return PASSING.has(refusal.code);
}

/** Delays between attempts to connect again: longer each time, never quite the same. */
export class Reconnecting {
  private delayS = FIRST_DELAY_S;
  private readonly beganMs = performance.now();

  /** Attempts end after `patienceS` seconds. */
  constructor(private readonly patienceS: number) {}

  /** The next delay, in seconds; null where patience is over. */
  next(): number | null {
    const delay = this.delayS * (0.5 + 0.5 * Math.random());
    this.delayS = Math.min(2 * this.delayS, LONGEST_DELAY_S);
    return (performance.now() - this.beganMs) / 1000 + delay < this.patienceS ? delay : null;
  }
}
