import { CONTAINER_MAX_DEPTH, MANIFEST_MAX_TEXT_CHARS } from "../generated/format.ts";
import { Refusal } from "../reader/refusal.ts";
import { textOf } from "./utf8.ts";

/** Reads msgpack in its one shortest form, and refuses any other with the code of its section. */
export class MessagePack {
  private readonly view: DataView;
  private at = 0;
  private depth = 0;

  constructor(private readonly bytes: Uint8Array, private readonly code: string, private readonly subject: string) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  need(holds: boolean, found: string): void {
    if (!holds) {
      throw new Refusal(this.code, this.subject, found);
    }
  }

  finish(): void {
    this.need(this.left === 0, "bytes behind the end");
  }

  /** How many entries follow; `leave` when they are read. */
  enterList(field: string): number {
    const count = this.readCount(0x90, 0xdc, field, "a list");
    this.need(count <= this.left, "it ends early");
    this.enter();
    return count;
  }

  enterMap(field: string): number {
    const count = this.readCount(0x80, 0xde, field, "a map");
    this.need(count <= this.left / 2, "it ends early");
    this.enter();
    return count;
  }

  leave(): void {
    this.depth--;
  }

  /** A list whose entries `read` reads. */
  list<T>(field: string, fewest: number, most: number, read: () => T): T[] {
    const count = this.enterList(field);
    this.need(count >= fewest && count <= most, `${field} of ${count} entries`);
    const entries: T[] = [];
    for (let i = 0; i < count; i++) {
      entries.push(read());
    }
    this.leave();
    return entries;
  }

  /**
   * A map: each field is read by the reader of its name, others are skipped; those that are not optional have to be there.
   */
  fields(field: string, readers: Readonly<Record<string, () => void>>, optional: readonly string[] = []): void {
    const seen = new Set<string>();
    for (let left = this.enterMap(field); left > 0; left--) {
      const name = this.text(field, MANIFEST_MAX_TEXT_CHARS);
      this.need(!seen.has(name), `${name} twice`);
      seen.add(name);
      if (Object.hasOwn(readers, name)) {
        readers[name]();
      } else {
        this.skip();
      }
    }
    this.leave();
    for (const name of Object.keys(readers)) {
      this.need(seen.has(name) || optional.includes(name), `no field ${name}`);
    }
  }

  text(field: string, maxCodePoints: number): string {
    const head = this.head();
    let length = head & 31;
    if (head < 0xa0 || head >= 0xc0) {
      this.need(head >= 0xd9 && head <= 0xdb, `${field} is no text`);
      length = this.size(head - 0xd9, head === 0xd9 ? 0x20 : head === 0xda ? 0x100 : 0x10000);
    }
    const text = textOf(this.take(length), maxCodePoints);
    if (text === null) {
      throw new Refusal(this.code, this.subject, `${field} is no text of at most ${maxCodePoints} allowed characters`);
    }
    return text;
  }

  binary(field: string): Uint8Array {
    const head = this.head();
    this.need(head >= 0xc4 && head <= 0xc6, `${field} is no binary`);
    return this.take(this.size(head - 0xc4, head === 0xc4 ? 0 : head === 0xc5 ? 0x100 : 0x10000));
  }

  boolean(field: string): boolean {
    const head = this.head();
    this.need(head === 0xc2 || head === 0xc3, `${field} is neither true nor false`);
    return head === 0xc3;
  }

  integer(field: string, lowest: number, highest: number): number {
    const value = this.readInteger(this.head());
    return this.within(field, value, lowest, highest, "integer");
  }

  /** A float64, or an integer that stands for one. */
  number(field: string, lowest: number, highest: number): number {
    const head = this.head();
    const value = head === 0xcb ? this.double() : this.readInteger(head);
    return this.within(field, value, lowest, highest, "number");
  }

