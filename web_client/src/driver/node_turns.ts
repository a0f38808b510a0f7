import { determinant, writeCofactors, writeMoved, writeProduct, writeQuaternion } from "../maths/matrix.ts";
import { dot4 } from "../maths/rotation.ts";
import { TRANSFORM } from "../player/joint_transforms.ts";
import { type NodeState, writeInverse } from "./node_state.ts";

const REST_PULL = 0.02;
const LEAST_PULL = 1e-12;
const ROOT_ROUNDS = 40;
const ROOT_PRECISION = 1e-10;
// Below this, relative to a bundle's size, a half turn either way fits as well.
const UNDECIDED = 1e-12;

/** Rotations of nodes, read from where the nodes are that they are linked to: DRIVER.md, "Rotation". */
export class NodeTurns {
  /** [L,3] from the first node of a link to the second, at rest. */
  private readonly rests: Float64Array;
  /** [M,9] */
  private readonly spreads: Float64Array;
  private readonly squares: Float64Array;
  private readonly shown: Float64Array;
  private readonly inverse = new Float64Array(9);
  private readonly bundle = new Float64Array(9);
  private readonly rotation = new Float64Array(9);
  private readonly cofactors = new Float64Array(9);
  private readonly square = new Float64Array(9);
  private readonly cubic = new Float64Array(9);
  private readonly turn = new Float64Array(4);

  /** `links`: [L,2]. */
  constructor(private readonly links: Int32Array, private readonly state: NodeState) {
    const { restM } = state, count = restM.length / 3;
    this.rests = new Float64Array((3 * links.length) / 2);
    this.spreads = new Float64Array(9 * count);
    this.squares = new Float64Array(count);
    this.shown = new Float64Array(3 * count);
    for (let k = 0; k < links.length / 2; k++) {
      const i = links[2 * k], j = links[2 * k + 1];
      let square = 0;
      for (let axis = 0; axis < 3; axis++) {
        const way = restM[3 * j + axis] - restM[3 * i + axis];
        this.rests[3 * k + axis] = way;
        square += way * way;
      }
      this.squares[i] += square;
      this.squares[j] += square;
    }
  }

  /** `displacements`: [M,3]. */
  update(displacements: Float64Array): void {
    const { matrices, restM, rotations } = this.state, { shown, bundle } = this;
    for (let node = 0, at = 0; at < shown.length; node++, at += 3) {
      const m = TRANSFORM * node;
      writeMoved(
        shown, at, matrices, m, restM[at] + displacements[at], restM[at + 1] + displacements[at + 1],
        restM[at + 2] + displacements[at + 2], matrices[m + 9], matrices[m + 10], matrices[m + 11],
      );
    }
    this.addLinks();
    for (let node = 0; node < this.squares.length; node++) {
      const pull = REST_PULL * this.squares[node] + LEAST_PULL;
      writeInverse(this.inverse, matrices, TRANSFORM * node);
      writeProduct(bundle, 0, this.inverse, 0, this.spreads, 9 * node);
      bundle[0] += pull;
      bundle[4] += pull;
      bundle[8] += pull;
      if (this.findNearest()) {
        writeQuaternion(this.turn, 0, this.rotation);
        const sign = dot4(this.turn, 0, rotations, 4 * node) < 0 ? -1 : 1;
        for (let k = 0; k < 4; k++) {
          rotations[4 * node + k] = sign * this.turn[k];
        }
      }
    }
  }

  private addLinks(): void {
    const { links, rests, shown, spreads } = this;
    spreads.fill(0);
    for (let k = 0; k < links.length / 2; k++) {
      const i = links[2 * k], j = links[2 * k + 1];
      for (let row = 0; row < 3; row++) {
        const way = shown[3 * j + row] - shown[3 * i + row];
        for (let column = 0; column < 3; column++) {
          const product = way * rests[3 * k + column];
          spreads[9 * i + 3 * row + column] += product;
          spreads[9 * j + 3 * row + column] += product;
        }
      }
    }
  }

  // The trace of the stretch is the largest root of Horn's quartic; Cayley and Hamilton give the rotation.
  private findNearest(): boolean {
    const { bundle: c, cofactors, cubic, square, rotation } = this;
    writeCofactors(cofactors, c);
    const squared = sizeOf(c), minors = sizeOf(cofactors), volume = determinant(c);
    let trace = Math.sqrt(3 * squared);
    for (let round = 0; round < ROOT_ROUNDS; round++) {
      const slope = 4 * (trace * (trace * trace - squared) - 2 * volume);
      if (!(slope > 0)) {
        break;
      }
      const value = (trace * trace - 2 * squared) * trace * trace - 8 * volume * trace;
      const step = (value + squared * squared - 4 * minors) / slope;
      trace -= step;
      if (!(step > ROOT_PRECISION * trace)) {
        break;
      }
    }
    const second = (trace * trace - squared) / 2, scale = trace * second - volume;
    if (!(scale > UNDECIDED * squared * trace)) {
      return false;
    }
    // Cᵀ C, row by row.
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        square[3 * row + column] = c[row] * c[column] + c[3 + row] * c[3 + column] + c[6 + row] * c[6 + column];
      }
    }
    writeProduct(cubic, 0, c, 0, square, 0);
    for (let k = 0; k < 9; k++) {
      rotation[k] = (trace * cofactors[k] + (trace * trace - second) * c[k] - cubic[k]) / scale;
    }
    return true;
  }
}

function sizeOf(m: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < 9; k++) {
    sum += m[k] * m[k];
  }
  return sum;
}
