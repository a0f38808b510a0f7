/** N Gaussians in storage order: the first of them are those of the coarser levels of detail. */
export class SplatCloud {
  /** [N] number of the part: skin, face, hair, garment, accessory. */
  readonly parts: Uint8Array;
  /** [N,3] metres, in the rest pose. */
  readonly meansM: Float32Array;
  /** [N,4] w x y z. */
  readonly quatsWxyz: Float32Array;
  /** [N,3] standard deviations, metres. */
  readonly scalesM: Float32Array;
  /** [N] 0 … 1. */
  readonly opacities: Float32Array;
  /** [N,(d+1)²,3] harmonics, red green blue. */
  readonly sh: Float32Array;
  /** [N,4] */
  readonly joints: Uint8Array;
  /** [N,4] weights of these joints. */
  readonly weights: Float32Array;

  constructor(readonly count: number, readonly shDegree: number) {
    this.parts = new Uint8Array(count);
    this.meansM = new Float32Array(3 * count);
    this.quatsWxyz = new Float32Array(4 * count);
    this.scalesM = new Float32Array(3 * count);
    this.opacities = new Float32Array(count);
    this.sh = new Float32Array(3 * this.harmonicCount * count);
    this.joints = new Uint8Array(4 * count);
    this.weights = new Float32Array(4 * count);
  }

  get harmonicCount(): number {
    return (this.shDegree + 1) * (this.shDegree + 1);
  }

  /** A copy of the first `count` Gaussians. */
  first(count: number): SplatCloud {
    const first = new SplatCloud(count, this.shDegree);
    first.parts.set(this.parts.subarray(0, count));
    first.meansM.set(this.meansM.subarray(0, 3 * count));
    first.quatsWxyz.set(this.quatsWxyz.subarray(0, 4 * count));
    first.scalesM.set(this.scalesM.subarray(0, 3 * count));
    first.opacities.set(this.opacities.subarray(0, count));
    first.sh.set(this.sh.subarray(0, 3 * this.harmonicCount * count));
    first.joints.set(this.joints.subarray(0, 4 * count));
    first.weights.set(this.weights.subarray(0, 4 * count));
    return first;
  }

  /** Several levels one after the other. */
  static joined(levels: readonly SplatCloud[], shDegree: number): SplatCloud {
    const joined = new SplatCloud(levels.reduce((sum, level) => sum + level.count, 0), shDegree);
    let at = 0;
    for (const level of levels) {
      joined.parts.set(level.parts, at);
      joined.meansM.set(level.meansM, 3 * at);
      joined.quatsWxyz.set(level.quatsWxyz, 4 * at);
      joined.scalesM.set(level.scalesM, 3 * at);
      joined.opacities.set(level.opacities, at);
      joined.sh.set(level.sh, 3 * joined.harmonicCount * at);
      joined.joints.set(level.joints, 4 * at);
      joined.weights.set(level.weights, 4 * at);
      at += level.count;
    }
    return joined;
  }
}
