import { durationOf, type Marker } from "../reader/manifest.ts";
import type { Play } from "./play.ts";

// A step over more than this is a jump of the clock.
const MOST = 1000;

/** Markers that a play passes from one time of its clock to another, not folded; that of the first one where it starts. */
export function passedMarkers(play: Play, beforeS: number, afterS: number, isStart: boolean): Marker[] {
  const { clip, clip: { markers } } = play.clip, { clock } = play, passed: Marker[] = [];
  if (markers.length === 0 || beforeS === afterS) {
    return passed;
  }
  const lowest = clock.foldS > 0 ? clock.lowestS : 0;
  const period = clock.foldS > 0 ? clock.foldS : clip.loops ? durationOf(clip) : 0;
  const isBack = afterS < beforeS;
  const first = period > 0 ? Math.floor((beforeS - lowest) / period) : 0;
  const last = period > 0 ? Math.floor((afterS - lowest) / period) : 0;
  const inOrder = isBack ? [...markers].reverse() : markers;
  for (let turn = first; passed.length < MOST; turn += isBack ? -1 : 1) {
    for (const marker of inOrder) {
      const isRepeated = period === 0 || (marker.timeS >= lowest && marker.timeS < lowest + period);
      const time = marker.timeS + turn * period;
      const isPassed = isBack ? time >= afterS && time < beforeS : time > beforeS && time <= afterS;
      if (isRepeated && (isPassed || (isStart && time === beforeS))) {
        passed.push(marker);
      }
    }
    if (turn === last) {
      break;
    }
  }
  return passed;
}
