import assert from "node:assert/strict";
import test from "node:test";
import { ClipPlayer } from "../src/player/clip_player.ts";
import { PlayableAvatar } from "../src/player/playable_avatar.ts";
import { durationOf, findClip } from "../src/reader/manifest.ts";
import { Package } from "../src/reader/package.ts";
import { Refusal } from "../src/reader/refusal.ts";
import { validPackage } from "./packages.ts";

function playerOf(name: string): ClipPlayer {
  return new ClipPlayer(new PlayableAvatar(Package.open(validPackage(name))));
}

test("time goes on at its rate, and stands while it is paused", () => {
  const player = playerOf("nodes-sh2-two-clips"), [clip] = player.avatar.package.manifest.clips;
  player.loop = true;
  player.play(0);
  assert.equal(player.update(0), true);
  assert.equal(player.timeS, 0);
  player.update(0.25 / clip.fps);
  assert.ok(Math.abs(player.timeS - 0.25 / clip.fps) < 1e-12);
  player.rate = 2;
  player.update(0.25 / clip.fps);
  assert.ok(Math.abs(player.timeS - 0.75 / clip.fps) < 1e-12);
  player.isPaused = true;
  player.update(1);
  assert.ok(Math.abs(player.timeS - 0.75 / clip.fps) < 1e-12);
});

test("a clip that does not loop ends with its last frame, and one that is made to loop starts over", () => {
  const player = playerOf("nodes-sh2-two-clips"), clip = player.avatar.package.manifest.clips[0], end = durationOf(clip);
  player.loop = false;
  player.play(0);
  player.update(0);
  player.update(10 * end);
  assert.equal(player.timeS, end);
  assert.equal(player.hasEnded, true);
  player.seek(0);
  player.loop = true;
  player.update(0);
  player.update(1.5 * end);
  assert.ok(Math.abs(player.timeS - 0.5 * end) < 1e-9);
  assert.equal(player.hasEnded, false);
});

test("a range is played over and over", () => {
  const player = playerOf("nodes-sh2-two-clips"), end = durationOf(player.avatar.package.manifest.clips[0]);
  player.play(0);
  player.update(0);
  player.setRange(0.25 * end, 0.5 * end);
  player.seek(0.25 * end);
  player.update(0);
  player.update(0.4 * end);
  assert.ok(player.timeS >= 0.25 * end && player.timeS < 0.5 * end, String(player.timeS));
});

test("a crossfade shows both clips, and then the second alone", () => {
  const player = playerOf("nodes-sh2-two-clips");
  player.play(0);
  player.update(0);
  player.play(1, { fadeS: 0.2 });
  // It begins where it can be shown: at the end of this step.
  player.update(0.01);
  player.update(0.1);
  assert.equal(player.frame.sourceCount > 1, true);
  player.update(0.2);
  player.update(0.01);
  assert.ok(player.frame.sourceCount <= 1);
  assert.equal(player.clip, 1);
});

test("markers are told once each time that they are passed", () => {
  const player = playerOf("looping-clips"), { manifest } = player.avatar.package;
  const number = manifest.clips.findIndex((each) => each.markers.length > 0), clip = manifest.clips[number];
  const told: string[] = [];
  player.onMarker = (marker) => told.push(marker.name);
  player.loop = true;
  player.play(number);
  player.update(0);
  for (let k = 0; k < 20; k++) {
    player.update(durationOf(clip) / 10);
  }
  for (const name of new Set(clip.markers.map((marker) => marker.name))) {
    const times = clip.markers.filter((marker) => marker.name === name).length;
    const found = told.filter((each) => each === name).length;
    assert.ok(Math.abs(found - 2 * times) <= times, `${name} was told ${found} times`);
  }
});

test("a looping clip goes on over the ground, period after period", () => {
  const player = playerOf("looping-clips"), { manifest } = player.avatar.package;
  const number = manifest.clips.findIndex((each) => each.loops && each.travel !== null);
  const clip = manifest.clips[number], travel = clip.travel;
  assert.ok(travel !== null);
  player.root = "world";
  player.play(number);
  player.update(0);
  const before = player.pose.rootTranslationM.slice();
  player.update(durationOf(clip));
  const way = Math.hypot(player.pose.rootTranslationM[0] - before[0], player.pose.rootTranslationM[2] - before[2]);
  assert.ok(way > 0, "the root stands still");
});

test("a clip that is not there is named, with those that are", () => {
  const player = playerOf("nodes-sh2-two-clips"), { clips } = player.avatar.package.manifest;
  assert.throws(() => player.play("wlak"), (error: Error) => error.message.includes(clips[0].name));
  assert.equal(findClip(player.avatar.package.manifest, clips[1].name), 1);
});

test("a slot that holds its frame already is left as it is", () => {
  const player = playerOf("nodes-sh2-two-clips"), clip = player.avatar.package.manifest.clips.findIndex((each) => each.hasResidual);
  player.play(clip);
  player.update(0);
  const { fps } = player.avatar.package.manifest.clips[clip];
  player.update(0.2 / fps);
  const versions = player.frame.slots.map((slot) => slot.version);
  player.update(0.2 / fps);
  assert.deepEqual(player.frame.slots.map((slot) => slot.version), versions);
});

test("a damaged group is refused where it is shown, and others play on", () => {
  const bytes = validPackage("nodes-sh2-two-clips").slice(), pack = Package.open(bytes);
  const entry = pack.sections.find(({ name, clip }) => name === "pose" && clip === 1);
  assert.ok(entry !== undefined);
  bytes[entry.offset] ^= 1;
  const player = new ClipPlayer(new PlayableAvatar(pack));
  player.play(0);
  assert.equal(player.update(0), true);
  player.play(1);
  assert.throws(() => player.update(0.01), (error) => error instanceof Refusal && error.code === "section-damaged");
  assert.equal(player.update(0.01), true);
  assert.equal(player.clip, 0);
});
