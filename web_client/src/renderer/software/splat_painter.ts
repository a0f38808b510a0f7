import {
  BLUE, CENTRE_X, CENTRE_Y, CONIC_A, CONIC_B, CONIC_C, GREEN, OPACITY, REACH_X, REACH_Y, RECORD, RED, SQUARE,
} from "./seen_splats.ts";
import { TILE, TILE_BITS, TileLists } from "./tile_lists.ts";

const ALPHA_CAP = 0.999;
// Less light than this from behind changes no eighth bit.
const CLOSED = 1 - 1 / 1024;
// Of exp(−q / 2), up to 3.33².
const LARGEST = 11.1;
const STEPS = 2048;
const STEPS_A_UNIT = STEPS / LARGEST;
const FALL = Float32Array.from({ length: STEPS + 1 }, (_, k) => Math.exp((-0.5 * (k + 0.5)) / STEPS_A_UNIT));

export type Background = readonly [number, number, number, number];

/**
 * Lays Gaussians under each other, from near to far, and leaves out what nothing can be seen of. Tile by tile, so that what is
 * worked on stays in the cache.
 */
export class SplatPainter {
  private readonly lists = new TileLists();
  /** [TILE,TILE,4] what is covered, then premultiplied red, green, blue. */
  private readonly colour = new Float32Array(4 * TILE * TILE);
  /** [TILE,TILE+1] a column at or after which is the next pixel of its row that something shows through. */
  private readonly next = new Uint8Array(TILE * (TILE + 1));
  private open = 0;

  /** `order`: from far to near, of which the first `count` are seen. `pixels`: not premultiplied, as canvases have them. */
  paint(records: Float32Array, order: Uint32Array, count: number, background: Background, pixels: ImageData): void {
    const { lists } = this, { width, height } = pixels, words = new Uint32Array(pixels.data.buffer);
    lists.sort(records, order, count, width, height);
    words.fill(wordOf(background));
    for (let row = 0, tile = 0; row < lists.rows; row++) {
      for (let column = 0; column < lists.columns; column++, tile++) {
        if (lists.starts[tile] < lists.starts[tile + 1]) {
          this.paintTile(records, tile, column << TILE_BITS, row << TILE_BITS);
          this.write(column << TILE_BITS, row << TILE_BITS, background, pixels);
        }
      }
    }
  }

  private paintTile(records: Float32Array, tile: number, x: number, y: number): void {
    const { gaussians, starts } = this.lists, { next } = this;
    this.colour.fill(0);
    for (let at = 0; at < next.length; at++) {
      next[at] = at % (TILE + 1);
    }
    this.open = TILE * TILE;
    for (let turn = starts[tile]; turn < starts[tile + 1] && this.open > 0; turn++) {
      this.lay(records, RECORD * gaussians[turn], x + 0.5, y + 0.5);
    }
  }

  // Row by row, from edge to edge of the ellipse a x² + 2 b x y + c y² = square. Centres are told from the tile's first pixel.
  private lay(records: Float32Array, at: number, tileX: number, tileY: number): void {
    const { colour, next } = this, x = records[at + CENTRE_X] - tileX, y = records[at + CENTRE_Y] - tileY;
    const reachX = records[at + REACH_X], reachY = records[at + REACH_Y];
    const left = Math.max(Math.ceil(x - reachX), 0), right = Math.min(Math.floor(x + reachX), TILE - 1);
    const top = Math.max(Math.ceil(y - reachY), 0), bottom = Math.min(Math.floor(y + reachY), TILE - 1);
    const a = records[at + CONIC_A], b = records[at + CONIC_B], c = records[at + CONIC_C], inverse = 1 / a;
    const red = records[at + RED], green = records[at + GREEN], blue = records[at + BLUE], opacity = Math.min(records[at + OPACITY], ALPHA_CAP);
    const square = records[at + SQUARE] * inverse, squeeze = (c - b * b * inverse) * inverse, slope = -b * inverse, wide = a * STEPS_A_UNIT;
    for (let row = top, ends = top * (TILE + 1); row <= bottom; row++, ends += TILE + 1) {
      const dy = row - y, lost = squeeze * dy * dy, span = square - lost;
      if (span < 0 || next[ends + left] > right) {
        continue;
      }
      const half = Math.sqrt(span), middle = x + slope * dy;
      const from = Math.max(Math.ceil(middle - half), left), to = Math.min(Math.floor(middle + half), right);
      if (from > to) {
        continue;
      }
      for (let via = ends + from, column = next[via]; column <= to; column = next[via]) {
        const p = 4 * ((row << TILE_BITS) + column), covered = colour[p], dx = column - middle;
        if (covered >= CLOSED) {
          // Whoever comes this way again steps over it.
          next[via] = next[ends + column + 1];
          continue;
        }
        via = ends + column + 1;
        const share = opacity * FALL[((lost + dx * dx) * wide) | 0] * (1 - covered), now = covered + share;
        colour[p] = now;
        colour[p + 1] += share * red;
        colour[p + 2] += share * green;
        colour[p + 3] += share * blue;
        if (now >= CLOSED) {
          next[via - 1] = next[via];
          this.open--;
        }
      }
    }
  }

  private write(x: number, y: number, [red, green, blue, alpha]: Background, { width, height, data }: ImageData): void {
    const { colour } = this, columns = Math.min(TILE, width - x), rows = Math.min(TILE, height - y);
    for (let row = 0; row < rows; row++) {
      for (let column = 0, p = 4 * (row << TILE_BITS), at = 4 * ((y + row) * width + x); column < columns; column++, p += 4, at += 4) {
        const covered = colour[p];
        if (covered > 0) {
          const rest = 1 - covered, now = covered + rest * alpha, scale = 255 / now;
          data[at] = (colour[p + 1] + rest * red) * scale;
          data[at + 1] = (colour[p + 2] + rest * green) * scale;
          data[at + 2] = (colour[p + 3] + rest * blue) * scale;
          data[at + 3] = 255 * now;
        }
      }
    }
  }
}

// Premultiplied, as a pixel that is not.
function wordOf([red, green, blue, alpha]: Background): number {
  const scale = alpha > 0 ? 255 / alpha : 0;
  return new Uint32Array(new Uint8ClampedArray([red * scale, green * scale, blue * scale, 255 * alpha]).buffer)[0];
}
