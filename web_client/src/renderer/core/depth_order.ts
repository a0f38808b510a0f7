const KEYS = 65536;
export const UNSEEN_KEY = KEYS - 1;

/** Gaussians from far to near, by the keys of `View`: a stable sort by counting, as the kernels' is. */
export class DepthOrder {
  /** Numbers of Gaussians; those that are not seen come last. */
  order = new Uint32Array(0);
  seenCount = 0;

  private readonly places = new Uint32Array(KEYS + 1);

  /** `keys`: one each `stride` values. `room`: length of `order`, which may be rounded up. */
  sort(keys: Uint32Array, count: number, stride: number, room: number): void {
    const { places } = this;
    if (this.order.length !== room) {
      this.order = new Uint32Array(room);
    }
    places.fill(0);
    for (let i = 0, at = 0; i < count; i++, at += stride) {
      places[keys[at] + 1]++;
    }
    this.seenCount = count - places[KEYS];
    for (let key = 1; key < KEYS; key++) {
      places[key] += places[key - 1];
    }
    for (let i = 0, at = 0; i < count; i++, at += stride) {
      this.order[places[keys[at]]++] = i;
    }
  }
}
