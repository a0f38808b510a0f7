import { allowed } from "../coding/cursor.ts";
import {
  CONTAINER_DIGEST_BYTES, CONTAINER_HEADER_BYTES, CONTAINER_MAX_CLIPS, CONTAINER_MAX_CODEC, CONTAINER_MAX_CRC32,
  CONTAINER_MAX_GROUPS, CONTAINER_MAX_NAME_CHARS, CONTAINER_MAX_SECTION_BYTES, CONTAINER_MAX_SECTIONS, CONTAINER_NO_CLIP,
  type SectionKind, SECTIONS,
} from "../generated/format.ts";
import { MessagePack } from "./message_pack.ts";

const SUBJECT = "table of contents";

/** One section: what it is and where it lies. */
export interface SectionEntry {
  readonly name: string;
  readonly clip: number;
  readonly group: number;
  readonly offset: number;
  readonly storedLength: number;
  readonly codec: number;
  readonly rawLength: number;
  readonly crc32: number;
  readonly critical: boolean;
  /** Null where nobody knows the name. */
  readonly kind: SectionKind | null;
  /** Level of detail of `splats.k` and `appearance.k`; −1 of others. */
  readonly level: number;
}

export interface TableOfContents {
  readonly digest: Uint8Array;
  /** The bytes that the digest begins with. */
  readonly packedEntries: Uint8Array;
  readonly entries: readonly SectionEntry[];
}

export function readTableOfContents(bytes: Uint8Array): TableOfContents {
  const reader = new MessagePack(bytes, "package-toc-invalid", SUBJECT);
  reader.need(reader.enterList("the table") === 2, "no list of digest and entries");
  const digest = reader.binary("digest");
  reader.need(digest.length === CONTAINER_DIGEST_BYTES, `a digest of ${digest.length} bytes`);
  const packedEntries = bytes.subarray(bytes.length - reader.left);
  const entries = reader.list("entries", 0, CONTAINER_MAX_SECTIONS, () => readEntry(reader));
  reader.finish();
  return { digest, packedEntries, entries };
}

function readEntry(reader: MessagePack): SectionEntry {
  reader.need(reader.enterList("an entry") === 8, "an entry of another number of fields than 8");
  const name = reader.text("the name of a section", CONTAINER_MAX_NAME_CHARS);
  reader.need(name.length > 0, "a section without a name");
  const clip = reader.integer("clip", CONTAINER_NO_CLIP, CONTAINER_MAX_CLIPS - 1);
  const group = reader.integer("group", 0, CONTAINER_MAX_GROUPS - 1);
  const offset = reader.integer("offset", CONTAINER_HEADER_BYTES, Number.MAX_SAFE_INTEGER);
  const storedLength = reader.integer("stored", 0, CONTAINER_MAX_SECTION_BYTES);
  reader.need(reader.enterList("codec") === 2, "a codec that is no list of number and length");
  const codec = reader.integer("codec", 0, CONTAINER_MAX_CODEC);
  const rawLength = reader.integer("raw", 0, Math.min(CONTAINER_MAX_SECTION_BYTES, allowed(storedLength)));
  reader.leave();
  const crc32 = reader.integer("crc32", 0, CONTAINER_MAX_CRC32);
  const critical = reader.boolean("critical");
  reader.leave();
  return { name, clip, group, offset, storedLength, codec, rawLength, crc32, critical, ...kindOf(name) };
}

function kindOf(name: string): { kind: SectionKind | null; level: number } {
  // A level is a number without leading zeros behind the last point.
  const numbered = /^(.*\.)(0|[1-9][0-9]*)$/s.exec(name);
  const known = numbered === null ? name : `${numbered[1]}k`;
  const kind = SECTIONS.find((each) => each.name === known && each.name.endsWith(".k") === (numbered !== null)) ?? null;
  return { kind, level: kind === null || numbered === null ? -1 : Number(numbered[2]) };
}
