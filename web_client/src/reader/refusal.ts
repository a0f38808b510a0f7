import { FAMILY_OF } from "../generated/format.ts";

const FIXES: Readonly<Record<string, string>> = {
  foreign: "Choose an .a3d package.",
  future: "Update this page: a newer version wrote the package.",
  "codec-missing": "Bake the package with --entropy rans, which every reader has.",
  light: "Wait for a key frame, or ask for one.",
  connection: "Check that the server runs and that the address is right.",
  access: "Open the address that `ani3d serve` printed, with its token.",
};

/** A package, a frame or a connection that cannot be used: docs/refusals.md lists the codes. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly fix: string;

  constructor(readonly code: string, readonly subject: string, readonly found: string, fix?: string) {
    const told = fix ?? FIXES[FAMILY_OF.get(code) ?? ""] ?? "Fetch the package again, or bake it again.";
    super(`${code}: ${subject}: ${found}. ${told}`);
    this.fix = told;
  }

  get family(): string {
    return FAMILY_OF.get(this.code) ?? "unknown";
  }
}

/** Refuses where something does not hold. In loops make the text only where it is needed. */
export function need(holds: boolean, code: string, subject: string, found: string): asserts holds {
  if (!holds) {
    throw new Refusal(code, subject, found);
  }
}
