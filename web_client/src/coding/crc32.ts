// Table k holds what a byte does that k more bytes follow.
const TABLES = /* @__PURE__ */ makeTables();

/** CRC-32 as in PNG and gzip. */
export function crc32(bytes: Uint8Array): number {
  const t = TABLES;
  let value = -1, at = 0;
  for (const end = bytes.length & ~3; at < end; at += 4) {
    value ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    value = t[768 + (value & 255)] ^ t[512 + ((value >>> 8) & 255)] ^ t[256 + ((value >>> 16) & 255)] ^ t[value >>> 24];
  }
  for (; at < bytes.length; at++) {
    value = t[(value ^ bytes[at]) & 255] ^ (value >>> 8);
  }
  return ~value >>> 0;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    tables[i] = value;
  }
  for (let i = 256; i < 1024; i++) {
    tables[i] = (tables[i - 256] >>> 8) ^ tables[tables[i - 256] & 255];
  }
  return tables;
}
