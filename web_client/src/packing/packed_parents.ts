import { MODEL_POSITION_WEIGHT_UNITS, MODEL_ROTATION_WEIGHT_UNITS, MODEL_TRACK_PARENTS } from "../generated/format.ts";
import { roundHalfEven } from "../maths/rounding.ts";
import type { TrackPrediction } from "../reader/residual_model.ts";

/** Parents of the tracks of a clip, as `DetailParents` reads them: shaders/README.md, "Parents". */
export interface PackedParents {
  /** 8 a row. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly stages: readonly TrackStage[];
}

/** Rows of one dispatch. */
export interface TrackStage {
  readonly first: number;
  readonly count: number;
}

export const PARENT_UINTS = 8;

/** `numbers`: of the clip's tracks among those of all clips; null where they are the same. */
export function packParents(prediction: TrackPrediction, numbers: Int32Array | null): PackedParents {
  const { first, ends, parents, positionWeights, rotationWeights } = prediction;
  const numberOf = (track: number): number => (numbers === null ? track : numbers[track]);
  const words = new Uint32Array((PARENT_UINTS * parents.length) / MODEL_TRACK_PARENTS);
  for (let row = 0, at = 0; at < words.length; row++, at += PARENT_UINTS) {
    for (let k = 0; k < MODEL_TRACK_PARENTS; k++) {
      const from = MODEL_TRACK_PARENTS * row + k;
      words[at + k] = numberOf(parents[from]);
      words[at + 5] |= (roundHalfEven(positionWeights[from] * MODEL_POSITION_WEIGHT_UNITS) & 255) << (8 * k);
      words[at + 6] |= (roundHalfEven(rotationWeights[from] * MODEL_ROTATION_WEIGHT_UNITS) & 255) << (8 * k);
    }
    words[at + 4] = numberOf(first + row);
  }
  const stages: TrackStage[] = [];
  let begin: number = first;
  for (const end of ends) {
    if (end > begin) {
      stages.push({ first: begin - first, count: end - begin });
      begin = end;
    }
  }
  return { words, stages };
}
