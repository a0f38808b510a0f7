// The part of msgpack that packages use: nil, bool, integers, float64, text, binary, arrays and maps with text keys,
// each in its shortest form.
// Whatever is wrong is refused under the code that the caller names.

import { CONTAINER_MAX_DEPTH } from "./format.mjs";
import { Refusal } from "./refusal.mjs";

export function unpack(bytes, code) {
  const reader = new Reader(bytes, code);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Refusal(code, "bytes after the end");
  return value;
}

class Reader {
  constructor(bytes, code) {
    this.bytes = bytes;
    this.code = code;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  }

  fail(about) {
    throw new Refusal(this.code, about);
  }

  skip(count) {
    if (count > this.bytes.length - this.at) this.fail("it ends early");
    this.at += count;
    return this.at - count;
  }

  value(depth) {
    const head = this.bytes[this.skip(1)];
    if (head < 0x80) return head;
    if (head < 0x90) return this.map(head & 15, depth);
    if (head < 0xa0) return this.array(head & 15, depth);
    if (head < 0xc0) return this.string(head & 31);
    if (head >= 0xe0) return head - 256;
    return this.longValue(head, depth);
  }

  longValue(head, depth) {
    const { view } = this;
    switch (head) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.binary(this.unsigned(1));
      case 0xc5: return this.binary(this.atLeast(0x100, this.unsigned(2)));
      case 0xc6: return this.binary(this.atLeast(0x10000, this.unsigned(4)));
      case 0xcb: return new Float(view.getFloat64(this.skip(8)));
      case 0xcc: return this.atLeast(0x80, this.unsigned(1));
      case 0xcd: return this.atLeast(0x100, this.unsigned(2));
      case 0xce: return this.atLeast(0x10000, this.unsigned(4));
      case 0xcf: return this.atLeast(2 ** 32, Number(view.getBigUint64(this.skip(8))));
      case 0xd0: return this.below(-0x20, view.getInt8(this.skip(1)));
      case 0xd1: return this.below(-0x80, view.getInt16(this.skip(2)));
      case 0xd2: return this.below(-0x8000, view.getInt32(this.skip(4)));
      case 0xd3: return this.below(-(2 ** 31), Number(view.getBigInt64(this.skip(8))));
      case 0xd9: return this.string(this.atLeast(0x20, this.unsigned(1)));
      case 0xda: return this.string(this.atLeast(0x100, this.unsigned(2)));
      case 0xdb: return this.string(this.atLeast(0x10000, this.unsigned(4)));
      case 0xdc: return this.array(this.atLeast(0x10, this.unsigned(2)), depth);
      case 0xdd: return this.array(this.atLeast(0x10000, this.unsigned(4)), depth);
      case 0xde: return this.map(this.atLeast(0x10, this.unsigned(2)), depth);
      case 0xdf: return this.map(this.atLeast(0x10000, this.unsigned(4)), depth);
      default: return this.fail(`type byte ${head}`);
    }
  }

  // Numbers that a shorter form could not hold.
  atLeast(low, value) {
    return value >= low ? value : this.fail("a form longer than need be");
  }

  below(high, value) {
    return value < high ? value : this.fail("a form longer than need be");
  }

  unsigned(size) {
    const at = this.skip(size);
    return size === 1 ? this.bytes[at] : size === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  binary(length) {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  string(length) {
    const bytes = this.binary(length);
    try {
      return this.text.decode(bytes);
    } catch {
      return this.fail("text that is not UTF-8");
    }
  }

  descend(depth) {
    if (depth === CONTAINER_MAX_DEPTH) this.fail("nested too deeply");
  }

  array(length, depth) {
    this.descend(depth);
    if (length > this.bytes.length - this.at) this.fail("it ends early");
    return Array.from({ length }, () => this.value(depth + 1));
  }

  map(length, depth) {
    this.descend(depth);
    if (2 * length > this.bytes.length - this.at) this.fail("it ends early");
    const result = new Map();
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") this.fail("a key that is not text");
      if (result.has(key)) this.fail(`${key} twice`);
      result.set(key, this.value(depth + 1));
    }
    return result;
  }
}

// Tells 1.0 from 1, which a JavaScript number cannot.
export class Float {
  constructor(value) {
    this.value = value;
  }
}
