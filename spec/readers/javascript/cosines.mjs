// The orthonormal cosine transform over the frames of a group.

// C[f * frames + t]
export function cosines(frames) {
  const table = new Float64Array(frames * frames);
  for (let f = 0; f < frames; f++) {
    const gain = Math.sqrt((f === 0 ? 1 : 2) / frames);
    for (let t = 0; t < frames; t++) table[f * frames + t] = gain * Math.cos((Math.PI * f * (t + 0.5)) / frames);
  }
  return table;
}
