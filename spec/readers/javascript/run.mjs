// A runner: node run.mjs KIND FILE… prints one line of JSON for each file, node run.mjs --features what it can do.
// spec/vectors/README.md has the protocol.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as zlib from "node:zlib";
import { blended } from "./blend.mjs";
import { driven } from "./drive.mjs";
import { evaluated } from "./golden.mjs";
import { shown } from "./levels.mjs";
import { decoded } from "./light.mjs";
import { Package } from "./package.mjs";
import { played } from "./playback.mjs";
import { Refusal } from "./refusal.mjs";
import { report } from "./report.mjs";

const ANSWERS = {
  packages: outcome,
  golden: (bytes) => evaluated(parsed(bytes)),
  light: (bytes) => decoded(parsed(bytes)),
  driver: (bytes) => driven(parsed(bytes)),
  playback: (bytes) => played(parsed(bytes)),
  blend: (bytes) => blended(parsed(bytes)),
  levels: (bytes) => shown(parsed(bytes)),
};
const ALWAYS = ["residual", "further", "exact", "driver-section", "lz4", "stdin"];

function outcome(bytes) {
  try {
    return report(new Package(new Uint8Array(bytes)));
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    throw error;
  }
}

function about() {
  const zstd = zlib.zstdDecompressSync === undefined ? [] : ["zstd"];
  return { name: "javascript", version: "1.0", features: [...Object.keys(ANSWERS), ...ALWAYS, ...zstd] };
}

function parsed(bytes) {
  return JSON.parse(bytes.toString("utf8"));
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function show(answer) {
  console.log(JSON.stringify(sorted(answer)));
}

async function main([kind, ...files]) {
  if (kind === "--features") return show(about());
  const answer = Object.hasOwn(ANSWERS, kind ?? "") ? ANSWERS[kind] : null;
  if (answer === null) {
    console.error(`usage: run.mjs --features | ${Object.keys(ANSWERS).join("|")} FILE… | KIND -`);
    process.exitCode = 2;
    return;
  }
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const file of files.length === 1 && files[0] === "-" ? lines : files) show(answer(readFileSync(file)));
  lines.close();
}

await main(process.argv.slice(2));
