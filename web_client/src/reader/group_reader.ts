import { decodeSection } from "../container/container.ts";
import type { SectionEntry } from "../container/table_of_contents.ts";
import type { TrackNumbering } from "../packing/track_union.ts";
import { CHANNELS, type ClipGroup } from "./clip_group.ts";
import { detailName, readDetail } from "./detail_motion.ts";
import { readNodes } from "./node_motion.ts";
import { readPose } from "./pose_group.ts";
import { Refusal } from "./refusal.ts";
import type { ResidualModel } from "./residual_model.ts";

/** A section as it is stored. */
export interface StoredSection {
  readonly entry: SectionEntry;
  readonly bytes: Uint8Array;
}

/** One group as it is stored, and what a reader has to know of the package. Plain data: it may be sent to a worker. */
export interface StoredGroup {
  readonly firstFrame: number;
  readonly frameCount: number;
  readonly jointCount: number;
  readonly hasResidual: boolean;
  readonly sections: readonly StoredSection[];
}

/** Names of the sections of a group, in the order of checks. */
export const GROUP_SECTIONS = ["pose", "nodes", ...CHANNELS.map((_, channel) => detailName(channel))];

/** Decodes a group. `model`: the clip's, where it has a residual layer. */
export function decodeGroup(stored: StoredGroup, model: ResidualModel | null, numbering: TrackNumbering): ClipGroup {
  const { firstFrame, frameCount } = stored;
  const find = (name: string): StoredSection | undefined => stored.sections.find((each) => each.entry.name === name);
  const needed = (name: string): StoredSection => {
    const section = find(name);
    if (section === undefined) {
      throw new Refusal("section-missing", `${name} of frames ${firstFrame} and on`, "nothing");
    }
    return section;
  };
  const read = (section: StoredSection): Uint8Array => decodeSection(section.entry, section.bytes);
  const pose = readPose(read(needed("pose")), stored.jointCount, frameCount);
  if (!stored.hasResidual || model === null) {
    return { firstFrame, frameCount, pose, nodes: null, detail: CHANNELS.map(() => null) };
  }
  let nodes = null;
  if (model.nodeCount > 0) {
    const section = needed("nodes");
    nodes = readNodes(read(section), section.entry.storedLength, model, frameCount);
  }
  const detail = CHANNELS.map((_, channel) => {
    const section = find(detailName(channel));
    return section === undefined
      ? null : readDetail(channel, read(section), section.entry.storedLength, model, frameCount, numbering);
  });
  return { firstFrame, frameCount, pose, nodes, detail };
}
