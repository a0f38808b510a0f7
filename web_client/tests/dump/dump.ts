// What a GPU reads of one instant, as files: node dist/dump/dump.mjs PACKAGE FOLDER CLIP SECONDS. The folder is as that of
// unity_client/Tools~/dump.py.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JOINT_FLOATS, NODE_FLOATS } from "../../src/packing/gpu_frame.ts";
import type { DetailSlot, DetailSource } from "../../src/packing/detail_slot.ts";
import { LOOK_UINTS } from "../../src/packing/packed_look.ts";
import { PARENT_UINTS } from "../../src/packing/packed_parents.ts";
import { SPLAT_UINTS } from "../../src/packing/packed_splats.ts";
import { ClipPlayer } from "../../src/player/clip_player.ts";
import { PlayableAvatar } from "../../src/player/playable_avatar.ts";
import { CHANNELS } from "../../src/reader/clip_group.ts";
import { gaussiansOf } from "../../src/reader/manifest.ts";
import { Package } from "../../src/reader/package.ts";

const [file, folder, clip, seconds] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const avatar = new PlayableAvatar(Package.open(new Uint8Array(readFileSync(file))));
const { manifest } = avatar.package, levels = manifest.levelSizes.map((_, level) => level);
const channels = CHANNELS.map((_, channel) => channel).filter((channel) => avatar.placeOf(channel) >= 0);

function written(name: string, words: Uint32Array | Float32Array, columns: number): object {
  const isFloat = words instanceof Float32Array, path = `${name}.${isFloat ? "f32" : "u32"}`;
  writeFileSync(join(folder, path), new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  const shape = columns === 1 ? [words.length] : [words.length / columns, columns];
  return { file: path, type: isFloat ? "float32" : "uint32", shape };
}

function slotOf(slot: DetailSlot, number: number): object {
  const group = slot.group?.decoded;
  if (group === undefined) {
    throw new Error(`slot ${number} holds nothing`);
  }
  const of = (channel: number): object => {
    const { words } = avatar.detailOf(group, channel);
    return {
      frames: words[0], columns: words[1], cosines: Array.from(slot.cosines.subarray(0, words[0])),
      group: written(`group.${number}.${CHANNELS[channel]}`, words, 1),
    };
  };
  return {
    slot: number, frame: slot.frame, frame_of_group: slot.frame - group.firstFrame,
    ...Object.fromEntries(channels.map((channel) => [CHANNELS[channel], of(channel)])),
  };
}

function sourceOf(source: DetailSource, number: number): object {
  const told = {
    clip: source.clip, name: manifest.clips[source.clip].name, has_detail: source.hasDetail, has_mask: source.hasMask,
    fraction: source.fraction, share: source.share,
  };
  const parents = source.hasDetail ? avatar.parentsOf(source.clip) : null;
  return parents === null ? told : {
    ...told, parents: written(`parents.${source.clip}`, parents.words, PARENT_UINTS),
    stages: parents.stages.map(({ first, count }) => [first, count]),
    slots: [2 * number, 2 * number + 1].map((slot) => slotOf(player.frame.slots[slot], slot)),
  };
}

const player = new ClipPlayer(avatar);
player.play(clip, { startS: Number(seconds) });
player.update(0);
const splats = avatar.packSplats(), { frame } = player;
const looks = levels.slice(0, -1).map((level) => [`look.${level}`, written(`look.${level}`, avatar.packLook(level).words, LOOK_UINTS)]);
writeFileSync(join(folder, "index.json"), JSON.stringify({
  avatar: manifest.avatarName, gaussian_count: manifest.gaussianCount,
  level_ends: levels.map((level) => gaussiansOf(manifest, level + 1)), joint_count: avatar.jointCount, node_count: avatar.nodeCount,
  track_count: avatar.trackCount, sh_degree: splats.shDegree, channels: channels.map((channel) => CHANNELS[channel]),
  splats: written("splats", splats.splats, SPLAT_UINTS),
  harmonics: written("harmonics", splats.harmonics, Math.max(splats.harmonicUints, 1)), ...Object.fromEntries(looks),
  joints: written("joints", frame.joints, JOINT_FLOATS), nodes: written("nodes", frame.nodes, NODE_FLOATS),
  sources: frame.sources.slice(0, frame.sourceCount).map(sourceOf),
}));
