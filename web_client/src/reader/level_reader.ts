import { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readChoice } from "../coding/integer_table.ts";
import { MANIFEST_PARTS, SPLATS_EXACT_LAYOUT, SPLATS_ROUNDED_LAYOUT, SPLATS_WEIGHT_UNITS } from "../generated/format.ts";
import { readExact } from "./exact_level.ts";
import type { Manifest } from "./manifest.ts";
import { need } from "./refusal.ts";
import { readRounded } from "./rounded_level.ts";
import { SplatCloud } from "./splat_cloud.ts";
import { fillWeights } from "./weight_table.ts";

/** Whether a section `splats.k` codes floats without loss. */
export function isExact(bytes: Uint8Array): boolean {
  return bytes[0] === SPLATS_EXACT_LAYOUT;
}

/** A section `splats.k` of `count` Gaussians. */
export function readLevel(bytes: Uint8Array, name: string, count: number, manifest: Manifest): SplatCloud {
  const exact = isExact(bytes);
  const cursor = Cursor.ofSection(bytes, name, exact ? SPLATS_EXACT_LAYOUT : SPLATS_ROUNDED_LAYOUT);
  const degree = cursor.byte();
  needSplats(degree === manifest.shDegree, cursor, `harmonics of degree ${degree}, not ${manifest.shDegree} as the manifest says`);
  const cloud = new SplatCloud(count, degree);
  if (exact) {
    readExact(cursor, cloud);
  } else {
    readRounded(cursor, cloud);
  }
  const joints = readChoice(cursor, 4, count, splatRange("joint", 0, manifest.jointCount - 1));
  for (let i = 0; i < 4 * count; i++) {
    cloud.joints[i] = joints[(i & 3) * count + (i >> 2)];
  }
  const units = readChoice(cursor, 3, count, splatRange("weight", 0, SPLATS_WEIGHT_UNITS));
  fillWeights(cloud.weights, units, count, SPLATS_WEIGHT_UNITS, name, "splats-invalid");
  cursor.finish();
  return cloud;
}

export function needSplats(holds: boolean, cursor: Cursor, found: string): void {
  need(holds, "splats-invalid", cursor.name, found);
}

export function splatRange(field: string, lowest: number, highest: number): IntegerRange {
  return { field, lowest, highest, code: "splats-invalid" };
}

/** Stretches of Gaussians of one part; the corner of each Gaussian's stretch, [n,3]. */
export function readStretches(cursor: Cursor, cloud: SplatCloud): Float32Array {
  const corners = new Float32Array(3 * cloud.count);
  let done = 0;
  for (let left = cursor.varint(cloud.count); left > 0; left--) {
    const part = cursor.byte(), length = cursor.varint(cloud.count);
    const corner = cursor.floats(3);
    needSplats(part < MANIFEST_PARTS.length, cursor, `part ${part}`);
    needSplats(length >= 1 && length <= cloud.count - done, cursor, `a stretch of ${length} Gaussians`);
    cloud.parts.fill(part, done, done + length);
    for (const end = done + length; done < end; done++) {
      corners.set(corner, 3 * done);
    }
  }
  needSplats(done === cloud.count, cursor, `stretches of ${done} Gaussians, not ${cloud.count}`);
  return corners;
}
