/** The browser cannot draw: what it lacks, and what a person can do. */
export class GraphicsError extends Error {
  override readonly name = "GraphicsError";

  constructor(readonly found: string, readonly fix: string) {
    super(`${found}. ${fix}`);
  }
}
