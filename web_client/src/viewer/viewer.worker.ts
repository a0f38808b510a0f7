import { PlayableAvatar } from "../player/playable_avatar.ts";
import { Refusal } from "../reader/refusal.ts";
import type { PictureOrder, RefusalFacts, SceneAnswer, SceneRequest } from "./messages.ts";
import { Scene } from "./scene.ts";

// The entry of the worker's bundle: reads, poses and sorts, so that the page never stands still.
interface Scope {
  onmessage: ((event: MessageEvent<SceneRequest>) => void) | null;
  postMessage(message: SceneAnswer, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
const spare: ArrayBuffer[] = [];
let scene: Scene | null = null;

function answer(message: SceneAnswer, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

async function open(source: string | Uint8Array, token: string | null): Promise<void> {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const onProgress = (loaded: number, total: number): void => answer({ kind: "progress", loaded, total });
  scene = new Scene(await PlayableAvatar.open(source, { headers, onProgress }));
  answer({ kind: "opened", facts: scene.facts });
  await scene.fetchLevels();
}

function paint(order: PictureOrder): void {
  const room = (bytes: number): ArrayBuffer => {
    const kept = spare.pop();
    return kept?.byteLength === bytes ? kept : new ArrayBuffer(bytes);
  };
  const picture = scene === null ? null : scene.paint(order, room);
  if (picture === null) {
    answer({ kind: "waiting" });
  } else {
    answer({ kind: "picture", ...picture, timeS: order.timeS }, picture.layers.map(({ texels }) => texels));
  }
}

function refuse(error: unknown): void {
  answer({ kind: "refused", refusal: factsOf(error) });
}

function factsOf(error: unknown): RefusalFacts {
  if (error instanceof Refusal) {
    const { code, subject, found, fix, family } = error;
    return { code, subject, found, fix, family };
  }
  return {
    code: "page-failed", subject: "viewer", found: String(error), fix: "Reload the page, and report this if it stays.",
    family: "unknown",
  };
}

scope.onmessage = ({ data }) => {
  if (data.kind === "open") {
    open(data.source, data.token).catch(refuse);
    return;
  }
  spare.push(...data.spent);
  spare.splice(0, Math.max(0, spare.length - 4));
  try {
    paint(data.order);
  } catch (error) {
    refuse(error);
  }
};
