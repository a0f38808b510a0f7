import { fillIdentity, mixTurns } from "../maths/rotation.ts";

/** Detail of one instant, of S Gaussians: what is added to nodes in rest-pose space. */
export class DetailFrame {
  /** Rising numbers of S Gaussians. Frames that share this array share their rows. */
  readonly gaussians: Int32Array;
  /** [S,3] metres. */
  readonly positionM: Float64Array;
  /** [S,4] unit quaternions w x y z. */
  readonly rotation: Float64Array;
  /** [S,3] added to logarithms of scales. */
  readonly logScale: Float64Array;
  /** [S,3] added to degree-0 harmonics. */
  readonly colour: Float64Array;

  constructor(gaussians: Int32Array) {
    const count = gaussians.length;
    this.gaussians = gaussians;
    this.positionM = new Float64Array(3 * count);
    this.rotation = new Float64Array(4 * count);
    this.logScale = new Float64Array(3 * count);
    this.colour = new Float64Array(3 * count);
    fillIdentity(this.rotation);
  }

  /** CONVENTIONS.md, "Mixed frames". All three share their rows; `shares` is of each Gaussian, times `share`. */
  mix(a: DetailFrame, b: DetailFrame, share: number, shares: Float64Array | null): void {
    for (let row = 0; row < this.gaussians.length; row++) {
      const own = shares === null ? share : share * shares[this.gaussians[row]];
      for (let at = 3 * row; at < 3 * row + 3; at++) {
        this.positionM[at] = (1 - own) * a.positionM[at] + own * b.positionM[at];
        this.logScale[at] = (1 - own) * a.logScale[at] + own * b.logScale[at];
        this.colour[at] = (1 - own) * a.colour[at] + own * b.colour[at];
      }
      mixTurns(this.rotation, 4 * row, a.rotation, 4 * row, b.rotation, 4 * row, own);
    }
  }

  copy(other: DetailFrame): void {
    this.positionM.set(other.positionM);
    this.rotation.set(other.rotation);
    this.logScale.set(other.logScale);
    this.colour.set(other.colour);
  }

  /** Takes over the rows of Gaussians that `other` has, zeros for those that it has not. It has no others. */
  spread(other: DetailFrame | null): void {
    this.positionM.fill(0);
    this.logScale.fill(0);
    this.colour.fill(0);
    fillIdentity(this.rotation);
    if (other === null) {
      return;
    }
    for (let row = 0, place = 0; row < other.gaussians.length; row++, place++) {
      while (this.gaussians[place] < other.gaussians[row]) {
        place++;
      }
      for (let axis = 0; axis < 3; axis++) {
        this.positionM[3 * place + axis] = other.positionM[3 * row + axis];
        this.logScale[3 * place + axis] = other.logScale[3 * row + axis];
        this.colour[3 * place + axis] = other.colour[3 * row + axis];
      }
      for (let k = 0; k < 4; k++) {
        this.rotation[4 * place + k] = other.rotation[4 * row + k];
      }
    }
  }
}
