import { Cursor } from "../coding/cursor.ts";
import { readRanged } from "../coding/integer_table.ts";
import { ORDER_LAYOUT } from "../generated/format.ts";
import type { Manifest } from "./manifest.ts";
import { need } from "./refusal.ts";

const CODE = "order-invalid";

/** The permutation that leads back to the input's order: stored Gaussian i is number order[i] of it. */
export function readOrder(bytes: Uint8Array, manifest: Manifest): Int32Array {
  const cursor = Cursor.ofSection(bytes, "order", ORDER_LAYOUT);
  const levels = cursor.byte();
  need(levels === manifest.levelSizes.length, CODE, cursor.name, `${levels} levels, not ${manifest.levelSizes.length}`);
  for (const size of manifest.levelSizes) {
    const found = cursor.varint(0xffffffff);
    need(found === size, CODE, cursor.name, `a level of ${found}, not ${size} Gaussians`);
  }
  const count = manifest.gaussianCount;
  const range = { field: "index", lowest: 0, highest: count - 1, code: CODE };
  const permutation = readRanged(cursor, 1, count, true, range);
  cursor.finish();
  const seen = new Uint8Array(count);
  for (const index of permutation) {
    seen[index] = 1;
  }
  need(!seen.includes(0), CODE, cursor.name, "an index twice");
  return permutation;
}
