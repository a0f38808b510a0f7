import type { DecoderRequest } from "./decoder_messages.ts";
import { DecoderWorker } from "./decoder_worker.ts";

// The entry of the worker's bundle.
interface Scope {
  onmessage: ((event: MessageEvent<DecoderRequest>) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
const worker = new DecoderWorker((answer, transfer) => scope.postMessage(answer, transfer));
scope.onmessage = ({ data }) => worker.receive(data);
