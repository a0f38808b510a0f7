import type { CachedGroup } from "./cached_group.ts";
import type { GroupCache } from "./group_cache.ts";

interface Held {
  readonly group: CachedGroup;
  isWanted: boolean;
  isShown: boolean;
}

/** Groups of one clip that one play needs. */
export class HeldGroups {
  private held: Held[] = [];

  constructor(private readonly cache: GroupCache, private readonly clip: number) {}

  /** A group, decoded here and now where it is not. Of others no more than `most` − 1 are kept. */
  needed(number: number, most: number): CachedGroup {
    let held = this.find(number);
    if (held === undefined) {
      if (this.held.length >= most) {
        this.drop(this.held[0]);
      }
      held = this.add(number);
    }
    this.cache.wait(held.group);
    return held.group;
  }

  beginWanting(): void {
    this.held.forEach((each) => (each.isWanted = false));
  }

  /** Whether it is here; where it is only wanted ahead, whether it is, or was refused. */
  want(number: number, isAhead: boolean): boolean {
    const held = this.find(number) ?? this.add(number);
    held.isWanted = true;
    return isAhead ? this.cache.isDecided(held.group) : this.cache.isReady(held.group);
  }

  /** Drops what is neither wanted nor, until that is here, shown. */
  endWanting(isShown: boolean): void {
    for (const each of [...this.held]) {
      if (isShown) {
        each.isShown = each.isWanted;
      }
      if (!each.isWanted && !each.isShown) {
        this.drop(each);
      }
    }
  }

  clear(): void {
    [...this.held].forEach((each) => this.drop(each));
  }

  private find(number: number): Held | undefined {
    return this.held.find((each) => each.group.number === number);
  }

  private add(number: number): Held {
    const held = { group: this.cache.hold(this.clip, number), isWanted: false, isShown: false };
    this.held.push(held);
    return held;
  }

  private drop(held: Held): void {
    this.cache.release(held.group);
    this.held = this.held.filter((each) => each !== held);
  }
}
