import { crc32 } from "../coding/crc32.ts";
import { CONTAINER_HEADER_BYTES, CONTAINER_MAGIC, CONTAINER_MAJOR_VERSION, CONTAINER_MAX_TABLE_BYTES } from "../generated/format.ts";
import { need } from "../reader/refusal.ts";
import type { ByteSource } from "./byte_source.ts";

const SUBJECT = "header";

/** Where the table of contents lies. */
export interface Header {
  readonly tableOffset: number;
  readonly tableLength: number;
  readonly tableCrc32: number;
}

/** Checks in the order of SPEC-container.md, "Header". */
export function readHeader(source: ByteSource): Header {
  const length = source.length;
  const bytes = source.read(0, Math.min(length, CONTAINER_HEADER_BYTES));
  const hasMagic = bytes.length > 0 && CONTAINER_MAGIC.every((byte, i) => i >= bytes.length || bytes[i] === byte);
  need(hasMagic, "package-wrong-magic", SUBJECT, "other first bytes than a package has");
  need(bytes.length === CONTAINER_HEADER_BYTES, "package-truncated", SUBJECT, `${length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Beyond 2^53 rounded, and so beyond any file.
  const long = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  need(crc32(bytes.subarray(0, 60)) === view.getUint32(60, true), "package-header-damaged", SUBJECT, "another checksum");
  const major = view.getUint16(8, true);
  need(major === CONTAINER_MAJOR_VERSION, "package-future", SUBJECT, `major version ${major}`);
  const stated = long(32);
  need(length >= stated, "package-truncated", SUBJECT, `${length} of ${stated} bytes`);
  need(length === stated, "package-length", SUBJECT, `${length} bytes, not ${stated}`);
  const own = view.getUint32(12, true);
  need(own === CONTAINER_HEADER_BYTES, "package-length", SUBJECT, `a header of ${own} bytes`);
  const tableOffset = long(16), tableLength = long(24);
  const inside = tableOffset >= CONTAINER_HEADER_BYTES && tableOffset <= length && tableLength <= length - tableOffset
    && tableLength <= CONTAINER_MAX_TABLE_BYTES;
  need(inside, "package-toc-range", SUBJECT, `a table of ${tableLength} bytes at ${tableOffset}`);
  return { tableOffset, tableLength, tableCrc32: view.getUint32(40, true) };
}
