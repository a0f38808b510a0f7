import type { TrackNumbering } from "../packing/track_union.ts";
import type { ClipGroup } from "../reader/clip_group.ts";
import type { StoredGroup } from "../reader/group_reader.ts";
import { Refusal } from "../reader/refusal.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { DecoderAnswer, DecoderRequest } from "./decoder_messages.ts";

/** A worker, or what stands for one. */
export interface WorkerPort {
  postMessage(message: DecoderRequest, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<DecoderAnswer>) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
}

interface Asked {
  resolve(group: ClipGroup): void;
  reject(error: unknown): void;
}

let avatars = 0;

/** Has the groups of one avatar decoded by a worker, which several avatars may share. */
export class WorkerDecoder {
  private static readonly answers = new WeakMap<WorkerPort, Map<number, Asked>>();
  private static ids = 0;

  private readonly avatar = ++avatars;
  private readonly known = new Set<number>();
  private readonly asked: Map<number, Asked>;

  constructor(private readonly worker: WorkerPort) {
    this.asked = WorkerDecoder.listenTo(worker);
  }

  /** `model` of the clip, and its numbering, are sent once. */
  decode(clip: number, stored: StoredGroup, model: ResidualModel | null, numbering: TrackNumbering): Promise<ClipGroup> {
    if (!this.known.has(clip)) {
      this.known.add(clip);
      this.worker.postMessage({ kind: "model", avatar: this.avatar, clip, model, numbering });
    }
    const id = ++WorkerDecoder.ids;
    // Views of the package's own memory: copies go over.
    const sections = stored.sections.map(({ entry, bytes }) => ({ entry, bytes: bytes.slice() }));
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.worker.postMessage(
        { kind: "group", avatar: this.avatar, clip, id, stored: { ...stored, sections } },
        sections.map(({ bytes }) => bytes.buffer as ArrayBuffer),
      );
    });
  }

  /** The worker forgets the avatar's models. */
  dispose(): void {
    this.worker.postMessage({ kind: "forget", avatar: this.avatar });
  }

  private static listenTo(worker: WorkerPort): Map<number, Asked> {
    let asked = WorkerDecoder.answers.get(worker);
    if (asked === undefined) {
      const waiting = asked = new Map<number, Asked>();
      WorkerDecoder.answers.set(worker, waiting);
      worker.addEventListener("message", ({ data }) => {
        if ("driver" in data) {
          return;
        }
        const one = waiting.get(data.id);
        waiting.delete(data.id);
        if ("group" in data) {
          one?.resolve(data.group);
        } else if ("refused" in data) {
          const { code, subject, found, fix } = data.refused;
          one?.reject(new Refusal(code, subject, found, fix));
        } else {
          one?.reject(new Error(data.failed));
        }
      });
      worker.addEventListener("error", (event) => {
        waiting.forEach((one) => one.reject(new Error(`the worker that decodes has ended: ${event.message}`)));
        waiting.clear();
      });
    }
    return asked;
  }
}
