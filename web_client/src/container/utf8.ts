const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of bytes that obey SPEC-container.md, "MessagePack"; null for others. */
export function textOf(bytes: Uint8Array, maxCodePoints: number): string | null {
  let at = 0, count = 0;
  while (at < bytes.length) {
    const head = bytes[at++];
    let point = head;
    if (head >= 0x80) {
      const more = head >= 0xf0 ? 3 : head >= 0xe0 ? 2 : 1;
      if (head < 0xc2 || head > 0xf4 || bytes.length - at < more) {
        return null;
      }
      point = head & (0x3f >> more);
      for (let k = 0; k < more; k++) {
        const next = bytes[at++];
        if ((next & 0xc0) !== 0x80) {
          return null;
        }
        point = (point << 6) | (next & 0x3f);
      }
      if (point < (more === 3 ? 0x10000 : more === 2 ? 0x800 : 0x80) || point > 0x10ffff) {
        return null;
      }
    }
    if (isRefused(point) || ++count > maxCodePoints) {
      return null;
    }
  }
  return DECODER.decode(bytes);
}

// The closed list of SPEC-container.md; ranges from … to.
const REFUSED = [
  0x00, 0x1f, 0x7f, 0x9f, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069, 0xd800, 0xdfff, 0xfdd0, 0xfdef, 0xfeff, 0xfeff,
];

function isRefused(point: number): boolean {
  for (let k = 0; k < REFUSED.length; k += 2) {
    if (point >= REFUSED[k] && point <= REFUSED[k + 1]) {
      return true;
    }
  }
  return (point & 0xfffe) === 0xfffe;
}
