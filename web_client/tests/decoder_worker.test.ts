import assert from "node:assert/strict";
import test from "node:test";
import { AvatarFrame } from "../src/player/avatar_frame.ts";
import { ClipPlayer } from "../src/player/clip_player.ts";
import { LivePlayer } from "../src/player/live_player.ts";
import { PlayableAvatar } from "../src/player/playable_avatar.ts";
import { Package } from "../src/reader/package.ts";
import { Refusal } from "../src/reader/refusal.ts";
import type { DecoderAnswer, DecoderRequest } from "../src/workers/decoder_messages.ts";
import { DecoderWorker } from "../src/workers/decoder_worker.ts";
import type { WorkerPort } from "../src/workers/worker_decoder.ts";
import { validPackage } from "./packages.ts";

/** A worker on the same thread: what is sent is cloned, as between threads, and answered later. */
function workerHere(): WorkerPort & { groups: number } {
  const listeners: ((event: MessageEvent<DecoderAnswer>) => void)[] = [];
  const worker = new DecoderWorker((answer, transfer) => {
    const data = structuredClone(answer, { transfer });
    queueMicrotask(() => listeners.forEach((listener) => listener({ data } as MessageEvent<DecoderAnswer>)));
  });
  const port = {
    groups: 0,
    postMessage(message: DecoderRequest, transfer: Transferable[] = []): void {
      const data = structuredClone(message, { transfer });
      port.groups += data.kind === "group" ? 1 : 0;
      queueMicrotask(() => worker.receive(data));
    },
    addEventListener(type: string, listener: never): void {
      if (type === "message") {
        listeners.push(listener);
      }
    },
  };
  return port as unknown as WorkerPort & { groups: number };
}

async function shown(player: ClipPlayer, seconds: number): Promise<void> {
  for (let tries = 0; !player.update(tries === 0 ? seconds : 0); tries++) {
    assert.ok(tries < 100, "nothing comes");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a worker decodes what the main thread would", async () => {
  for (const name of ["nodes-sh2-two-clips", "added-clip-further", "all-detail-channels"]) {
    const worker = workerHere();
    const here = new PlayableAvatar(Package.open(validPackage(name)));
    const there = new PlayableAvatar(Package.open(validPackage(name)), worker);
    const clip = here.package.manifest.clips.findLastIndex((each) => each.hasResidual);
    const [one, two] = [new ClipPlayer(here), new ClipPlayer(there)];
    one.play(clip, { startS: 0.011 });
    two.play(clip, { startS: 0.011 });
    one.update(0);
    assert.equal(two.update(0), false, "it is not here yet");
    await shown(two, 0);
    assert.ok(worker.groups > 0);
    assert.deepEqual(two.frame.joints, one.frame.joints);
    assert.deepEqual(two.frame.nodes, one.frame.nodes);
    for (let slot = 0; slot < 2; slot++) {
      const mine = one.frame.slots[slot].group, theirs = two.frame.slots[slot].group;
      assert.ok(mine !== null && theirs !== null);
      for (let channel = 0; channel < 4; channel++) {
        assert.deepEqual(there.detailOf(theirs.decoded, channel).words, here.detailOf(mine.decoded, channel).words);
      }
    }
  }
});

test("a worker's driver moves what the main thread's would", async () => {
  const avatar = new PlayableAvatar(Package.open(validPackage("by-hand-driver")));
  const here = new LivePlayer(avatar), there = new LivePlayer(avatar, true, workerHere());
  const pose = new AvatarFrame(avatar.jointCount, avatar.nodeCount), answered = (): Promise<void> => new Promise((done) => setImmediate(done));
  for (let k = 0; k < 6; k++) {
    pose.rootTranslationM[0] = 0.1 * Math.sin(k);
    pose.jointRotations.set([Math.cos(0.1 * k), 0, Math.sin(0.1 * k), 0]);
    assert.equal(here.step(pose, k / 30), true);
    assert.equal(there.step(pose, k / 30), true);
    await answered();
    assert.deepEqual(there.frame.nodes, here.frame.nodes);
    assert.deepEqual(there.frame.joints, here.frame.joints);
  }
  assert.ok(here.frame.nodes.some((value, at) => at % 8 > 3 && Math.abs(value) > 1e-4), "cloth moves");
  // What comes while it is at work is one step.
  here.step(pose, 0.3);
  pose.rootTranslationM[0] = 0.05;
  [0.22, 0.24, 0.3].forEach((timeS) => there.step(pose, timeS));
  await answered();
  await answered();
  assert.equal(there.pose.rootTranslationM[0], 0.05);
  assert.equal(there.resetCount, 1);
});

test("time stands while a group is awaited", async () => {
  const avatar = new PlayableAvatar(Package.open(validPackage("nodes-sh2-two-clips")), workerHere());
  const player = new ClipPlayer(avatar);
  player.play(0);
  player.update(0.5);
  assert.equal(player.isWaiting, true);
  assert.equal(player.timeS, 0);
  await shown(player, 0.5);
  assert.equal(player.isWaiting, false);
  assert.equal(player.timeS, 0);
});

test("what a worker refuses has its code", async () => {
  const bytes = validPackage("nodes-sh2-two-clips").slice(), pack = Package.open(bytes);
  const entry = pack.sections.find(({ name, clip }) => name === "pose" && clip === 0);
  assert.ok(entry !== undefined);
  bytes[entry.offset] ^= 1;
  const player = new ClipPlayer(new PlayableAvatar(pack, workerHere()));
  player.play(0);
  await assert.rejects(shown(player, 0), (error) => error instanceof Refusal && error.code === "section-damaged");
});

test("groups that nobody holds make room for others", () => {
  const avatar = new PlayableAvatar(Package.open(validPackage("partial-last-group"))), player = new ClipPlayer(avatar);
  player.loop = true;
  player.play(0);
  for (let k = 0; k < 200; k++) {
    player.update(0.05);
  }
  assert.ok(avatar.groups.roomCount <= 6, `${avatar.groups.roomCount} groups are kept`);
});
