import type { AvatarFacts, Bounds, PictureOrder, RefusalFacts, SceneAnswer, ScreenLayer } from "./messages.ts";
import { startWorker } from "./sources.ts";

export interface StageListener {
  opened(facts: AvatarFacts): void;
  progressed(loaded: number, total: number): void;
  /** `waitMs`: from the order to the picture. */
  painted(picture: SceneAnswer & { kind: "picture" }, waitMs: number): void;
  refused(refusal: RefusalFacts): void;
}

/** The worker with the avatar: one order at a time. */
export class Stage {
  /** What is shown; drawn again where only the canvas changed. */
  layers: readonly ScreenLayer[] = [];
  bounds: Bounds | null = null;
  isBusy = false;
  isWaiting = false;

  private readonly worker: Worker;
  private spent: ArrayBuffer[] = [];
  private orderedMs = 0;

  constructor(source: string | Uint8Array, token: string | null, private readonly listener: StageListener) {
    this.worker = startWorker();
    this.worker.onmessage = ({ data }: MessageEvent<SceneAnswer>) => this.take(data);
    this.worker.onerror = (event) => {
      this.listener.refused({
        code: "page-failed", subject: "viewer", found: event.message || "its worker does not start", family: "unknown",
        fix: "Reload the page, and report this if it stays.",
      });
    };
    this.worker.postMessage({ kind: "open", source, token });
  }

  order(order: PictureOrder): void {
    this.isBusy = true;
    this.orderedMs = performance.now();
    const { spent } = this;
    this.spent = [];
    this.worker.postMessage({ kind: "paint", order, spent }, spent);
  }

  close(): void {
    this.worker.terminate();
  }

  private take(answer: SceneAnswer): void {
    if (answer.kind === "opened") {
      this.listener.opened(answer.facts);
    } else if (answer.kind === "progress") {
      this.listener.progressed(answer.loaded, answer.total);
    } else if (answer.kind === "picture") {
      this.isBusy = this.isWaiting = false;
      this.spent = this.layers.map(({ texels }) => texels);
      this.layers = answer.layers;
      this.bounds = answer.bounds;
      this.listener.painted(answer, performance.now() - this.orderedMs);
    } else if (answer.kind === "waiting") {
      this.isBusy = false;
      this.isWaiting = true;
    } else {
      this.isBusy = false;
      this.listener.refused(answer.refusal);
    }
  }
}
