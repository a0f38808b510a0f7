// A file that is refused, with the code that SPEC.md and SPEC-container.md give the reason.

export class Refusal extends Error {
  constructor(code, about = "") {
    super(`${code}${about ? `: ${about}` : ""}`);
    this.code = code;
  }
}

export function refuseUnless(holds, code, about) {
  if (!holds) throw new Refusal(code, about);
}
