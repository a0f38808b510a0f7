import type { AvatarFrame } from "../player/avatar_frame.ts";

/** Scales what the residual layer does in a frame: 0 leaves the rigid layer, 1 everything as it was baked. */
export function applyGain(frame: AvatarFrame, gain: number): void {
  if (gain === 1) {
    return;
  }
  scale(frame.nodeDisplacementsM, gain);
  scaleTurns(frame.nodeRotations, gain);
  const { detail } = frame;
  if (gain === 0) {
    frame.detail = null;
  } else if (detail !== null) {
    scale(detail.positionM, gain);
    scale(detail.logScale, gain);
    scale(detail.colour, gain);
    scaleTurns(detail.rotation, gain);
  }
}

function scale(values: Float64Array, gain: number): void {
  for (let k = 0; k < values.length; k++) {
    values[k] *= gain;
  }
}

// The angle of each turn; the shorter way round.
function scaleTurns(turns: Float64Array, gain: number): void {
  for (let at = 0; at < turns.length; at += 4) {
    const sign = turns[at] < 0 ? -1 : 1, sine = Math.hypot(turns[at + 1], turns[at + 2], turns[at + 3]);
    const half = gain * Math.atan2(sine, sign * turns[at]), axis = sine > 0 ? (sign * Math.sin(half)) / sine : 0;
    turns[at] = Math.cos(half);
    for (let k = 1; k < 4; k++) {
      turns[at + k] *= axis;
    }
  }
}
