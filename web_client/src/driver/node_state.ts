import { determinant, writeCofactors, writeMoved, writeProduct } from "../maths/matrix.ts";
import { fillIdentity } from "../maths/rotation.ts";
import { TRANSFORM } from "../player/joint_transforms.ts";

// A blended skinning matrix flatter than this is not inverted: its transpose stands for the inverse.
const FLATTEST = 0.05;

const TURNED = new Float64Array(9);
const COFACTORS = new Float64Array(9);

/** What a driver remembers of the last step. */
export class NodeState {
  /** [M,3] world. */
  readonly places: Float64Array;
  readonly velocities: Float64Array;
  /** [M,3] where nodes are led to. */
  targets: Float64Array;
  /** [M,12] skinning matrices of nodes. */
  readonly matrices: Float64Array;
  /** [M,4] */
  readonly rotations: Float64Array;
  /** [Q,6] both ends of capsules, world. */
  capsuleEnds: Float64Array;

  /** `restM`: [M,3] rest positions. */
  constructor(readonly restM: Float64Array, capsules: number) {
    const count = restM.length / 3;
    this.places = new Float64Array(3 * count);
    this.velocities = new Float64Array(3 * count);
    this.targets = new Float64Array(3 * count);
    this.matrices = new Float64Array(TRANSFORM * count);
    this.rotations = new Float64Array(4 * count);
    this.capsuleEnds = new Float64Array(6 * capsules);
    fillIdentity(this.rotations);
  }

  /** Writes the displacement that puts a node into a place. */
  writeDisplacement(out: Float64Array, node: number, x: number, y: number, z: number): void {
    const at = TRANSFORM * node, m = this.matrices, inverse = COFACTORS;
    writeInverse(inverse, m, at);
    const rest = 3 * node;
    writeMoved(
      out, rest, inverse, 0, x - m[at + 9], y - m[at + 10], z - m[at + 11],
      -this.restM[rest], -this.restM[rest + 1], -this.restM[rest + 2],
    );
  }

  /** Carries everything by T(y) = turn (y − from) + to. */
  carry(turn: Float64Array, from: Float64Array, to: Float64Array): void {
    for (const places of [this.places, this.targets, this.capsuleEnds]) {
      for (let at = 0; at < places.length; at += 3) {
        writeMoved(
          places, at, turn, 0, places[at] - from[0], places[at + 1] - from[1], places[at + 2] - from[2], to[0], to[1], to[2],
        );
      }
    }
    const { velocities: v, matrices } = this;
    for (let at = 0; at < v.length; at += 3) {
      writeMoved(v, at, turn, 0, v[at], v[at + 1], v[at + 2]);
    }
    for (let at = 0; at < matrices.length; at += TRANSFORM) {
      writeProduct(TURNED, 0, turn, 0, matrices, at);
      matrices.set(TURNED, at);
    }
  }
}

/** Writes the inverse of a linear part; its transpose where it is flat. */
export function writeInverse(out: Float64Array, m: Float64Array, at: number): void {
  const size = determinant(m, at);
  if (size > FLATTEST) {
    writeCofactors(out, m, at);
  } else {
    out.set(m.subarray(at, at + 9));
  }
  // Transposed: of cofactors that is the inverse times the determinant.
  const b = out[1], c = out[2], d = out[3], f = out[5], g = out[6], h = out[7];
  out[1] = d;
  out[2] = g;
  out[3] = b;
  out[5] = h;
  out[6] = c;
  out[7] = f;
  if (size > FLATTEST) {
    for (let k = 0; k < 9; k++) {
      out[k] /= size;
    }
  }
}
