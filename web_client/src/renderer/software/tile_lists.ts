import { CENTRE_X, CENTRE_Y, REACH_X, REACH_Y, RECORD } from "./seen_splats.ts";

export const TILE_BITS = 5;
export const TILE = 1 << TILE_BITS;

/** Which Gaussians each tile of a picture shows, from near to far. */
export class TileLists {
  columns = 0;
  rows = 0;
  /** [tiles + 1] where the list of each begins. */
  starts = new Uint32Array(1);
  /** Numbers of Gaussians. */
  gaussians = new Uint32Array(0);

  private ends = new Uint32Array(0);
  /** [N,4] first and last column, first and last row. */
  private spans = new Uint16Array(0);

  /** `order`: from far to near, of which the first `count` are seen. */
  sort(records: Float32Array, order: Uint32Array, count: number, widthPx: number, heightPx: number): void {
    this.columns = Math.ceil(widthPx / TILE);
    this.rows = Math.ceil(heightPx / TILE);
    const tiles = this.columns * this.rows;
    if (this.ends.length !== tiles) {
      this.starts = new Uint32Array(tiles + 1);
      this.ends = new Uint32Array(tiles);
    }
    if (this.spans.length < 4 * order.length) {
      this.spans = new Uint16Array(4 * order.length);
    }
    this.count(records, order, count, widthPx, heightPx);
    this.fill(order, count);
  }

  private count(records: Float32Array, order: Uint32Array, count: number, widthPx: number, heightPx: number): void {
    const { spans, ends, columns } = this;
    ends.fill(0);
    for (let turn = 0; turn < count; turn++) {
      const at = RECORD * order[turn], x = records[at + CENTRE_X], y = records[at + CENTRE_Y];
      const reachX = records[at + REACH_X], reachY = records[at + REACH_Y], to = 4 * turn;
      // Pixels have their centres at + 0.5; what lies between them touches none.
      const left = Math.max(Math.ceil(x - reachX - 0.5), 0), right = Math.min(Math.floor(x + reachX - 0.5), widthPx - 1);
      const top = Math.max(Math.ceil(y - reachY - 0.5), 0), bottom = Math.min(Math.floor(y + reachY - 0.5), heightPx - 1);
      if (left > right || top > bottom) {
        spans[to] = 1;
        spans[to + 1] = 0;
        continue;
      }
      const last = right >> TILE_BITS;
      spans[to] = left >> TILE_BITS;
      spans[to + 1] = last;
      spans[to + 2] = top >> TILE_BITS;
      spans[to + 3] = bottom >> TILE_BITS;
      for (let row = top >> TILE_BITS; row <= bottom >> TILE_BITS; row++) {
        for (let tile = row * columns + (left >> TILE_BITS); tile <= row * columns + last; tile++) {
          ends[tile]++;
        }
      }
    }
  }

  private fill(order: Uint32Array, count: number): void {
    const { spans, ends, starts, columns } = this;
    for (let tile = 0; tile < ends.length; tile++) {
      starts[tile + 1] = starts[tile] + ends[tile];
      ends[tile] = starts[tile];
    }
    const pairs = starts[ends.length];
    if (this.gaussians.length < pairs) {
      this.gaussians = new Uint32Array(pairs + (pairs >> 2));
    }
    const { gaussians } = this;
    for (let turn = count - 1; turn >= 0; turn--) {
      const at = 4 * turn;
      for (let column = spans[at]; column <= spans[at + 1]; column++) {
        for (let row = spans[at + 2]; row <= spans[at + 3]; row++) {
          gaussians[ends[row * columns + column]++] = order[turn];
        }
      }
    }
  }
}
