import { Sha256 } from "../coding/sha256.ts";
import { CONTAINER_HEADER_BYTES } from "../generated/format.ts";
import type { Package } from "../reader/package.ts";
import { need } from "../reader/refusal.ts";
import { checkSum, type Container } from "./container.ts";

const CHUNK_BYTES = 1 << 20;

/** Checksums of all sections, zeros between them, and the digest: what a player need not look at. */
export function checkBytes({ container }: Package): void {
  const hash = new Sha256();
  hash.add(container.table.packedEntries);
  for (const entry of container.entries) {
    const bytes = container.stored(entry);
    checkSum(entry, bytes);
    hash.add(bytes);
  }
  checkGap(container, CONTAINER_HEADER_BYTES, container.tableOffset);
  let end = container.tableEnd;
  for (const entry of container.entries) {
    checkGap(container, end, entry.offset);
    end = entry.offset + entry.storedLength;
  }
  need(end === container.source.length, "package-padding", "package", "bytes behind the last section");
  need(hash.finish() === container.digest, "package-digest-wrong", "package", "another digest");
}

function checkGap(container: Container, start: number, end: number): void {
  for (let at = start; at < end; at += CHUNK_BYTES) {
    const bytes = container.source.read(at, Math.min(CHUNK_BYTES, end - at));
    need(bytes.every((byte) => byte === 0), "package-padding", "package", `a byte behind ${at} that is not zero`);
  }
}
