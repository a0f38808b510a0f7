import type { DriverModel } from "../driver/driver_model.ts";
import type { AvatarFrame } from "../player/avatar_frame.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import type { MovedNodes } from "./decoder_messages.ts";
import type { WorkerPort } from "./worker_decoder.ts";

let drivers = 0;

interface Step {
  rootTranslationM: Float64Array<ArrayBuffer>;
  jointRotations: Float64Array<ArrayBuffer>;
  seconds: number;
  resets: boolean;
}

/** A driver in a worker: cloth and hair are simulated off the main thread, and shown with their pose when they come back. */
export class WorkerDriver {
  private readonly number = ++drivers;
  private isBusy = false;
  /** Poses that came while the worker was at work, as one step. */
  private waiting: Step | null = null;

  /** `onMoved` takes a pose with its nodes. `onFailed`: the worker has ended. */
  constructor(
    private readonly worker: WorkerPort, model: DriverModel, skeleton: Skeleton, nodeRestM: Float32Array,
    private readonly onMoved: (moved: MovedNodes) => void, onFailed: (error: Error) => void,
  ) {
    worker.postMessage({ kind: "driver", driver: this.number, model, skeleton, nodeRestM });
    worker.addEventListener("message", ({ data }) => {
      if ("driver" in data && data.driver === this.number) {
        this.take(data.moved);
      }
    });
    worker.addEventListener("error", (event) => onFailed(new Error(`the worker that simulates has ended: ${event.message}`)));
  }

  /** Goes on to a pose. `resets` puts cloth at rest in it first. */
  step(pose: AvatarFrame, seconds: number, resets: boolean): void {
    const before = this.waiting;
    this.waiting = {
      rootTranslationM: pose.rootTranslationM.slice(), jointRotations: pose.jointRotations.slice(),
      seconds: resets || before === null ? seconds : before.seconds + seconds, resets: resets || (before?.resets ?? false),
    };
    this.send();
  }

  dispose(): void {
    this.worker.postMessage({ kind: "stop", driver: this.number });
  }

  private send(): void {
    const step = this.waiting;
    if (step !== null && !this.isBusy) {
      this.isBusy = true;
      this.waiting = null;
      this.worker.postMessage({ kind: "step", driver: this.number, ...step }, [step.rootTranslationM.buffer, step.jointRotations.buffer]);
    }
  }

  private take(moved: MovedNodes): void {
    this.isBusy = false;
    this.onMoved(moved);
    this.send();
  }
}
