// SubtleCrypto has no incremental digest, and none at all in a page without TLS.
const BLOCK = 64;
const K = /* @__PURE__ */ fractions(64, 3);

/** SHA-256 of bytes that come piece by piece. */
export class Sha256 {
  private readonly state = fractions(8, 2);
  private readonly words = new Int32Array(64);
  private readonly held = new Uint8Array(BLOCK);
  private count = 0;

  add(bytes: Uint8Array): void {
    let at = 0;
    const begun = this.count % BLOCK;
    this.count += bytes.length;
    if (begun > 0) {
      at = Math.min(BLOCK - begun, bytes.length);
      this.held.set(bytes.subarray(0, at), begun);
      if (begun + at < BLOCK) {
        return;
      }
      this.block(this.held, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) {
      this.block(bytes, at);
    }
    this.held.set(bytes.subarray(at));
  }

  /** Hexadecimal; nothing may be added after. */
  finish(): string {
    const bits = 8 * this.count;
    const padding = new Uint8Array(BLOCK + ((119 - (this.count % BLOCK)) % BLOCK) - 55);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.add(padding);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  private block(bytes: Uint8Array, from: number): void {
    const w = this.words;
    for (let i = 0; i < 16; i++) {
      const at = from + 4 * i;
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3), s1 = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      this.state[i] += word;
    });
  }
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

// 32 bits behind the point of square or cube roots of the first primes (FIPS 180-4).
function fractions(count: number, root: number): Int32Array {
  const words = new Int32Array(count);
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) {
      primes.push(n);
    }
  }
  primes.forEach((prime, i) => {
    const value = root === 2 ? Math.sqrt(prime) : Math.cbrt(prime);
    words[i] = (value - Math.floor(value)) * 2 ** 32;
  });
  return words;
}
