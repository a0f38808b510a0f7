import { Refusal } from "../reader/refusal.ts";

/** What a person is told of an error. */
export interface RefusalFacts {
  readonly code: string;
  readonly subject: string;
  readonly found: string;
  readonly fix: string;
  readonly family: string;
}

export function factsOf(error: unknown): RefusalFacts {
  if (error instanceof Refusal) {
    return error;
  }
  return {
    code: "page-failed", subject: "viewer", found: String(error), fix: "Reload the page, and report this if it stays.",
    family: "unknown",
  };
}
