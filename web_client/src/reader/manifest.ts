/** What a package says about itself: SPEC-container.md, "Manifest". */
export interface Manifest {
  readonly writer: string;
  readonly avatarName: string;
  readonly gaussianCount: number;
  readonly jointCount: number;
  readonly shDegree: number;
  /** Gaussians of each level of detail, coarsest first. */
  readonly levelSizes: readonly number[];
  readonly partCounts: readonly number[];
  readonly nodeCount: number;
  readonly correctiveCount: number;
  readonly framesPerGroup: number;
  readonly partMaxErrorM: readonly number[];
  readonly partMaxShapeErrorM: readonly number[];
  readonly maxErrorM: number;
  readonly canonicalErrorM: number;
  readonly maxShapeErrorM: number;
  readonly maxColourError: number;
  readonly clips: readonly ClipInfo[];
  readonly provenance: ReadonlyMap<string, string>;
}

/** One clip of the manifest. */
export interface ClipInfo {
  readonly name: string;
  readonly fps: number;
  readonly frameCount: number;
  readonly hasResidual: boolean;
  readonly loops: boolean;
  readonly inPlace: boolean;
  readonly travel: Travel | null;
  readonly markers: readonly Marker[];
}

/** What the root's path goes on by in a period of a looping clip. */
export interface Travel {
  readonly translationM: readonly [number, number, number];
  readonly headingRad: number;
}

/** A named time of a clip. */
export interface Marker {
  readonly name: string;
  readonly timeS: number;
  readonly kind: string;
}

/** Seconds: the period where it loops, else the time of its last frame. */
export function durationOf(clip: ClipInfo): number {
  return (clip.loops ? clip.frameCount : clip.frameCount - 1) / clip.fps;
}

/** Groups of frames of a clip. */
export function groupCountOf(manifest: Manifest, clip: ClipInfo): number {
  return Math.ceil(clip.frameCount / manifest.framesPerGroup);
}

/** Gaussians of the first `levels` levels of detail. */
export function gaussiansOf(manifest: Manifest, levels: number): number {
  return manifest.levelSizes.slice(0, levels).reduce((sum, size) => sum + size, 0);
}

/** The number of the clip of a name; −1 where there is none. */
export function findClip(manifest: Manifest, name: string): number {
  return manifest.clips.findIndex((clip) => clip.name === name);
}
