import type { BlendPart } from "../player/blend.ts";
import { PackagedFrames } from "../player/packaged_frames.ts";
import { type GpuFrame, MOST_SOURCES } from "./gpu_frame.ts";

/** Writes which clips' detail a GPU mixes: those of a blend, the four that are seen most where there are more. */
export function writeSources(parts: readonly BlendPart[], frame: GpuFrame): void {
  const chosen = [...parts];
  while (chosen.length > MOST_SOURCES) {
    chosen.splice(leastSeen(chosen), 1);
  }
  frame.sourceCount = chosen.some((part) => framesOf(part).hasResidual) ? chosen.length : 0;
  for (let k = 0; k < frame.sourceCount; k++) {
    writeSource(k, chosen[k], frame);
  }
}

function framesOf(part: BlendPart): PackagedFrames {
  const { frames } = part.play.clip;
  if (!(frames instanceof PackagedFrames)) {
    throw new TypeError("detail is mixed of clips of packages alone");
  }
  return frames;
}

// The first of several plays; else the layer of the least share.
function leastSeen(parts: readonly BlendPart[]): number {
  if (parts[1].mask === null) {
    return 0;
  }
  let least = 1;
  for (let k = 2; k < parts.length; k++) {
    least = parts[k].share < parts[least].share ? k : least;
  }
  return least;
}

function writeSource(number: number, part: BlendPart, frame: GpuFrame): void {
  const frames = framesOf(part), source = frame.sources[number];
  source.clip = frames.clip;
  source.hasDetail = frames.hasResidual;
  source.share = number === 0 ? 1 : part.share;
  frame.setMask(number, part.mask?.joints ?? null);
  if (!source.hasDetail) {
    return;
  }
  const place = part.play.clip.detailAt(part.clipTimeS);
  const first = frame.slots[2 * number], second = frame.slots[2 * number + 1];
  // What a slot holds already stays there, whichever of the two it is.
  const isSwapped = place.first !== place.second
    && (second.holds(frames.clip, place.first) || first.holds(frames.clip, place.second));
  const [a, b] = isSwapped ? [second, first] : [first, second];
  a.take(frames.groupOf(place.first), frames.clip, place.first);
  b.take(frames.groupOf(place.second), frames.clip, place.second);
  source.fraction = isSwapped ? 1 - place.share : place.share;
}
