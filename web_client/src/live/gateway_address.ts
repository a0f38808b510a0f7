import { Refusal } from "../reader/refusal.ts";
import { now, RoundTrip } from "./round_trip.ts";
import { refusalOf } from "./server_refusal.ts";

const PROTOCOL = "ani3d.v1";
// Of a catalogue of 20,000 avatars; whatever a server says, no page takes more.
const MOST_BYTES = 16e6;

export interface JsonRequest {
  method?: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
}

/** Where a gateway listens, and the token that it takes. */
export class GatewayAddress {
  /** Without a slash at its end. */
  readonly origin: string;
  /** As its answers show it. */
  readonly roundTrip = new RoundTrip();

  /** `address`: an HTTP URL, or HOST:PORT. */
  constructor(address: string, readonly token: string | null = null) {
    const url = new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
    this.origin = url.origin;
  }

  /** Headers of requests. */
  get headers(): Record<string, string> {
    return this.token === null ? {} : { Authorization: `Bearer ${this.token}` };
  }

  /** Browsers cannot set headers of sockets: the token is a protocol beside the real one. */
  socket(path: string): { url: string; protocols: string[] } {
    const protocols = this.token === null ? [PROTOCOL] : [PROTOCOL, `ani3d.token.${this.token}`];
    return { url: this.origin.replace(/^http/, "ws") + path, protocols };
  }

  /** JSON of an answer. Refuses with the code that the gateway says, or with `service-unreachable`. */
  async json(path: string, signal?: AbortSignal, { headers = {}, ...init }: JsonRequest = {}): Promise<unknown> {
    let response: Response, text: string;
    const askedS = now();
    try {
      response = await fetch(this.origin + path, { ...init, headers: { ...this.headers, ...headers }, signal: signal ?? null });
      this.roundTrip.took(now() - askedS);
      text = await textOf(response, this.origin);
    } catch (error) {
      if (signal?.aborted || error instanceof Refusal) {
        throw error;
      }
      throw new Refusal("service-unreachable", this.origin, String(error));
    }
    if (!response.ok) {
      throw refusalOf(text);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new Refusal("service-not-ani3d", this.origin, "an answer that is not JSON", "Check the address.");
    }
  }
}

async function textOf(response: Response, origin: string): Promise<string> {
  const reader = response.body?.getReader(), decoder = new TextDecoder();
  let text = "", count = 0;
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
    count += next.value.length;
    if (count > MOST_BYTES) {
      void reader?.cancel();
      throw new Refusal("download-too-large", origin, `an answer of more than ${MOST_BYTES} bytes`, "Check the address.");
    }
    text += decoder.decode(next.value, { stream: true });
  }
  return text + decoder.decode();
}
