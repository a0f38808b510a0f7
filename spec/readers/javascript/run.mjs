// node run.mjs FILE… prints what each package holds as one line of canonical JSON, or {"refused": code}.

import { readFileSync } from "node:fs";
import { Package } from "./package.mjs";
import { Refusal } from "./refusal.mjs";
import { report } from "./report.mjs";

function outcome(path) {
  try {
    return report(new Package(new Uint8Array(readFileSync(path))));
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    throw error;
  }
}

for (const path of process.argv.slice(2)) console.log(JSON.stringify(sorted(outcome(path))));

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
