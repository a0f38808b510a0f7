/** Where a package lies. What is read has to be here already. */
export interface ByteSource {
  readonly length: number;
  /** A view, not a copy: nobody changes it. */
  read(offset: number, count: number): Uint8Array;
}

/** A whole file in memory. */
export class MemorySource implements ByteSource {
  constructor(private readonly bytes: Uint8Array) {}

  get length(): number {
    return this.bytes.length;
  }

  read(offset: number, count: number): Uint8Array {
    return this.bytes.subarray(offset, offset + count);
  }
}
