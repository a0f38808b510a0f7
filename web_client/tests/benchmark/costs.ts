// What the reader costs on a package: node dist/benchmark/costs.mjs PACKAGE. CPU milliseconds, best of many.
import { readFileSync } from "node:fs";
import { driverOf } from "../../src/driver/driver_reader.ts";
import { NodeDriver } from "../../src/driver/node_driver.ts";
import { AvatarFrame } from "../../src/player/avatar_frame.ts";
import { ClipPlayer } from "../../src/player/clip_player.ts";
import { PlayableAvatar } from "../../src/player/playable_avatar.ts";
import { evaluateDetail } from "../../src/reader/detail_motion.ts";
import { groupCountOf } from "../../src/reader/manifest.ts";
import { evaluateNodes } from "../../src/reader/node_motion.ts";
import { Package } from "../../src/reader/package.ts";

const ROUNDS = 15;

function measure(what: string, times: number, run: (i: number) => void): void {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) {
      run(i);
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000 / times);
  }
  console.log(`${best.toFixed(2).padStart(8)} ms  ${what}`);
}

const bytes = new Uint8Array(readFileSync(process.argv[2]));
const pack = Package.open(bytes), { manifest, skeleton } = pack, model = pack.readModel();
const clip = manifest.clips.findIndex((each) => each.hasResidual), groups = groupCountOf(manifest, manifest.clips[clip]);
console.log(`${manifest.gaussianCount} Gaussians, ${model?.moving.length} tracks, ${manifest.framesPerGroup} frames a group`);
measure("opening: table, manifest, skeleton", 4, () => Package.open(bytes));
measure("all Gaussians", 1, () => pack.readSplats());
measure("the residual model", 1, () => pack.readModel());
measure("a group of frames", 4, (i) => pack.readGroup(clip, i % groups, model));
if (model !== null) {
  const group = pack.readGroup(clip, 0, model), values = new Float32Array(3 * model.moving.length);
  const places = new Float64Array(3 * model.nodeCount), turns = new Float64Array(4 * model.nodeCount);
  measure("nodes of a frame", 20, (i) => group.nodes !== null && evaluateNodes(group.nodes, i % group.frameCount, places, turns));
  for (const motion of group.detail) {
    if (motion !== null) {
      measure(`detail of a frame on the CPU, channel ${motion.channel}`, 10, (i) =>
        evaluateDetail(motion, model, i % group.frameCount, values));
    }
  }
}
const avatar = new PlayableAvatar(pack), player = new ClipPlayer(avatar);
measure("all Gaussians as a GPU reads them", 1, () => avatar.packSplats());
player.play(clip);
measure("a frame of play at 60 Hz without decoding", 30, () => player.update(1 / 60));
const driver = driverOf(avatar.package);
if (driver !== null && model !== null) {
  const live = new NodeDriver(driver, skeleton, model.nodeRestM), pose = new AvatarFrame(manifest.jointCount, manifest.nodeCount);
  live.reset(pose);
  measure("a step of the driver, 1/30 s", 10, () => live.step(pose, 1 / 30));
  measure("a reset of the driver", 1, () => live.reset(pose));
}
