import { need, Refusal } from "../reader/refusal.ts";
import type { ByteSource } from "./byte_source.ts";
import { Container } from "./container.ts";
import { readHeader } from "./header.ts";

export interface OpenOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Bytes that are here, of all. */
  onProgress?: (loaded: number, total: number) => void;
}

export interface ByteRange {
  readonly offset: number;
  readonly count: number;
}

// Header and table of most packages, in one request.
const FIRST_BYTES = 1 << 14;
// Ranges that are nearer than this are fetched together, in requests of about this size.
const NEAR_BYTES = 1 << 14;
const REQUEST_BYTES = 1 << 22;
const HEADER_BYTES = 64;
const AT_ONCE = 4;

interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A package on a server, of which ranges are fetched as they are needed. A server without ranges sends it in one stream. */
export class RangeSource implements ByteSource {
  private readonly blocks: Block[] = [];
  private loaded = 0;
  private stream: WholeStream | null = null;
  private etag: string | null = null;
  private total = 0;

  private constructor(private readonly url: string, private readonly options: OpenOptions) {}

  /** Asks for the first bytes. */
  static async open(url: string, options: OpenOptions): Promise<RangeSource> {
    const source = new RangeSource(url, options);
    const response = await source.request(0, FIRST_BYTES, options.signal);
    if (response.status === 200) {
      source.stream = await WholeStream.begin(response, url, (loaded, total) => options.onProgress?.(loaded, total));
      source.total = source.stream.total;
      return source;
    }
    source.etag = response.headers.get("ETag");
    source.total = source.totalOf(response, 0);
    source.keep(0, await source.body(response, Math.min(FIRST_BYTES, source.total)));
    return source;
  }

  get length(): number {
    return this.total;
  }

  read(offset: number, count: number): Uint8Array {
    const held = count === 0 ? new Uint8Array(0) : this.stream?.held(offset, count) ?? this.find(offset, count);
    if (held === null) {
      throw new Error(`bytes ${offset} to ${offset + count} of ${this.url} were not fetched yet`);
    }
    return held;
  }

  holds(offset: number, count: number): boolean {
    return count === 0 || (this.stream !== null ? this.stream.arrived >= offset + count : this.missingFrom(offset, count) === null);
  }

  /** Header, table of contents, manifest and skeleton: whatever a package is opened with. */
  async fetchDescription(): Promise<void> {
    const { signal } = this.options;
    await this.fetch([{ offset: 0, count: Math.min(HEADER_BYTES, this.total) }], signal);
    const header = readHeader(this);
    await this.fetch([{ offset: header.tableOffset, count: header.tableLength }], signal);
    const described = new Container(this).entries.filter(({ name }) => name === "manifest" || name === "skeleton");
    await this.fetch(described.map(({ offset, storedLength }) => ({ offset, count: storedLength })), signal);
  }

  /** Comes back when all of these ranges are here. */
  async fetch(ranges: readonly ByteRange[], signal?: AbortSignal): Promise<void> {
    if (this.stream !== null) {
      const end = ranges.reduce((most, { offset, count }) => Math.max(most, offset + count), 0);
      await this.stream.until(Math.min(end, this.total), signal);
      return;
    }
    const wanted = joined(ranges.flatMap(({ offset, count }) => {
      const from = this.missingFrom(offset, count);
      return from === null ? [] : [{ offset: from, count: offset + count - from }];
    }));
    const next = async (): Promise<void> => {
      for (let range = wanted.shift(); range !== undefined; range = wanted.shift()) {
        await this.fetchOne(range, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, next));
  }

  private async fetchOne({ offset, count }: ByteRange, signal?: AbortSignal): Promise<void> {
    const response = await this.request(offset, count, signal);
    const total = response.status === 206 ? this.totalOf(response, offset) : -1;
    if (total !== this.total || response.headers.get("ETag") !== this.etag) {
      throw new Refusal(
        "service-source-changed", this.url, "another file than when it was opened", "Open it again: it was baked again.",
      );
    }
    this.keep(offset, await this.body(response, count));
  }

  private async request(offset: number, count: number, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { ...this.options.headers, Range: `bytes=${offset}-${offset + count - 1}` };
    let response: Response;
    try {
      response = await fetch(this.url, { headers, signal: signal ?? null });
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      throw new Refusal("store-unreachable", this.url, String(error));
    }
    if (response.status === 401 || response.status === 403) {
      throw new Refusal("store-denied", this.url, `HTTP ${response.status}`, "Check the token.");
    }
    const answered = response.status === 200 || response.status === 206;
    need(answered, "store-unreachable", this.url, `HTTP ${response.status}`);
    return response;
  }

  private totalOf(response: Response, offset: number): number {
    const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
    const fits = match !== null && Number(match[1]) === offset && Number.isSafeInteger(Number(match[2]));
    need(fits, "store-no-ranges", this.url, `Content-Range ${response.headers.get("Content-Range")}`);
    return Number(match[2]);
  }

  // No more is taken than was asked for, whatever the server sends.
  private async body(response: Response, count: number): Promise<Uint8Array> {
    const room = new GrowingBytes(count);
    for await (const piece of piecesOf(response)) {
      room.add(piece, this.url);
      this.options.onProgress?.(Math.min(this.loaded + room.length, this.total), this.total);
    }
    need(room.length === count, "package-truncated", this.url, `${room.length} of ${count} bytes`);
    return room.bytes();
  }

  private keep(offset: number, bytes: Uint8Array): void {
    this.blocks.push({ offset, bytes });
    this.loaded += bytes.length;
    this.options.onProgress?.(Math.min(this.loaded, this.total), this.total);
  }

  private blockAt(offset: number): Block | undefined {
    return this.blocks.find((each) => offset >= each.offset && offset < each.offset + each.bytes.length);
  }

  // The first byte of a range that is not here; null where all are.
  private missingFrom(offset: number, count: number): number | null {
    let at = offset;
    for (let block = this.blockAt(at); block !== undefined && at < offset + count; block = this.blockAt(at)) {
      at = block.offset + block.bytes.length;
    }
    return at < offset + count ? at : null;
  }

  private find(offset: number, count: number): Uint8Array | null {
    if (this.missingFrom(offset, count) !== null) {
      return null;
    }
    const first = this.blockAt(offset) as Block;
    if (offset + count <= first.offset + first.bytes.length) {
      return first.bytes.subarray(offset - first.offset, offset - first.offset + count);
    }
    // A section that came in several requests.
    const whole = new Uint8Array(count);
    for (let at = offset; at < offset + count;) {
      const { offset: begin, bytes } = this.blockAt(at) as Block, piece = bytes.subarray(at - begin, offset + count - begin);
      whole.set(piece, at - offset);
      at += piece.length;
    }
    return whole;
  }
}

/** A file that comes from its first byte on. */
class WholeStream {
  private error: unknown = null;
  private readonly waiting = new Set<() => void>();

