import { MODEL_MAX_NODES, MODEL_NODE_PARENTS } from "../generated/format.ts";

// So near each other a squared distance and a node's number fit one double exactly.
const FARTHEST = 2 ** 20;

/** Who is near whom among M nodes, by exact squared distances of their cells: SPEC.md, "model". */
export class NodeLattice {
  private readonly known: (Int32Array | undefined)[];
  private readonly isNear: boolean;

  /** `cells`: [3, count]. */
  constructor(private readonly cells: Int32Array, readonly count: number) {
    this.known = new Array<Int32Array | undefined>(count);
    this.isNear = [0, 1, 2].every((axis) => {
      const row = cells.subarray(axis * count, (axis + 1) * count);
      return row.reduce((most, cell) => Math.max(most, cell), -Infinity)
        - row.reduce((least, cell) => Math.min(least, cell), Infinity) <= FARTHEST;
    });
  }

  /** All nodes, nearest first, ties to the lower number. */
  neighboursOf(node: number): Int32Array {
    return (this.known[node] ??= this.sorted(node));
  }

  /** [M,3] the three nearest of the nodes before each; those of the first three are 0. */
  parents(): Int32Array {
    const parents = new Int32Array(MODEL_NODE_PARENTS * this.count);
    for (let node = MODEL_NODE_PARENTS; node < this.count; node++) {
      const nearest = this.isNear ? this.nearestThree(node) : this.sortedFar(node, node);
      parents.set(nearest.subarray(0, MODEL_NODE_PARENTS), MODEL_NODE_PARENTS * node);
    }
    return parents;
  }

  private sorted(node: number): Int32Array {
    if (!this.isNear) {
      return this.sortedFar(node, this.count);
    }
    const keys = new Float64Array(this.count), nodes = new Int32Array(this.count);
    for (let other = 0; other < keys.length; other++) {
      keys[other] = this.nearDistance(node, other) * MODEL_MAX_NODES + other;
    }
    keys.sort();
    for (let k = 0; k < nodes.length; k++) {
      nodes[k] = keys[k] % MODEL_MAX_NODES;
    }
    return nodes;
  }

  private nearestThree(node: number): Int32Array {
    const best = [Infinity, Infinity, Infinity];
    for (let other = 0; other < node; other++) {
      const key = this.nearDistance(node, other) * MODEL_MAX_NODES + other;
      if (key < best[2]) {
        best[2] = Math.max(best[1], key);
        best[1] = Math.max(best[0], Math.min(best[1], key));
        best[0] = Math.min(best[0], key);
      }
    }
    return Int32Array.from(best, (key) => key % MODEL_MAX_NODES);
  }

  // Of the first `count` nodes.
  private sortedFar(node: number, count: number): Int32Array {
    const distances = Array.from({ length: count }, (_, other) => this.farDistance(node, other));
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
