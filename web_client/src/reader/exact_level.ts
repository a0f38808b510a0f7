import type { Cursor } from "../coding/cursor.ts";
import { bitsAt, readFloatRows } from "../coding/float_columns.ts";
import { readChoice, readTable } from "../coding/integer_table.ts";
import { equalRows } from "../coding/row_lengths.ts";
import { SPLATS_UNIT_TOLERANCE } from "../generated/format.ts";
import { needSplats, readStretches, splatRange } from "./level_reader.ts";
import { Refusal } from "./refusal.ts";
import { writeWithLargest } from "./rounded_level.ts";
import type { SplatCloud } from "./splat_cloud.ts";

const NEGATIVE = 4;

/** Layout 2 of `splats.k`: floats bit for bit. */
export function readExact(cursor: Cursor, cloud: SplatCloud): void {
  const { count } = cloud;
  readStretches(cursor, cloud);
  cloud.meansM.set(readFloatRows(cursor, 3, count));
  readQuaternions(cursor, cloud);
  cloud.scalesM.set(readFloatRows(cursor, 3, count));
  needSplats(cloud.scalesM.every((scale) => scale > 0), cursor, "a scale that is not above 0");
  cloud.opacities.set(readFloatRows(cursor, 1, count));
  needSplats(cloud.opacities.every((opacity) => opacity >= 0 && opacity <= 1), cursor, "an opacity outside of 0 to 1");
  cloud.sh.set(readFloatRows(cursor, 3 * cloud.harmonicCount, count));
}

function readQuaternions(cursor: Cursor, cloud: SplatCloud): void {
  const { count } = cloud;
  const largest = readChoice(cursor, 1, count, splatRange("largest component", 0, 7));
  const others = readFloatRows(cursor, 3, count);
  const corrections = readTable(cursor, equalRows(1, count));
  const float = new Float32Array(1), bits = new Int32Array(float.buffer);
  for (let i = 0; i < count; i++) {
    const a = others[3 * i], b = others[3 * i + 1], c = others[3 * i + 2];
    float[0] = Math.sqrt(Math.max(0, 1 - a * a - b * b - c * c));
    bits[0] = bitsAt((bitsAt(bits[0]) + corrections[i]) | 0);
    const size = float[0];
    // Written so that a length of NaN is refused, too.
    if (!(Math.abs(Math.sqrt(size * size + a * a + b * b + c * c) - 1) < SPLATS_UNIT_TOLERANCE)) {
      throw new Refusal("splats-invalid", cursor.name, "a quaternion that is not unit");
    }
    writeWithLargest(cloud.quatsWxyz, 4 * i, largest[i] % NEGATIVE, largest[i] >= NEGATIVE ? -size : size, a, b, c);
  }
}