  private readonly room: GrowingBytes;

  private constructor(readonly total: number) {
    this.room = new GrowingBytes(total);
  }

  get arrived(): number {
    return this.room.length;
  }

  /** Without a stated length all of it is awaited, for a package has to say how long it is. */
  static async begin(response: Response, url: string, onProgress: (loaded: number, total: number) => void): Promise<WholeStream> {
    const stated = response.headers.get("Content-Encoding") === null ? Number(response.headers.get("Content-Length")) : 0;
    if (!(stated > 0)) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      const stream = new WholeStream(bytes.length);
      stream.room.add(bytes, url);
      onProgress(bytes.length, bytes.length);
      return stream;
    }
    const stream = new WholeStream(stated);
    void stream.fill(response, url, onProgress);
    return stream;
  }

  held(offset: number, count: number): Uint8Array | null {
    return offset + count <= this.arrived ? this.room.bytes().subarray(offset, offset + count) : null;
  }

  async until(end: number, signal?: AbortSignal): Promise<void> {
    while (this.arrived < end) {
      signal?.throwIfAborted();
      if (this.error !== null) {
        throw this.error;
      }
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  private async fill(response: Response, url: string, onProgress: (loaded: number, total: number) => void): Promise<void> {
    try {
      for await (const piece of piecesOf(response)) {
        this.room.add(piece, url);
        onProgress(this.arrived, this.total);
        this.wake();
      }
      need(this.arrived === this.total, "package-truncated", url, `${this.arrived} of ${this.total} bytes`);
    } catch (error) {
      this.error = error instanceof Refusal ? error : new Refusal("store-unreachable", url, String(error));
    }
    this.wake();
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach((resolve) => resolve());
  }
}

/** Bytes that come piece by piece: memory follows what came, not what was promised. */
class GrowingBytes {
  length = 0;
  private room = new Uint8Array(0);

  constructor(private readonly most: number) {}

  add(piece: Uint8Array, subject: string): void {
    const end = this.length + piece.length;
    need(end <= this.most, "download-too-large", subject, `more than ${this.most} bytes`);
    if (end > this.room.length) {
      const larger = new Uint8Array(Math.min(this.most, Math.max(2 * end, REQUEST_BYTES)));
      larger.set(this.room.subarray(0, this.length));
      this.room = larger;
    }
    this.room.set(piece, this.length);
    this.length = end;
  }

  bytes(): Uint8Array {
    return this.room.subarray(0, this.length);
  }
}

async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      yield next.value;
    }
  } finally {
    // Where the reader of pieces gives up, the rest is not to be sent.
    void reader?.cancel().catch(() => undefined);
  }
}

// Ranges that lie near each other as one.
function joined(ranges: ByteRange[]): ByteRange[] {
  const result: { offset: number; count: number }[] = [];
  for (const { offset, count } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    const end = offset + count;
    if (last !== undefined && offset - (last.offset + last.count) < NEAR_BYTES && end - last.offset <= REQUEST_BYTES) {
      last.count = Math.max(last.count, end - last.offset);
    } else {
      result.push({ offset, count });
    }
  }
  return result;
}
