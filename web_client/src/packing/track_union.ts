const NONE = new Int32Array(0);

/** One numbering of the tracks of all clips of a package: the model's, then those that any clip adds, each once. */
export class TrackUnion {
  /** [T] */
  readonly gaussians: Int32Array;
  private readonly ofClips: (Int32Array | null)[];
  private readonly others: (Int32Array | null)[];
  private readonly afterModel: Int32Array;

  /** `moving`: Gaussians of the model's tracks. `further`: those that each clip adds. */
  constructor(moving: Int32Array, further: readonly Int32Array[]) {
    const gaussians = Array.from(moving), trackOf = new Map<number, number>();
    const numberOf = (gaussian: number): number => {
      const known = trackOf.get(gaussian) ?? gaussians.length;
      if (known === gaussians.length) {
        trackOf.set(gaussian, known);
        gaussians.push(gaussian);
      }
      return known;
    };
    this.ofClips = further.map((added) => {
      const own = added.length === 0 ? null : new Int32Array(moving.length + added.length);
      own?.forEach((_, track) => (own[track] = track < moving.length ? track : numberOf(added[track - moving.length])));
      return own;
    });
    this.gaussians = Int32Array.from(gaussians);
    this.afterModel = Int32Array.from({ length: gaussians.length - moving.length }, (_, i) => moving.length + i);
    this.others = this.ofClips.map((own) => {
      const known = new Set(own);
      return own === null ? null : this.afterModel.filter((track) => !known.has(track));
    });
  }

  get count(): number {
    return this.gaussians.length;
  }

  /** Numbers of a clip's tracks here; of a clip without tracks of its own they are the same. */
  numberingOf(clip: number): TrackNumbering {
    return { numbers: this.ofClips[clip], others: this.others[clip] ?? this.afterModel };
  }
}

/** Numbers of a clip's tracks among those of all clips. Plain data. */
export interface TrackNumbering {
  /** Null: as they are. */
  readonly numbers: Int32Array | null;
  /** Tracks that the clip has not. */
  readonly others: Int32Array;
}

/** Of a clip that stands alone. */
export const OWN_NUMBERS: TrackNumbering = { numbers: null, others: NONE };
