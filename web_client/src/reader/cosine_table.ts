const kept = new Map<number, Float64Array>();
// Clips have groups of one length, and a last one of another each; tables of many frames take megabytes.
const MOST_KEPT = 8;

/** C_f(t) for F frames, [t, f]: SPEC.md, "nodes". */
export function cosinesOf(frames: number): Float64Array {
  let table = kept.get(frames);
  if (table === undefined) {
    table = new Float64Array(frames * frames);
    for (let f = 0; f < frames; f++) {
      const gain = Math.sqrt((f === 0 ? 1 : 2) / frames);
      for (let t = 0; t < frames; t++) {
        table[t * frames + f] = gain * Math.cos((Math.PI * f * (t + 0.5)) / frames);
      }
    }
    if (kept.size === MOST_KEPT) {
      kept.delete(kept.keys().next().value as number);
    }
  } else {
    kept.delete(frames);
  }
  // Last in the order of the map: the one that was asked for longest ago is first.
  kept.set(frames, table);
  return table;
}
