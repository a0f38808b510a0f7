// The runner of spec/vectors: KIND FILE… prints one line of JSON for each file, --features what it can do.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { driverAnswer, goldenAnswer, levelsAnswer, lightAnswer } from "./answers.ts";
import type { Json } from "./arrays.ts";
import { blendAnswer, playbackAnswer } from "./motion_answers.ts";
import { packageAnswer } from "./package_report.ts";

const parsed = (answer: (vector: Json) => object) => (bytes: Uint8Array): object =>
  answer(JSON.parse(new TextDecoder().decode(bytes)));
const KINDS: Readonly<Record<string, (bytes: Uint8Array) => object>> = {
  packages: packageAnswer, golden: parsed(goldenAnswer), light: parsed(lightAnswer), driver: parsed(driverAnswer),
  playback: parsed(playbackAnswer), blend: parsed(blendAnswer), levels: parsed(levelsAnswer),
};
const ALWAYS = ["residual", "further", "exact", "driver-section", "lz4", "stdin"];

async function main([kind, ...files]: string[]): Promise<void> {
  if (kind === "--features") {
    console.log(JSON.stringify({ name: "web", version: "1.0", features: [...Object.keys(KINDS), ...ALWAYS] }));
    return;
  }
  const answer = Object.hasOwn(KINDS, kind ?? "") ? KINDS[kind] : null;
  if (answer === null) {
    console.error(`usage: conformance.mjs --features | ${Object.keys(KINDS).join("|")} FILE… | KIND -`);
    process.exitCode = 2;
    return;
  }
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const file of files.length === 1 && files[0] === "-" ? lines : files) {
    console.log(JSON.stringify(answer(new Uint8Array(readFileSync(file)))));
  }
  lines.close();
}

await main(process.argv.slice(2));
