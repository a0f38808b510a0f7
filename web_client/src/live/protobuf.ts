import { Refusal } from "../reader/refusal.ts";

/** How a field is written. Whole numbers are exact up to 2^53. */
type Kind = "double" | "uint" | "sint" | "bool" | "string" | "bytes";

/** One field: its number, its kind, or the messages that it holds; a list of them, or a map of texts. */
export interface Field {
  readonly number: number;
  readonly kind: Kind | Schema;
  readonly isList?: boolean;
  readonly isMap?: boolean;
}

/** Fields of a message by their names. */
export interface Schema {
  readonly [name: string]: Field;
}

type ValueOf<K> = K extends "double" | "uint" | "sint" ? number : K extends "bool" ? boolean : K extends "string" ? string
  : K extends "bytes" ? Uint8Array : K extends Schema ? Message<K> : never;

type FieldValue<F extends Field> = F["isMap"] extends true ? Record<string, string>
  : F["isList"] extends true ? ValueOf<F["kind"]>[] : ValueOf<F["kind"]>;

/** What a schema describes. Fields that are absent are undefined, also where they are zero. */
export type Message<S extends Schema> = { -readonly [K in keyof S]?: FieldValue<S[K]> };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const PAIR: Schema = { key: { number: 1, kind: "string" }, value: { number: 2, kind: "string" } };

/** Writes a message. */
export function encode<S extends Schema>(schema: S, message: Message<S>): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [name, field] of Object.entries(schema)) {
    const value: unknown = message[name];
    if (value === undefined) {
      continue;
    }
    const values = field.isMap ? Object.entries(value as object).map(([key, text]) => ({ key, value: text as string }))
      : field.isList ? value as unknown[] : [value];
    for (const each of values) {
      writeField(bytes, field.number, field.isMap ? PAIR : field.kind, each);
    }
  }
  return Uint8Array.from(bytes);
}

function writeField(bytes: number[], number: number, kind: Kind | Schema, value: unknown): void {
  switch (kind) {
    case "double": {
      const eight = new Uint8Array(8);
      new DataView(eight.buffer).setFloat64(0, value as number, true);
      bytes.push(number * 8 + FIXED64, ...eight);
      break;
    }
    case "uint":
    case "bool":
      bytes.push(number * 8 + VARINT);
      writeVarint(bytes, Number(value));
      break;
    case "sint":
      bytes.push(number * 8 + VARINT);
      writeVarint(bytes, (value as number) < 0 ? -2 * (value as number) - 1 : 2 * (value as number));
      break;
    default: {
      const inner = kind === "string" ? ENCODER.encode(value as string)
        : kind === "bytes" ? value as Uint8Array : encode(kind, value as Message<Schema>);
      bytes.push(number * 8 + LENGTH);
      writeVarint(bytes, inner.length);
      for (const byte of inner) {
        bytes.push(byte);
      }
    }
  }
}

function writeVarint(bytes: number[], value: number): void {
  for (; value >= 128; value = Math.floor(value / 128)) {
    bytes.push((value % 128) | 128);
  }
  bytes.push(value);
}

/** Reads a message; fields that nobody knows are left out. Refuses what is none with `service-bad-message`. */
export function decode<S extends Schema>(schema: S, bytes: Uint8Array): Message<S> {
  const reader = new Reader(bytes), message: Record<string, unknown> = {};
  const names = new Map(Object.entries(schema).map(([name, field]) => [field.number, name]));
  while (!reader.isAtEnd) {
    const tag = reader.varint(), name = names.get(Math.floor(tag / 8)), wire = tag % 8;
    const field = name === undefined ? undefined : schema[name];
    if (name === undefined || field === undefined) {
      reader.skip(wire);
    } else if (field.isMap) {
      const { key, value } = decode(PAIR, reader.bytes(wire)) as { key?: string; value?: string };
      // A map of its own kind: no key of a message is a property of objects.
      ((message[name] ??= Object.create(null)) as Record<string, string>)[key ?? ""] = value ?? "";
    } else if (field.isList) {
      ((message[name] ??= []) as unknown[]).push(...reader.list(field.kind, wire));
    } else {
      message[name] = reader.value(field.kind, wire);
    }
  }
  return message as Message<S>;
}

class Reader {
  private at = 0;

  constructor(private readonly message: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at === this.message.length;
  }

  varint(): number {
    let value = 0;
    for (let place = 0; place < 10; place++) {
      const byte = this.take(1)[0];
      value += (byte & 127) * 2 ** (7 * place);
      if (byte < 128) {
        return value;
      }
    }
    throw bad("a number of more than ten bytes");
  }

  bytes(wire: number): Uint8Array {
    if (wire !== LENGTH) {
      throw bad(`wire type ${wire} of bytes`);
    }
    return this.take(this.varint());
  }

  // Numbers may be packed.
  list(kind: Kind | Schema, wire: number): unknown[] {
    if (wire !== LENGTH || (kind !== "uint" && kind !== "sint" && kind !== "double" && kind !== "bool")) {
      return [this.value(kind, wire)];
    }
    const inner = new Reader(this.bytes(wire)), values: unknown[] = [];
    while (!inner.isAtEnd) {
      values.push(inner.value(kind, kind === "double" ? FIXED64 : VARINT));
    }
    return values;
  }

  value(kind: Kind | Schema, wire: number): unknown {
    if (kind === "double") {
      this.expect(wire, FIXED64);
      const eight = this.take(8);
      return new DataView(eight.buffer, eight.byteOffset, 8).getFloat64(0, true);
    }
    if (kind === "uint" || kind === "sint" || kind === "bool") {
      this.expect(wire, VARINT);
      const value = this.varint();
      return kind === "bool" ? value !== 0 : kind === "uint" ? value : value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    const inner = this.bytes(wire);
    return kind === "bytes" ? inner : kind === "string" ? DECODER.decode(inner) : decode(kind, inner);
  }

  skip(wire: number): void {
    switch (wire) {
      case VARINT:
        this.varint();
        break;
      case FIXED64:
        this.take(8);
        break;
      case LENGTH:
        this.bytes(wire);
        break;
      case FIXED32:
        this.take(4);
        break;
      default:
        throw bad(`wire type ${wire}`);
    }
  }

  private expect(found: number, wire: number): void {
    if (found !== wire) {
      throw bad(`wire type ${found}, not ${wire}`);
    }
  }

  private take(count: number): Uint8Array {
    if (count > this.message.length - this.at) {
      throw bad("it ends early");
    }
    this.at += count;
    return this.message.subarray(this.at - count, this.at);
  }
}

function bad(found: string): Refusal {
  return new Refusal("service-bad-message", "message", found, "Install the same ani3d version on client and server.");
}