  /** Any value; it obeys the rules, too. */
  skip(): void {
    this.need(this.left > 0, "it ends early");
    const head = this.bytes[this.at];
    if (head === 0xc0) {
      this.at++;
    } else if (head === 0xc2 || head === 0xc3) {
      this.boolean("a value");
    } else if (head >= 0xc4 && head <= 0xc6) {
      this.binary("a value");
    } else if (head === 0xcb) {
      this.at++;
      this.double();
    } else if ((head >= 0xa0 && head < 0xc0) || (head >= 0xd9 && head <= 0xdb)) {
      this.text("a value", MANIFEST_MAX_TEXT_CHARS);
    } else if ((head >= 0x90 && head < 0xa0) || head === 0xdc || head === 0xdd) {
      for (let left = this.enterList("a value"); left > 0; left--) {
        this.skip();
      }
      this.leave();
    } else if ((head >= 0x80 && head < 0x90) || head === 0xde || head === 0xdf) {
      this.fields("a value", {});
    } else {
      this.need(this.readInteger(this.head()) !== null, `type byte ${head}`);
    }
  }

  private within(field: string, value: number | null, lowest: number, highest: number, what: string): number {
    if (value === null || !(value >= lowest && value <= highest)) {
      const found = value === null ? `${field} is no ${what}` : `${field} ${value}, ${lowest} to ${highest} expected`;
      throw new Refusal(this.code, this.subject, found);
    }
    return value;
  }

  private enter(): void {
    this.need(this.depth < CONTAINER_MAX_DEPTH, "nested too deeply");
    this.depth++;
  }

  private head(): number {
    this.need(this.left > 0, "it ends early");
    return this.bytes[this.at++];
  }

  private take(count: number): Uint8Array {
    this.need(count <= this.left, "it ends early");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  private double(): number {
    this.need(this.left >= 8, "it ends early");
    this.at += 8;
    return this.view.getFloat64(this.at - 8);
  }

  // `small` + length in one byte, else 16 or 32 bits behind `large` and `large` + 1.
  private readCount(small: number, large: number, field: string, what: string): number {
    const head = this.head();
    if (head >= small && head <= small + 15) {
      return head & 15;
    }
    this.need(head === large || head === large + 1, `${field} is not ${what}`);
    return this.size(head - large + 1, head === large ? 16 : 0x10000);
  }

  // A length of 2^power bytes that no shorter form could hold.
  private size(power: number, lowest: number): number {
    const value = this.unsigned(1 << power);
    this.need(value >= lowest, "a form longer than need be");
    this.need(value <= this.left, "it ends early");
    return value;
  }

  // Beyond 2^53 rounded, which keeps it beyond every limit.
  private unsigned(size: number): number {
    let value = 0;
    for (const byte of this.take(size)) {
      value = value * 256 + byte;
    }
    return value;
  }

  private readInteger(head: number): number | null {
    if (head < 0x80 || head >= 0xe0) {
      return head < 0x80 ? head : head - 256;
    }
    if (head >= 0xcc && head <= 0xcf) {
      const size = 1 << (head - 0xcc), value = this.unsigned(size);
      this.need(value >= (size === 1 ? 0x80 : 2 ** (4 * size)), "a form longer than need be");
      return value;
    }
    if (head >= 0xd0 && head <= 0xd3) {
      const size = 1 << (head - 0xd0);
      const negative = this.left > 0 && this.bytes[this.at] >= 0x80;
      const value = this.unsigned(size) - (negative ? 2 ** (8 * size) : 0);
      // Numbers of 64 bits lose digits here; those that 32 bits hold stay what they are but for the smallest.
      const shortest = size === 1 ? -0x20 : size === 8 ? -0x80000000 : -(2 ** (4 * size - 1));
      this.need(negative && (size === 8 ? this.isBelow32Bits() : value < shortest), "a form longer than need be");
      return value;
    }
    return null;
  }

  // Of the eight bytes that were read last, as a signed number: whether it is below −2^31.
  private isBelow32Bits(): boolean {
    const high = this.view.getInt32(this.at - 8), low = this.view.getUint32(this.at - 4);
    return high < -1 || low < 0x80000000;
  }
}
