const KEYS = 1 << 16;

/** The order from far to near, by counting 16-bit keys: equals keep theirs. */
export class DepthOrder {
  private readonly counts = new Uint32Array(KEYS + 1);
  private readonly keys: Uint16Array;
  private readonly order: Uint32Array;

  constructor(most: number) {
    this.keys = new Uint16Array(most);
    this.order = new Uint32Array(most);
  }

  /** Numbers of the first `count` depths; belongs to this. */
  sorted(depths: Float32Array, count: number): Uint32Array {
    const { counts, keys, order } = this;
    let nearest = Infinity, farthest = -Infinity;
    for (let i = 0; i < count; i++) {
      nearest = Math.min(nearest, depths[i]);
      farthest = Math.max(farthest, depths[i]);
    }
    const scale = farthest > nearest ? (KEYS - 1) / (farthest - nearest) : 0;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      keys[i] = (farthest - depths[i]) * scale;
      counts[keys[i] + 1]++;
    }
    for (let key = 0; key < KEYS; key++) {
      counts[key + 1] += counts[key];
    }
    for (let i = 0; i < count; i++) {
      order[counts[keys[i]]++] = i;
    }
    return order;
  }
}
