import type { TrackNumbering } from "../packing/track_union.ts";
import type { ClipGroup } from "../reader/clip_group.ts";
import { decodeGroup } from "../reader/group_reader.ts";
import { Refusal } from "../reader/refusal.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { DecoderAnswer, DecoderRequest } from "./decoder_messages.ts";
import { DriverHost } from "./driver_host.ts";

/** The side of a worker that decodes groups and steps drivers. `post` sends an answer to the page. */
export class DecoderWorker {
  private readonly models = new Map<string, { model: ResidualModel | null; numbering: TrackNumbering }>();

  private readonly drivers: DriverHost;

  constructor(private readonly post: (answer: DecoderAnswer, transfer: Transferable[]) => void) {
    this.drivers = new DriverHost(post);
  }

  receive(request: DecoderRequest): void {
    if (request.kind === "driver" || request.kind === "step" || request.kind === "stop") {
      this.drivers.receive(request);
      return;
    }
    if (request.kind === "forget") {
      for (const key of this.models.keys()) {
        if (key.startsWith(`${request.avatar}/`)) {
          this.models.delete(key);
        }
      }
      return;
    }
    const key = `${request.avatar}/${request.clip}`;
    if (request.kind === "model") {
      this.models.set(key, { model: request.model, numbering: request.numbering });
      return;
    }
    const { id, stored } = request;
    try {
      const known = this.models.get(key);
      if (known === undefined) {
        throw new Error(`no model of clip ${request.clip}`);
      }
      const group = decodeGroup(stored, known.model, known.numbering);
      this.post({ id, group }, buffersOf(group));
    } catch (error) {
      if (error instanceof Refusal) {
        const { code, subject, found, fix } = error;
        this.post({ id, refused: { code, subject, found, fix } }, []);
      } else {
        this.post({ id, failed: String(error) }, []);
      }
    }
  }
}

// Memory that goes over to the page without being copied.
function buffersOf({ pose, nodes, detail }: ClipGroup): Transferable[] {
  const arrays = [pose.rootTranslationM, pose.jointRotationsWxyz, ...(nodes?.coefficients ?? [])];
  for (const motion of detail) {
    if (motion !== null) {
      arrays.push(motion.sortedTracks, motion.packed.words as unknown as Int32Array);
    }
  }
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
