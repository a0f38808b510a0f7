import { MODEL_NODE_PARENTS } from "../generated/format.ts";

// Squares of cells that are farther apart pass what a double holds exactly.
const FARTHEST = 2 ** 25;

/** Who is near whom among M nodes, by exact squared distances of their cells: SPEC.md, "model". */
export class NodeLattice {
  private readonly known: (Int32Array | undefined)[];
  private readonly distance: (a: number, b: number) => number | bigint;

  /** `cells`: [3, count]. */
  constructor(private readonly cells: Int32Array, readonly count: number) {
    this.known = new Array<Int32Array | undefined>(count);
    const isNear = [0, 1, 2].every((axis) => {
      const row = cells.subarray(axis * count, (axis + 1) * count);
      return row.reduce((most, cell) => Math.max(most, cell), -Infinity)
        - row.reduce((least, cell) => Math.min(least, cell), Infinity) <= FARTHEST;
    });
    this.distance = isNear ? (a, b) => this.nearDistance(a, b) : (a, b) => this.farDistance(a, b);
  }

  /** All nodes, nearest first, ties to the lower number. */
  neighboursOf(node: number): Int32Array {
    return (this.known[node] ??= this.sorted(node));
  }

  /** [M,3] the three nearest of the nodes before each; those of the first three are 0. */
  parents(): Int32Array {
    const parents = new Int32Array(MODEL_NODE_PARENTS * this.count);
    for (let node = MODEL_NODE_PARENTS; node < this.count; node++) {
      const best: { node: number; distance: number | bigint }[] = [];
      for (let other = 0; other < node; other++) {
        const distance = this.distance(node, other);
        if (best.length === MODEL_NODE_PARENTS && distance >= best[MODEL_NODE_PARENTS - 1].distance) {
          continue;
        }
        let place = best.length;
        while (place > 0 && distance < best[place - 1].distance) {
          place--;
        }
        best.splice(place, 0, { node: other, distance });
        best.length = Math.min(best.length, MODEL_NODE_PARENTS);
      }
      best.forEach((each, k) => (parents[MODEL_NODE_PARENTS * node + k] = each.node));
    }
    return parents;
  }

  private sorted(node: number): Int32Array {
    const distances = Array.from({ length: this.count }, (_, other) => this.distance(node, other));
    return Int32Array.from(distances.keys()).sort((a, b) => {
      const one = distances[a], two = distances[b];
      return one < two ? -1 : one > two ? 1 : a - b;
    });
  }

  private nearDistance(a: number, b: number): number {
    const { cells, count } = this;
    const x = cells[a] - cells[b], y = cells[count + a] - cells[count + b], z = cells[2 * count + a] - cells[2 * count + b];
    return x * x + y * y + z * z;
  }

  private farDistance(a: number, b: number): bigint {
    let sum = 0n;
    for (let at = 0; at < this.cells.length; at += this.count) {
      const way = BigInt(this.cells[at + a] - this.cells[at + b]);
      sum += way * way;
    }
    return sum;
  }
}
