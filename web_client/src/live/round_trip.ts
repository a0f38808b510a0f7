/** Seconds that never go back. */
export type Clock = () => number;

export function now(): number {
  return performance.now() / 1000;
}

/** How long a gateway's answers take, as requests of one client find it. */
export class RoundTrip {
  /** Of all answers so far; others waited for more than the way. */
  shortestS: number | null = null;

  took(seconds: number): void {
    this.shortestS = Math.min(this.shortestS ?? Infinity, seconds);
  }
}
