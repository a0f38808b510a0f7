import { crc32 } from "../coding/crc32.ts";
import { decodeBytes } from "../coding/entropy.ts";
import { CONTAINER_ALIGNMENT_BYTES, CONTAINER_NO_CLIP } from "../generated/format.ts";
import { groupCountOf, type Manifest } from "../reader/manifest.ts";
import { need, Refusal } from "../reader/refusal.ts";
import type { ByteSource } from "./byte_source.ts";
import { readHeader } from "./header.ts";
import { readTableOfContents, type SectionEntry, type TableOfContents } from "./table_of_contents.ts";

/** A package as named sections: SPEC-container.md. */
export class Container {
  readonly table: TableOfContents;
  private readonly sections = new Map<string, SectionEntry>();
  readonly tableOffset: number;
  readonly tableEnd: number;

  constructor(readonly source: ByteSource) {
    const header = readHeader(source);
    this.tableOffset = header.tableOffset;
    this.tableEnd = header.tableOffset + header.tableLength;
    const bytes = source.read(header.tableOffset, header.tableLength);
    need(crc32(bytes) === header.tableCrc32, "package-toc-damaged", "table of contents", "another checksum");
    this.table = readTableOfContents(bytes);
    this.checkRanges();
    for (const entry of this.entries) {
      const key = keyOf(entry.name, entry.clip, entry.group);
      needEntry(!this.sections.has(key), "package-section-repeated", entry, "two of them");
      this.sections.set(key, entry);
    }
    for (const entry of this.entries) {
      needEntry(!entry.critical || entry.kind !== null, "package-unknown-section", entry, "a critical section that nobody knows");
    }
  }

  get entries(): readonly SectionEntry[] {
    return this.table.entries;
  }

  /** Hexadecimal, as the table states it. */
  get digest(): string {
    return Array.from(this.table.digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  has(name: string, clip: number = CONTAINER_NO_CLIP, group = 0): boolean {
    return this.sections.has(keyOf(name, clip, group));
  }

  /** Refuses with `section-missing`. */
  entry(name: string, clip: number = CONTAINER_NO_CLIP, group = 0): SectionEntry {
    const entry = this.sections.get(keyOf(name, clip, group));
    if (entry === undefined) {
      throw new Refusal("section-missing", clip < 0 ? name : `${name} of clip ${clip}, group ${group}`, "nothing");
    }
    return entry;
  }

  /** The stored bytes, whose checksum was not looked at. */
  stored(entry: SectionEntry): Uint8Array {
    return this.source.read(entry.offset, entry.storedLength);
  }

  /** A section, checked and decoded. */
  read(name: string, clip: number = CONTAINER_NO_CLIP, group = 0): Uint8Array {
    const entry = this.entry(name, clip, group);
    return decodeSection(entry, this.stored(entry));
  }

  /** Whether every section of a known name belongs to something. */
  checkPlaces(manifest: Manifest): void {
    const hasModel = this.has("model");
    for (const entry of this.entries) {
      needEntry(belongs(entry, manifest, hasModel), "package-toc-invalid", entry, "nothing that it could belong to");
    }
  }

  private checkRanges(): void {
    let end = this.tableEnd;
    for (const entry of this.entries) {
      const inside = entry.offset >= end && entry.offset % CONTAINER_ALIGNMENT_BYTES === 0
        && entry.offset + entry.storedLength <= this.source.length;
      needEntry(inside, "package-section-range", entry, "bytes where it may not have any");
      end = entry.offset + entry.storedLength;
    }
  }
}

/** Checks the stored bytes of a section and decodes them. */
export function decodeSection(entry: SectionEntry, stored: Uint8Array): Uint8Array {
  checkSum(entry, stored);
  return decodeBytes(entry.codec, stored, entry.rawLength, entry.name);
}

export function checkSum(entry: SectionEntry, stored: Uint8Array): void {
  needEntry(crc32(stored) === entry.crc32, "section-damaged", entry, "another checksum");
}

function keyOf(name: string, clip: number, group: number): string {
  return `${clip}/${group}/${name}`;
}

function needEntry(holds: boolean, code: string, entry: SectionEntry, found: string): void {
  if (!holds) {
    const place = entry.clip < 0 ? "" : ` of clip ${entry.clip}, group ${entry.group}`;
    throw new Refusal(code, `${entry.name}${place}, ${entry.storedLength} bytes at ${entry.offset}`, found);
  }
}

function belongs(entry: SectionEntry, manifest: Manifest, hasModel: boolean): boolean {
  const { kind, clip, group } = entry;
  if (kind === null) {
    return true;
  }
  if (kind.scope === "package") {
    // The last level looks as it is stored.
    const levels = manifest.levelSizes.length - (kind.name === "appearance.k" ? 1 : 0);
    return clip < 0 && group === 0 && entry.level < levels && (hasModel || !kind.withResidual);
  }
  const info = clip < 0 ? undefined : manifest.clips[clip];
  if (info === undefined) {
    return false;
  }
  const groups = kind.scope === "group" ? groupCountOf(manifest, info) : 1;
  return group < groups && (info.hasResidual || !kind.withResidual);
}
