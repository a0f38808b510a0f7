import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The bytes of a package of the vectors. Tests are bundled into dist/tests. */
export function validPackage(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../spec/vectors/packages/valid/${name}.a3d`, import.meta.url))));
}
