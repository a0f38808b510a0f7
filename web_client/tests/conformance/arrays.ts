import { writeTurn, normalise } from "../../src/maths/rotation.ts";
import type { Skeleton } from "../../src/reader/skeleton.ts";

/** JSON of a vector. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** All numbers of nested lists. */
export function numbers(nested: Json): number[] {
  return Array.isArray(nested) ? nested.flat(Infinity) as number[] : [];
}

export function rows(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => Array.from({ length: width }, (_, k) => values[width * i + k]));
}

/** Quaternions of nested lists, made unit. */
export function turns(nested: Json): Float64Array {
  const values = Float64Array.from(numbers(nested));
  for (let at = 0; at < values.length; at += 4) {
    normalise(values, at);
  }
  return values;
}

/** exp of rotation vectors. */
export function turnsOf(vectors: ArrayLike<number>): Float64Array {
  const values = new Float64Array((4 * vectors.length) / 3);
  for (let i = 0; 3 * i < vectors.length; i++) {
    writeTurn(values, 4 * i, vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]);
  }
  return values;
}

export function skeletonOf(given: Json): Skeleton {
  const parents = Int32Array.from(given.parents as number[]);
  return {
    jointNames: Array.from(parents, (_, joint) => `joint${joint}`), parents,
    // Vectors are given in double precision.
    zeroJointsM: Float64Array.from(numbers(given.zero_joints_m)) as unknown as Float32Array,
    restRotations: turns(given.rest_rotations_wxyz) as unknown as Float32Array,
    restTranslationM: Float64Array.from(given.rest_translation_m) as unknown as Float32Array,
  };
}

export function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
