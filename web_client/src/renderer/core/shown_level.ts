import { gaussiansOf, type Manifest } from "../../reader/manifest.ts";

/** What is drawn at a level of detail, or on the way from one to the next: SPEC.md, "Between levels". */
export interface ShownLevel {
  /** The level, or the coarser of the two. */
  readonly coarse: number;
  /** Of the way to the level after it, 0 … 1, below 1. */
  readonly share: number;
  readonly gaussians: number;
  /** Gaussians that have a look of their own at `coarse`, and at the level after it; 0 at the last level. */
  readonly lookCount: number;
  readonly nextLookCount: number;
}

/** `wanted`: a level, such as 2, or a place between two, such as 2.25; `uploaded` is the last that is there. */
export function shownLevel(manifest: Manifest, wanted: number, uploaded: number): ShownLevel {
  const place = Math.min(Math.max(Number.isNaN(wanted) ? uploaded : wanted, 0), uploaded), coarse = Math.floor(place), share = place - coarse;
  const looksOf = (level: number): number => (level < manifest.levelSizes.length - 1 ? gaussiansOf(manifest, level + 1) : 0);
  return {
    coarse, share, gaussians: gaussiansOf(manifest, coarse + (share > 0 ? 2 : 1)), lookCount: looksOf(coarse),
    nextLookCount: share > 0 ? looksOf(coarse + 1) : 0,
  };
}

/** b of `LookOf` in shaders/SplatRows.hlsl. */
export function levelShareOf({ lookCount, share }: ShownLevel): number {
  return lookCount > 0 ? share : 1;
}

// Spec: grown over 0.2 s a level shows no step.
const FADE_S = 0.2;

/** Goes from level to level steadily, so that none is seen to come. */
export class LevelFade {
  constructor(private place: number) {}

  /** Where it is after `seconds` on the way to a level; there at once where `isCut`. */
  toward(level: number, seconds: number, isCut = false): number {
    const most = seconds / FADE_S, way = level - this.place;
    this.place = isCut || Math.abs(way) <= most ? level : this.place + Math.sign(way) * most;
    return this.place;
  }
}
