import { LEB128_MAX_BYTES, PACKAGE_FREE_INTEGERS, PACKAGE_INTEGERS_PER_BYTE } from "../generated/format.ts";
import { need, Refusal } from "../reader/refusal.ts";

const SCRATCH = new DataView(new ArrayBuffer(4));

/** Reads the fields of one section, in the order of its bytes, and refuses what SPEC.md says. */
export class Cursor {
  private at = 0;

  constructor(private readonly bytes: Uint8Array, readonly name: string) {}

  /** Of a section that begins with its layout. */
  static ofSection(bytes: Uint8Array, name: string, layout: number): Cursor {
    const cursor = new Cursor(bytes, name);
    const found = cursor.byte();
    need(found === layout, "section-version", name, `layout ${found}, not ${layout}`);
    return cursor;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Refuses with `section-truncated`. */
  take(count: number): Uint8Array {
    if (count > this.left) {
      throw new Refusal("section-truncated", this.name, `${this.left} bytes left of ${count}`);
    }
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte(): number {
    if (this.at === this.bytes.length) {
      throw new Refusal("section-truncated", this.name, "it ends early");
    }
    return this.bytes[this.at++];
  }

  float(): number {
    const bytes = this.take(4);
    for (let k = 0; k < 4; k++) {
      SCRATCH.setUint8(k, bytes[k]);
    }
    const value = SCRATCH.getFloat32(0, true);
    need(Number.isFinite(value), "section-not-finite", this.name, "NaN or infinity");
    return value;
  }

  floats(count: number): Float32Array {
    if (4 * count > this.left) {
      throw new Refusal("section-truncated", this.name, `${this.left} bytes left of ${4 * count}`);
    }
    return Float32Array.from({ length: count }, () => this.float());
  }

  /** LEB128 in its shortest form, 0 … limit. */
  varint(limit: number): number {
    let value = 0;
    for (let place = 0; place < LEB128_MAX_BYTES; place++) {
      const digit = this.byte();
      value += (digit & 127) * 2 ** (7 * place);
      if (digit < 128) {
        const fits = value <= limit && (digit > 0 || place === 0);
        need(fits, "section-invalid", this.name, `a count of ${value}, at most ${limit} expected`);
        return value;
      }
    }
    throw new Refusal("section-invalid", this.name, "a count of more than five bytes");
  }

  /** A length that is no longer than what is left. */
  length(): number {
    return this.varint(this.left);
  }

  /** A LEB128 number to be added to an escape symbol. */
  escape(): number {
    let value = 0;
    for (let place = 0; place < LEB128_MAX_BYTES && this.left > 0; place++) {
      const digit = this.bytes[this.at++];
      value += (digit & 127) * 2 ** (7 * place);
      if (digit < 128 && (digit > 0 || place === 0)) {
        return value;
      }
      if (digit === 0) {
        break;
      }
    }
    throw new Refusal("section-invalid", this.name, "an escape that ends early or is too long");
  }

  /** Refuses more integers than the bytes of a section allow. */
  expectIntegers(count: number, storedBytes: number): void {
    need(count <= allowed(storedBytes), "section-invalid", this.name, `${count} integers in ${storedBytes} bytes`);
  }

  finish(): void {
    need(this.left === 0, "section-trailing", this.name, `${this.left} bytes behind its end`);
  }
}

/** Integers, or bytes, that so many stored bytes may decode to. */
export function allowed(storedBytes: number): number {
  return PACKAGE_FREE_INTEGERS + PACKAGE_INTEGERS_PER_BYTE * storedBytes;
}
