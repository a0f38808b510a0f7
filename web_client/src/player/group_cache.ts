import type { ClipGroup } from "../reader/clip_group.ts";
import { CachedGroup } from "./cached_group.ts";

/** Who decodes groups. */
export interface GroupDecoder {
  /** Here and now. */
  decode(clip: number, number: number): ClipGroup;
  /** Elsewhere, and what it needs is fetched before; null: only here and now. */
  decodeLater: ((clip: number, number: number) => Promise<ClipGroup>) | null;
}

// What is shown, what comes next, and what was shown before: taps lie in both where groups meet.
const FEWEST_ROOMS = 3;

/** Decoded groups that somebody holds, and a few that were held last. */
export class GroupCache {
  private readonly groups = new Map<string, CachedGroup>();
  private readonly rooms: CachedGroup[] = [];
  private uses = 0;

  constructor(private readonly decoder: GroupDecoder) {}

  get roomCount(): number {
    return this.rooms.length;
  }

  /** Asks for a group and keeps it until it is released. */
  hold(clip: number, number: number): CachedGroup {
    const key = `${clip}/${number}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = this.freeRoom();
      group.become(clip, number);
      this.groups.set(key, group);
    } else if (group.state === "refused" && group.holders === 0) {
      group.become(clip, number);
    }
    group.holders++;
    group.lastUse = ++this.uses;
    this.begin(group);
    return group;
  }

  release(group: CachedGroup): void {
    group.holders--;
  }

  /** Throws what went wrong with it. */
  isReady(group: CachedGroup): boolean {
    if (this.decoder.decodeLater === null) {
      this.wait(group);
    }
    if (group.state === "refused") {
      throw group.error;
    }
    return group.state === "ready";
  }

  isDecided(group: CachedGroup): boolean {
    return group.state === "ready" || group.state === "refused";
  }

  /** Decodes a group here and now, where it is not. */
  wait(group: CachedGroup): void {
    if (!this.isDecided(group)) {
      this.finish(group, () => this.decoder.decode(group.clip, group.number));
    }
    if (group.state === "refused") {
      throw group.error;
    }
  }

  // The one that nobody holds and was asked for the longest ago, or a new one.
  private freeRoom(): CachedGroup {
    let free: CachedGroup | null = null;
    for (const room of this.rooms.length >= FEWEST_ROOMS ? this.rooms : []) {
      if (room.holders === 0 && room.state !== "decoding" && (free === null || room.lastUse < free.lastUse)) {
        free = room;
      }
    }
    if (free === null) {
      free = new CachedGroup(this.rooms.length);
      this.rooms.push(free);
    } else {
      this.groups.delete(`${free.clip}/${free.number}`);
    }
    return free;
  }

  private begin(group: CachedGroup): void {
    const { decodeLater } = this.decoder;
    if (decodeLater === null || group.state !== "waiting") {
      return;
    }
    group.state = "decoding";
    const { version } = group;
    // Somebody may have waited for it meanwhile.
    const isAsked = (): boolean => group.version === version && group.state === "decoding";
    decodeLater(group.clip, group.number).then(
      (decoded) => isAsked() && this.finish(group, () => decoded),
      (error: unknown) => isAsked() && this.finish(group, () => {
        throw error;
      }),
    );
  }

  private finish(group: CachedGroup, decode: () => ClipGroup): void {
    try {
      group.group = decode();
      group.state = "ready";
    } catch (error) {
      group.error = error;
      group.state = "refused";
    }
  }
}
