import { MessagePack } from "../container/message_pack.ts";
import { MANIFEST_MAX_NAME_CHARS, SKELETON_MAX_POSITION_M, SKELETON_UNIT_TOLERANCE } from "../generated/format.ts";
import type { Skeleton } from "./skeleton.ts";

/** SPEC-container.md, "Skeleton". Refuses with `skeleton-invalid`. */
export function readSkeleton(bytes: Uint8Array, jointCount: number): Skeleton {
  const r = new MessagePack(bytes, "skeleton-invalid", "skeleton");
  const skeleton = {} as { -readonly [K in keyof Skeleton]: Skeleton[K] };
  r.fields("skeleton", {
    joint_names: () => {
      const names = r.list("joint_names", jointCount, jointCount, () => r.text("joint_names", MANIFEST_MAX_NAME_CHARS));
      r.need(new Set(names).size === jointCount, "two joints of one name");
      skeleton.jointNames = names;
    },
    parents: () => {
      let joint = 0;
      const parent = (): number => r.integer("parents", joint === 0 ? -1 : 0, joint++ - 1);
      skeleton.parents = Int32Array.from(r.list("parents", jointCount, jointCount, parent));
    },
    zero_joints_m: () => (skeleton.zeroJointsM = floats(r, "zero_joints_m", 3 * jointCount)),
    rest_rotations_wxyz: () => (skeleton.restRotations = floats(r, "rest_rotations_wxyz", 4 * jointCount)),
    rest_translation_m: () => (skeleton.restTranslationM = floats(r, "rest_translation_m", 3)),
  });
  r.finish();
  const q = skeleton.restRotations;
  for (let at = 0; at < q.length; at += 4) {
    const length = Math.sqrt(q[at] * q[at] + q[at + 1] * q[at + 1] + q[at + 2] * q[at + 2] + q[at + 3] * q[at + 3]);
    r.need(Math.abs(length - 1) < SKELETON_UNIT_TOLERANCE, "a rotation that is not unit");
    for (let k = at; k < at + 4; k++) {
      q[k] = q[k] / length;
    }
  }
  return skeleton;
}

function floats(r: MessagePack, field: string, count: number): Float32Array {
  const bytes = r.binary(field);
  r.need(bytes.length === 4 * count, `${field} of ${bytes.length} bytes, not ${4 * count}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  r.need(values.every((value) => Math.abs(value) <= SKELETON_MAX_POSITION_M), "a number out of range");
  return values;
}
