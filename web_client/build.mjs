// Bundles the client: node build.mjs; with --tests also its tests, for node --test.
import { build } from "esbuild";
import { readdirSync } from "node:fs";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning", legalComments: "none" };

await build({ ...common, entryPoints: ["src/index.ts"], outfile: "dist/ani3d.js", minify: true, sourcemap: true });
if (process.argv.includes("--tests")) {
  const names = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common, entryPoints: names.map((name) => `tests/${name}`), outdir: "dist/tests", platform: "node", sourcemap: "inline",
    outExtension: { ".js": ".mjs" },
  });
}
