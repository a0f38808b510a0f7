import type { ClipGroup } from "../reader/clip_group.ts";

export type GroupState = "empty" | "waiting" | "decoding" | "ready" | "refused";

/** One room of the cache and the group that lies in it. Rooms are few and are used again: so may be buffers of a GPU. */
export class CachedGroup {
  clip = -1;
  number = -1;
  /** Counts groups that lay in this room. */
  version = 0;
  state: GroupState = "empty";
  holders = 0;
  lastUse = 0;
  error: unknown = null;
  group: ClipGroup | null = null;

  /** `room`: number of the room, from 0. */
  constructor(readonly room: number) {}

  /** The group, which has to be ready. */
  get decoded(): ClipGroup {
    if (this.group === null) {
      throw new Error(`group ${this.number} of clip ${this.clip} is not decoded yet`);
    }
    return this.group;
  }

  become(clip: number, number: number): void {
    this.clip = clip;
    this.number = number;
    this.version++;
    this.state = "waiting";
    this.error = this.group = null;
  }
}
