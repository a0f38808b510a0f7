// Header, table of contents and sections: SPEC-container.md.

import { createHash } from "node:crypto";
import { crc32 } from "./crc32.mjs";
import { integersAllowed } from "./cursor.mjs";
import { decode } from "./entropy.mjs";
import {
  CONTAINER_ALIGNMENT_BYTES, CONTAINER_DIGEST_BYTES, CONTAINER_HEADER_BYTES, CONTAINER_MAGIC,
  CONTAINER_MAJOR_VERSION, CONTAINER_MAX_CLIPS, CONTAINER_MAX_CODEC, CONTAINER_MAX_CRC32, 
  CONTAINER_MAX_GROUPS, CONTAINER_MAX_NAME_CHARS, CONTAINER_MAX_SECTIONS, CONTAINER_MAX_SECTION_BYTES,
  CONTAINER_MAX_TABLE_BYTES, CONTAINER_NO_CLIP, SECTIONS,
} from "./format.mjs";
import { isText } from "./manifest.mjs";
import { Float, unpack } from "./msgpack.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";


// A section of a level of detail; the table of kinds has k in place of its number.
const LEVEL = /^(splats|appearance)\.(0|[1-9][0-9]*)$/;
const NOT_NUMBERED = ["splats.k", "appearance.k"];

export class Container {
  constructor(file) {
    this.file = file;
    const { tableOffset, tableLength, tableCrc } = readHeader(file);
    const table = file.subarray(tableOffset, tableOffset + tableLength);
    refuseUnless(crc32(table) === tableCrc, "package-toc-damaged");
    const [digest, entries, packedEntries] = readTable(table);
    Object.assign(this, { digest, entries, packedEntries, tableOffset, tableEnd: tableOffset + tableLength });
    this.checkRanges();
    this.sections = new Map(entries.map((entry) => [keyOf(entry.name, entry.clip, entry.group), entry]));
    refuseUnless(this.sections.size === entries.length, "package-section-repeated");
    for (const { name, critical } of entries) refuseUnless(!critical || kindOf(name), "package-unknown-section", name);
  }

  checkRanges() {
    let end = this.tableEnd;
    for (const { name, offset, stored } of this.entries) {
      const inside = offset >= end && offset % CONTAINER_ALIGNMENT_BYTES === 0 && offset + stored <= this.file.length;
      refuseUnless(inside, "package-section-range", `${name} at ${offset}`);
      end = offset + stored;
    }
  }

  // Sections of known names belong to something that the manifest names.
  checkPlaces({ clips, frames_per_group, level_sizes }) {
    const hasModel = this.has("model");
    const ofAvatar = (kind, { name, clip, group }) => {
      const [, series, level] = LEVEL.exec(name) ?? [];
      const levels = level_sizes.length - (series === "appearance" ? 1 : 0);
      const there = level === undefined || Number(level) < levels;
      return clip < 0 && group === 0 && there && (hasModel || !kind.withResidual);
    };
    const ofClip = (kind, { clip, group }) => {
      if (clip < 0 || clip >= clips.length) return false;
      const { frame_count, has_residual } = clips[clip];
      const groups = kind.scope === "group" ? Math.ceil(frame_count / frames_per_group) : 1;
      return group < groups && (has_residual || !kind.withResidual);
    };
    for (const entry of this.entries) {
      const kind = kindOf(entry.name);
      const belongs = !kind || (kind.scope === "package" ? ofAvatar : ofClip)(kind, entry);
      refuseUnless(belongs, "package-toc-invalid", keyOf(entry.name, entry.clip, entry.group));
    }
  }

  // Every group of every clip has a pose.
  checkPoses({ clips, frames_per_group }) {
    for (const [clip, { frame_count }] of clips.entries()) {
      for (let group = 0; group * frames_per_group < frame_count; group++) this.entry("pose", clip, group);
    }
  }

  // What a reader of the whole file checks last: every section's checksum, the gaps, the digest.
  checkBytes() {
    for (const entry of this.entries) this.checkStored(entry);
    let end = this.tableEnd;
    this.checkGap(CONTAINER_HEADER_BYTES, this.tableOffset);
    for (const { offset, stored } of this.entries) {
      this.checkGap(end, offset);
      end = offset + stored;
    }
    refuseUnless(end === this.file.length, "package-padding", "bytes after the last section");
    this.checkDigest();
  }

  has(name, clip = -1, group = 0) {
    return this.sections.has(keyOf(name, clip, group));
  }

  section(name, clip = -1, group = 0) {
    return this.decoded(this.entry(name, clip, group));
  }

  entry(name, clip = -1, group = 0) {
    const entry = this.sections.get(keyOf(name, clip, group));
    refuseUnless(entry !== undefined, "section-missing", keyOf(name, clip, group));
    return entry;
  }

