import type { RefusalFacts } from "./refusal_facts.ts";

/** One thing to look at: an avatar, or a live session of one. */
export interface Source {
  /** As links name it. */
  readonly id: string;
  readonly label: string;
  readonly avatarId: string;
  /** Of the live session; null where the source has clips. */
  readonly session: string | null;
  /** What there is to say of it. */
  readonly details: string;
  /** Of the package; empty where it is not known. */
  readonly digest: string;
  /** Clip to begin with. */
  readonly clip: string | null;
  /** Where the package is, or its bytes. */
  open(): string | Uint8Array;
}

/** A file beside the others that cannot be shown, and why. */
export interface BrokenPackage {
  readonly fileName: string;
  readonly why: RefusalFacts;
}

/** What is in a page of one file; null in others. */
export function sourceOfThisPage(): Source | null {
  const start = document.getElementById("ani3d-start");
  if (start === null) {
    return null;
  }
  const { name, clip } = JSON.parse(start.textContent ?? "") as { name: string; clip: string | null };
  return { id: name, label: name, avatarId: name, session: null, details: "", digest: "", clip, open: () => bytesOf("ani3d-package") };
}

export function isSinglePage(): boolean {
  return document.getElementById("ani3d-start") !== null;
}

/** The worker beside the page, or the one in it. */
export function startWorker(): Worker {
  if (document.getElementById("ani3d-worker") === null) {
    return new Worker("viewer.worker.js");
  }
  const url = URL.createObjectURL(new Blob([bytesOf("ani3d-worker")], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const text = atob(document.getElementById(id)?.textContent ?? ""), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}
