import { fetchOffers, packageUrl } from "./catalogue.ts";

/** Where avatars of this page come from. */
export interface Source {
  readonly names: readonly string[];
  /** An address or bytes. */
  open(number: number): string | Uint8Array;
  readonly clip: string | null;
}

/** A page of one file has its package in it; others ask the gateway that they come from. Throws a Refusal. */
export async function findSource(token: string | null): Promise<Source> {
  const start = document.getElementById("ani3d-start");
  if (start !== null) {
    const { name, clip } = JSON.parse(start.textContent ?? "") as { name: string; clip: string | null };
    return { names: [name], clip, open: () => bytesOf("ani3d-package") };
  }
  const offers = await fetchOffers(token);
  return {
    names: offers.map(({ id }) => id), clip: null,
    open: (number) => new URL(packageUrl(offers[number].id), location.href).href,
  };
}

/** The worker beside the page, or the one in it. */
export function startWorker(): Worker {
  if (document.getElementById("ani3d-worker") === null) {
    return new Worker("viewer.worker.js");
  }
  return new Worker(URL.createObjectURL(new Blob([bytesOf("ani3d-worker")], { type: "text/javascript" })));
}

export function isSinglePage(): boolean {
  return document.getElementById("ani3d-start") !== null;
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const text = atob(document.getElementById(id)?.textContent ?? ""), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}