  // Bytes of a section in the file.
  storedLength(name, clip = -1, group = 0) {
    return this.entry(name, clip, group).stored;
  }

  decoded(entry) {
    this.checkStored(entry);
    return decode(entry.codec, this.stored(entry), entry.raw);
  }

  checkStored(entry) {
    refuseUnless(crc32(this.stored(entry)) === entry.crc, "section-damaged", entry.name);
  }

  stored({ offset, stored }) {
    return this.file.subarray(offset, offset + stored);
  }

  checkGap(start, end) {
    for (let at = start; at < end; at++) refuseUnless(this.file[at] === 0, "package-padding", `byte ${at}`);
  }

  checkDigest() {
    const hash = createHash("sha256").update(this.packedEntries);
    for (const entry of this.entries) hash.update(this.stored(entry));
    refuseUnless(hash.digest().equals(Buffer.from(this.digest)), "package-digest-wrong");
  }
}

function readHeader(file) {
  const starts = CONTAINER_MAGIC.slice(0, file.length).every((byte, i) => file[i] === byte);
  refuseUnless(starts && file.length > 0, "package-wrong-magic");
  refuseUnless(file.length >= CONTAINER_HEADER_BYTES, "package-truncated");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  refuseUnless(crc32(file.subarray(0, 60)) === view.getUint32(60, true), "package-header-damaged");
  const major = view.getUint16(8, true);
  refuseUnless(major === CONTAINER_MAJOR_VERSION, "package-future", `version ${major}`);
  const [tableOffset, tableLength, length] = [16, 24, 32].map((at) => Number(view.getBigUint64(at, true)));
  refuseUnless(file.length >= length, "package-truncated", `${file.length} of ${length} bytes`);
  refuseUnless(file.length === length, "package-length", `${file.length}, not ${length} bytes`);
  refuseUnless(view.getUint32(12, true) === CONTAINER_HEADER_BYTES, "package-length", "length of the header");
  const inside = tableOffset >= CONTAINER_HEADER_BYTES && tableOffset + tableLength <= length;
  refuseUnless(inside && tableLength <= CONTAINER_MAX_TABLE_BYTES, "package-toc-range");
  return { tableOffset, tableLength, tableCrc: view.getUint32(40, true) };
}

function readTable(bytes) {
  const table = unpack(bytes, "package-toc-invalid");
  const shaped = Array.isArray(table) && table.length === 2 && table[0] instanceof Uint8Array && Array.isArray(table[1]);
  refuseUnless(shaped && table[0].length === CONTAINER_DIGEST_BYTES, "package-toc-invalid", "[digest, entries]");
  refuseUnless(table[1].length <= CONTAINER_MAX_SECTIONS, "package-toc-invalid", "too many sections");
  const digestBytes = 1 + 2 + CONTAINER_DIGEST_BYTES;
  return [table[0], table[1].map(readEntry), bytes.subarray(digestBytes)];
}

function readEntry(fields) {
  const fail = (about) => {
    throw new Refusal("package-toc-invalid", about);
  };
  if (!Array.isArray(fields) || fields.length !== 8) fail("an entry of eight fields");
  const [name, clip, group, offset, stored, coding, crc, critical] = fields;
  if (name === "" || !isText(name, CONTAINER_MAX_NAME_CHARS)) fail("the name of a section");
  if (!Array.isArray(coding) || coding.length !== 2) fail(`${name}: [codec, raw]`);
  const [codec, raw] = coding;
  const within = (value, low, high) => {
    if (value instanceof Float || !Number.isSafeInteger(value) || value < low || value > high) fail(`${name}: ${value}`);
  };
  within(clip, CONTAINER_NO_CLIP, CONTAINER_MAX_CLIPS - 1);
  within(group, 0, CONTAINER_MAX_GROUPS - 1);
  within(offset, CONTAINER_HEADER_BYTES, Number.MAX_SAFE_INTEGER);
  within(codec, 0, CONTAINER_MAX_CODEC);
  within(crc, 0, CONTAINER_MAX_CRC32);
  if (typeof critical !== "boolean") fail(`${name}: critical`);
  within(stored, 0, CONTAINER_MAX_SECTION_BYTES);
  within(raw, 0, Math.min(CONTAINER_MAX_SECTION_BYTES, integersAllowed(stored)));
  return { name, clip, group, offset, stored, codec, raw, crc, critical };
}

// The row of a section in the table of kinds; undefined where this version knows none.
function kindOf(name) {
  if (NOT_NUMBERED.includes(name)) return undefined;
  return SECTIONS.find((kind) => kind.name === name.replace(LEVEL, "$1.k"));
}

function keyOf(name, clip, group) {
  return `${name} ${clip} ${group}`;
}
