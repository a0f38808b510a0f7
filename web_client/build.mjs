// Bundles the client: node build.mjs; with --tests also its tests, for node --test, and the runner of spec/vectors.
import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning", legalComments: "none" };
const node = { ...common, platform: "node", sourcemap: "inline", outExtension: { ".js": ".mjs" } };

if (process.argv.includes("--tests")) {
  const names = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
  await build({ ...node, entryPoints: names.map((name) => `tests/${name}`), outdir: "dist/tests" });
  for (const [folder, name] of [["conformance", "run"], ["benchmark", "costs"], ["dump", "dump"], ["live", "watch"]]) {
    await build({ ...node, entryPoints: [`tests/${folder}/${name}.ts`], outdir: `dist/${folder}` });
  }
  await build({ ...common, entryPoints: ["tests/pictures/page.ts"], outfile: "dist/pictures/page.js" });
} else {
  // Names of chunks say what is in them: those of before are nobody's any more.
  for (const name of existsSync("dist") ? readdirSync("dist") : []) {
    if (name.startsWith("ani3d")) {
      rmSync(`dist/${name}`);
    }
  }
  const entryPoints = {
    ani3d: "src/index.ts", "ani3d-avatar": "src/element/define.ts", "ani3d-decoder": "src/workers/decoder.worker.ts",
    "ani3d-three": "adapters/three/three_avatar.ts", "ani3d-playcanvas": "adapters/playcanvas/playcanvas_avatar.ts",
  };
  await build({ ...common, entryPoints, outdir: "dist", minify: true, splitting: true, chunkNames: "ani3d-[name]-[hash]" });
  copyFileSync("../LICENSE", "dist/LICENSE");
  // The page of `ani3d view`: scripts/build_viewer.py puts it into the Python package.
  const page = { ...common, minify: true, charset: "utf8" };
  await build({ ...page, entryPoints: ["src/viewer/main.ts"], outfile: "dist/viewer/viewer.js" });
  // Workers without modules start from a page of one file, too.
  await build({ ...page, format: "iife", entryPoints: ["src/workers/decoder.worker.ts"], outfile: "dist/viewer/viewer.worker.js" });
  mkdirSync("dist/viewer", { recursive: true });
  for (const name of ["index.html", "viewer.css"]) {
    copyFileSync(`src/viewer/${name}`, `dist/viewer/${name}`);
  }
}
