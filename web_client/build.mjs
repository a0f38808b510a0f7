// Bundles the client: node build.mjs; with --tests also its tests, for node --test, and the runner of spec/vectors.
import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { relative, resolve } from "node:path";

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
  rmSync("dist/viewer", { recursive: true, force: true });
  // What is seldom needed comes when it is: viewer-NAME-HASH.js.
  const viewer = { ...page, entryPoints: { viewer: "src/viewer/main.ts" }, outdir: "dist/viewer", splitting: true, chunkNames: "viewer-[name]-[hash]" };
  await build({ ...viewer, plugins: [await inOnePiece(viewer)] });
  // All of it, for pages of one file. Workers without modules start from there, too.
  await build({ ...page, entryPoints: ["src/viewer/main.ts"], outfile: "dist/viewer/viewer.single.js" });
  await build({ ...page, format: "iife", entryPoints: ["src/workers/decoder.worker.ts"], outfile: "dist/viewer/viewer.worker.js" });
  mkdirSync("dist/viewer", { recursive: true });
  for (const name of ["index.html", "viewer.css"]) {
    copyFileSync(`src/viewer/${name}`, `dist/viewer/${name}`);
  }
}

// Else esbuild makes a file of each set of modules that the same parts share, and a dozen small files are larger together.
async function inOnePiece(options) {
  const { metafile: { inputs } } = await build({ ...options, write: false, metafile: true });
  const atOnce = new Set(), later = new Set();
  const visit = (path) => {
    atOnce.add(path);
    for (const { path: next, kind } of inputs[path].imports) {
      if (kind === "dynamic-import") {
        later.add(next);
      } else if (!atOnce.has(next)) {
        visit(next);
      }
    }
  };
  visit("src/viewer/main.ts");
  const [entry, ...shared] = atOnce, name = "shared:modules";
  const importing = (path) => `import ${JSON.stringify(resolve(path))};`;
  return {
    name: "in-one-piece",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^shared:modules$/ }, () => ({ path: name, namespace: "shared" }));
      onLoad({ filter: /.*/, namespace: "shared" }, () => ({ contents: shared.map(importing).join(""), resolveDir: process.cwd() }));
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const at = relative(process.cwd(), path).replaceAll("\\", "/");
        return at === entry || later.has(at) ? { contents: `import "${name}";${readFileSync(path, "utf8")}`, loader: "ts" } : undefined;
      });
    },
  };
}
