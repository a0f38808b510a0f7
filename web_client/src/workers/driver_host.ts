import { NodeDriver } from "../driver/node_driver.ts";
import { AvatarFrame } from "../player/avatar_frame.ts";
import type { DriverRequest, MovedNodes } from "./decoder_messages.ts";

interface Hosted {
  driver: NodeDriver;
  frame: AvatarFrame;
}

/** The side of a worker that simulates cloth and hair. */
export class DriverHost {
  private readonly hosted = new Map<number, Hosted>();

  constructor(private readonly post: (answer: { driver: number; moved: MovedNodes }, transfer: Transferable[]) => void) {}

  receive(request: DriverRequest): void {
    if (request.kind === "driver") {
      const { model, skeleton, nodeRestM } = request;
      const frame = new AvatarFrame(skeleton.parents.length, nodeRestM.length / 3);
      this.hosted.set(request.driver, { driver: new NodeDriver(model, skeleton, nodeRestM), frame });
    } else if (request.kind === "stop") {
      this.hosted.delete(request.driver);
    } else {
      this.step(request);
    }
  }

  private step({ driver: number, rootTranslationM, jointRotations, seconds, resets }: DriverRequest & { kind: "step" }): void {
    const known = this.hosted.get(number);
    if (known === undefined) {
      return;
    }
    const { driver, frame } = known;
    frame.rootTranslationM.set(rootTranslationM);
    frame.jointRotations.set(jointRotations);
    if (resets) {
      driver.reset(frame);
    }
    driver.step(frame, seconds);
    const nodeDisplacementsM = frame.nodeDisplacementsM.slice(), nodeRotations = frame.nodeRotations.slice();
    this.post(
      { driver: number, moved: { rootTranslationM, jointRotations, nodeDisplacementsM, nodeRotations } },
      [rootTranslationM, jointRotations, nodeDisplacementsM, nodeRotations].map((each) => each.buffer as ArrayBuffer),
    );
  }
}
