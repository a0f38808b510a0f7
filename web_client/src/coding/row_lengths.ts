/** Lengths of the rows of a table, none longer than the one before. */
export interface RowLengths {
  readonly count: number;
  readonly total: number;
  /** Length of row r: each[floor(r / repeats)]; one entry stands for all where `each` is null. */
  readonly each: Int32Array | null;
  readonly width: number;
  readonly repeats: number;
}

export function equalRows(count: number, width: number): RowLengths {
  return { count, total: count * width, each: null, width, repeats: 1 };
}

/** Each length `repeats` times. */
export function repeatedRows(lengths: Int32Array, repeats: number): RowLengths {
  let total = 0;
  for (const length of lengths) {
    total += repeats * length;
  }
  return { count: repeats * lengths.length, total, each: lengths, width: 0, repeats };
}

export function rowLength(rows: RowLengths, row: number): number {
  return rows.each === null ? rows.width : rows.each[rows.repeats === 1 ? row : (row / rows.repeats) | 0];
}
