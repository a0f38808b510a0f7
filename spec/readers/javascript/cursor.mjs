// Reads one section from front to back.

import { LEB128_MAX_BYTES, PACKAGE_FREE_INTEGERS, PACKAGE_INTEGERS_PER_BYTE } from "./format.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

// How many integers, or bytes, may come out of so many stored bytes.
export function integersAllowed(storedLength) {
  return PACKAGE_FREE_INTEGERS + PACKAGE_INTEGERS_PER_BYTE * storedLength;
}

export class Cursor {
  constructor(bytes, name) {
    this.bytes = bytes;
    this.name = name;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static ofSection(bytes, name, layout) {
    const cursor = new Cursor(bytes, name);
    refuseUnless(cursor.u8() === layout, "section-version", name);
    return cursor;
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw new Refusal("section-truncated", this.name);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  f32() {
    this.take(4);
    const value = this.view.getFloat32(this.at - 4, true);
    refuseUnless(Number.isFinite(value), "section-not-finite", this.name);
    return value;
  }

  // LEB128 in its shortest form.
  varint(limit = 0xffffffff) {
    let value = 0;
    for (let place = 0; place < LEB128_MAX_BYTES; place++) {
      const byte = this.u8();
      value += (byte & 127) * 128 ** place;
      if (byte >= 128) continue;
      const fits = value <= limit && (byte > 0 || place === 0);
      refuseUnless(fits, "section-invalid", `${this.name}: a count out of range`);
      return value;
    }
    return refuseUnless(false, "section-invalid", `${this.name}: a count of more than five bytes`);
  }

  // Refuses a section of too few bytes for the integers it says it holds.
  expectIntegers(count, storedLength) {
    refuseUnless(count <= integersAllowed(storedLength), "section-invalid", `${this.name}: ${count} integers`);
  }

  // The length of something in this section.
  lengthVarint() {
    return this.varint(this.bytes.length - this.at);
  }

  finish() {
    refuseUnless(this.at === this.bytes.length, "section-trailing", this.name);
  }
}
