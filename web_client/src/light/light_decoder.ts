import {
  LIGHT_CHANGE, LIGHT_ESCAPE, LIGHT_FRAME_NUMBERS, LIGHT_KEY, LIGHT_LAYOUT, LIGHT_MAX_NUMBER, LIGHT_ORPHAN_WEIGHT,
  LIGHT_STEP_BELOW, MODEL_NODE_PARENTS, RANS_CONTEXT_THRESHOLDS,
} from "../generated/format.ts";
import { type Numbers, writeTurn } from "../maths/rotation.ts";
import type { AvatarFrame } from "../player/avatar_frame.ts";
import { Refusal } from "../reader/refusal.ts";
import { corrupt, LightSymbols } from "./light_symbols.ts";
import { CODED } from "./light_tables.ts";

const HEAD_BYTES = 4;
const KEY_HEAD_BYTES = 24;
const WIDTH = MODEL_NODE_PARENTS;
const LAST_THRESHOLD = RANS_CONTEXT_THRESHOLDS[RANS_CONTEXT_THRESHOLDS.length - 1];
const CONTEXT_OF = /* @__PURE__ */ Uint8Array.from({ length: LAST_THRESHOLD + 1 }, (_, weight) =>
  RANS_CONTEXT_THRESHOLDS.filter((threshold) => threshold <= weight).length);

/** Decodes light frames in whole steps, one after the other: SPEC.md, "Light frames". */
export class LightDecoder {
  private readonly poseCount: number;
  private readonly coded: Float64Array;
  private readonly changes: Float64Array;
  private numbers: Float64Array;
  private spare: Float64Array;
  private steps: readonly number[] = [];
  private number = -1;

  /** `nodeParents`: [M,3]. */
  constructor(private readonly joints: number, private readonly nodes: number, private readonly nodeParents: Int32Array) {
    this.poseCount = 3 + 3 * joints;
    const count = this.poseCount + 6 * nodes;
    this.coded = new Float64Array(count);
    this.changes = new Float64Array(count);
    this.numbers = new Float64Array(count);
    this.spare = new Float64Array(count);
  }

  /** Writes a frame without detail. What is refused is as if it had not come: a change can follow the frame before. */
  decode(payload: Uint8Array, frame: AvatarFrame): void {
    if (payload.length < HEAD_BYTES) {
      throw corrupt("it ends early");
    }
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const [layout, kind] = [payload[0], payload[1]], number = view.getUint16(2, true), isKey = kind === LIGHT_KEY;
    if (layout !== LIGHT_LAYOUT || kind > LIGHT_CHANGE) {
      throw new Refusal("light-frame-version", "light frame", `layout ${layout}, kind ${kind}`);
    }
    const steps = isKey ? this.readSteps(view) : this.steps;
    if (!isKey && (this.number < 0 || number !== (this.number + 1) % LIGHT_FRAME_NUMBERS)) {
      throw new Refusal("light-frame-missed", "light frame", `a change to frame ${number}, which is not the next one`);
    }
    this.decodeNumbers(new LightSymbols(payload.subarray(isKey ? KEY_HEAD_BYTES : HEAD_BYTES)), isKey);
    [this.numbers, this.spare] = [this.spare, this.numbers];
    this.number = number;
    this.steps = steps;
    this.write(frame);
  }

  private readSteps(view: DataView): number[] {
    if (view.byteLength < KEY_HEAD_BYTES) {
      throw corrupt("it ends early");
    }
    if (view.getUint16(4, true) !== this.joints || view.getUint16(6, true) !== this.nodes) {
      throw corrupt("a frame of another avatar");
    }
    const steps = [8, 12, 16, 20].map((at) => view.getFloat32(at, true));
    if (!steps.every((step) => step > 0 && step < LIGHT_STEP_BELOW)) {
      throw corrupt(`steps of ${steps.join(", ")}`);
    }
    return steps;
  }

  private decodeNumbers(symbols: LightSymbols, isKey: boolean): void {
    const { coded, changes, poseCount } = this;
    for (let k = 0; k < coded.length; k++) {
      const node = k < poseCount ? -1 : Math.floor((k - poseCount) / 3) % this.nodes;
      const hasParents = node >= WIDTH;
      const weight = node < 0 ? 2 * this.size(k - 1) + 2 * this.size(k - 2) : this.nodeWeight(k, hasParents ? node : -1);
      let u = symbols.next(CODED[CONTEXT_OF[Math.min(weight, LAST_THRESHOLD)]]);
      if (u === LIGHT_ESCAPE) {
        u += symbols.leb128();
      }
      coded[k] = u % 2 === 0 ? u / 2 : -(u + 1) / 2;
      changes[k] = coded[k] + (hasParents ? this.predicted(k, node) : 0);
    }
    symbols.finish();
    for (let k = 0; k < coded.length; k++) {
      this.spare[k] = (isKey ? 0 : this.numbers[k]) + changes[k];
      if (Math.abs(this.spare[k]) > LIGHT_MAX_NUMBER) {
        throw corrupt(`a number of ${this.spare[k]}`);
      }
    }
  }

  // `node`: −1 where it has no parents.
  private nodeWeight(k: number, node: number): number {
    let before = 0;
    for (let axis = (k - this.poseCount) % 3; axis > 0; axis--) {
      before += this.size(k - axis);
    }
    if (node < 0) {
      return LIGHT_ORPHAN_WEIGHT + 2 * before;
    }
    let sum = 0;
    for (let parent = WIDTH * node; parent < WIDTH * node + WIDTH; parent++) {
      const first = this.firstOf(k, this.nodeParents[parent]);
      sum += this.size(first) + this.size(first + 1) + this.size(first + 2);
    }
    return Math.floor(sum / 3) + 2 * before;
  }

  private predicted(k: number, node: number): number {
    const axis = (k - this.poseCount) % 3;
    let sum = 1;
    for (let parent = WIDTH * node; parent < WIDTH * node + WIDTH; parent++) {
      sum += this.changes[this.firstOf(k, this.nodeParents[parent]) + axis];
    }
    return Math.floor(sum / 3);
  }

  // Where the three numbers of a node begin, of the kind that number k is of.
  private firstOf(k: number, node: number): number {
    const place = Math.floor((k - this.poseCount) / 3);
    return this.poseCount + 3 * (place - (place % this.nodes) + node);
  }

  private size(k: number): number {
    return k < 0 ? 0 : Math.abs(this.coded[k]);
  }

  private write(frame: AvatarFrame): void {
    const { numbers, steps, poseCount, nodes } = this;
    this.writeVectors(frame.rootTranslationM, 0, 1, steps[0]);
    writeTurns(frame.jointRotations, numbers, 3, this.joints, steps[1]);
    this.writeVectors(frame.nodeDisplacementsM, poseCount, nodes, steps[2]);
    writeTurns(frame.nodeRotations, numbers, poseCount + 3 * nodes, nodes, steps[3]);
    frame.detail = null;
  }

  private writeVectors(out: Numbers, first: number, count: number, step: number): void {
    for (let i = 0; i < 3 * count; i++) {
      out[i] = Math.fround(this.numbers[first + i] * step);
    }
  }
}

function writeTurns(out: Numbers, numbers: Float64Array, first: number, count: number, step: number): void {
  for (let i = 0; i < count; i++) {
    const at = first + 3 * i;
    writeTurn(out, 4 * i, numbers[at] * step, numbers[at + 1] * step, numbers[at + 2] * step);
  }
}
