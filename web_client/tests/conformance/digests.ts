import { createHash } from "node:crypto";

const SHOWN = 8;
const WEAVE = 97;

/** A float of nine significant digits. */
export function digits(value: number): number {
  return Number(value.toPrecision(9));
}

/** What stands for an array of floats in an answer: spec/vectors/README.md. */
export class FloatDigest {
  private readonly first: number[] = [];
  private count = 0;
  private size = 0;
  private sum = 0;
  private weave = 0;

  static of(values: ArrayLike<number>): object {
    const digest = new FloatDigest();
    digest.add(values);
    return digest.answer();
  }

  get isZero(): boolean {
    return this.size === 0;
  }

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (this.count < SHOWN) {
        this.first.push(digits(value));
      }
      this.size += Math.abs(value);
      this.sum += value;
      this.weave += value * (this.count % WEAVE);
      this.count++;
    }
  }

  answer(): object {
    const { count, first, size, sum, weave } = this;
    return { count, first, size: digits(size), sum: digits(sum), weave: digits(weave) };
  }
}

/** What stands for integers, or for the bits of floats. */
export function bitDigest(values: ArrayLike<number> & { readonly BYTES_PER_ELEMENT?: number }): object {
  const words = values instanceof Float32Array ? values : Int32Array.from(values);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return { count: words.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
