import { DetailFrame } from "./detail_frame.ts";

const MOST_PAIRS = 8;

interface Pair {
  readonly a: Int32Array | null;
  readonly b: Int32Array | null;
  readonly left: DetailFrame;
  readonly right: DetailFrame;
}

/** Mixes detail of frames that may have detail of different Gaussians. It remembers who was mixed with whom. */
export class DetailMix {
  private readonly pairs: Pair[] = [];

  /** A frame without detail counts as one of zeros. Changes `a`, or answers a frame that the next call may change. */
  mixed(a: DetailFrame | null, b: DetailFrame | null, share: number, shares: Float64Array | null): DetailFrame | null {
    if (a === null && b === null) {
      return null;
    }
    if (a !== null && b !== null && a.gaussians === b.gaussians) {
      a.mix(a, b, share, shares);
      return a;
    }
    const pair = this.pairOf(a?.gaussians ?? null, b?.gaussians ?? null);
    pair.left.spread(a);
    pair.right.spread(b);
    pair.left.mix(pair.left, pair.right, share, shares);
    return pair.left;
  }

  private pairOf(a: Int32Array | null, b: Int32Array | null): Pair {
    let pair = this.pairs.find((each) => each.a === a && each.b === b);
    if (pair === undefined) {
      if (this.pairs.length === MOST_PAIRS) {
        this.pairs.shift();
      }
      const all = Int32Array.from(new Set([...(a ?? []), ...(b ?? [])])).sort();
      pair = { a, b, left: new DetailFrame(all), right: new DetailFrame(all) };
      this.pairs.push(pair);
    }
    return pair;
  }
}
