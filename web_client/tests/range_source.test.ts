import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { checkBytes } from "../src/container/byte_check.ts";
import { ClipPlayer } from "../src/player/clip_player.ts";
import { PlayableAvatar } from "../src/player/playable_avatar.ts";
import { Package } from "../src/reader/package.ts";
import { Refusal } from "../src/reader/refusal.ts";
import { validPackage } from "./packages.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const BYTES = validPackage("nodes-sh2-two-clips");


async function served(context: TestContext, answer: Answer): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/avatar.a3d`;
}

function rangeOf(request: IncomingMessage): [number, number] {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  assert.ok(match !== null);
  return [Number(match[1]), Math.min(Number(match[2]) + 1, BYTES.length)];
}

const ranges: Answer = (request, response) => {
  const [from, to] = rangeOf(request);
  response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${BYTES.length}`, ETag: '"one"' });
  response.end(BYTES.subarray(from, to));
};

async function shown(player: ClipPlayer): Promise<void> {
  while (!player.update(0)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("a package by ranges is the package", async (context) => {
  const url = await served(context, ranges), here = Package.open(BYTES);
  const avatar = await PlayableAvatar.open(url), { package: pack } = avatar;
  assert.equal(pack.digest, here.digest);
  const player = new ClipPlayer(avatar), other = new ClipPlayer(new PlayableAvatar(here));
  player.play(0);
  other.play(0);
  other.update(0);
  await shown(player);
  assert.deepEqual(player.frame.joints, other.frame.joints);
  await pack.fetchAvatar(pack.manifest.levelSizes.length);
  assert.deepEqual(pack.readSplats().meansM, here.readSplats().meansM);
  await pack.fetchAll();
  checkBytes(pack);
});

test("a server without ranges sends it in one stream, of which the first part is used at once", async (context) => {
  let finish = (): void => undefined;
  const url = await served(context, (_, response) => {
    response.writeHead(200, { "Content-Length": String(BYTES.length) });
    const half = Math.floor(BYTES.length / 2);
    response.write(BYTES.subarray(0, half));
    finish = () => response.end(BYTES.subarray(half));
  });
  const pack = await Package.openUrl(url);
  assert.equal(pack.digest, Package.open(BYTES).digest);
  const all = pack.fetchAll();
  finish();
  await all;
  checkBytes(pack);
});

async function refusal(context: TestContext, answer: Answer): Promise<string> {
  const url = await served(context, answer);
  try {
    const pack = await Package.openUrl(url);
    await pack.fetchAll();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return error.code;
  }
  return "read";
}

test("what a server does wrong has a code", async (context) => {
  const status = (code: number): Answer => (_, response) => response.writeHead(code).end();
  assert.equal(await refusal(context, status(403)), "store-denied");
  assert.equal(await refusal(context, status(500)), "store-unreachable");
  assert.equal(await refusal(context, (_, response) => response.writeHead(206).end(BYTES)), "store-no-ranges");
  assert.equal(await refusal(context, (_, response) => response.end("<html>")), "package-wrong-magic");
  assert.equal(await refusal(context, (request, response) => {
    const [from] = rangeOf(request);
    response.writeHead(206, { "Content-Range": `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` });
    response.end(Buffer.concat([BYTES.subarray(from), new Uint8Array(1 << 20)]));
  }), "download-too-large");
  assert.equal(await refusal(context, (request, response) => {
    const [from, to] = rangeOf(request);
    response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${2 ** 52}` });
    response.end(BYTES.subarray(from, to));
  }), "package-length");
  assert.equal(await refusal(context, (request, response) => {
    const [from, to] = rangeOf(request);
    response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${BYTES.length}` });
    response.end(BYTES.subarray(from, to - 1));
  }), "package-truncated");
  assert.equal(await refusal(context, (request) => request.destroy()), "store-unreachable");
});

test("no byte is asked for twice", async (context) => {
  const asked: [number, number][] = [];
  const url = await served(context, (request, response) => {
    asked.push(rangeOf(request));
    ranges(request, response);
  });
  const pack = await Package.openUrl(url), here = Package.open(BYTES);
  for (const { name } of pack.sections) {
    await pack.fetch((entry) => entry.name === name);
  }
  assert.deepEqual(pack.readSplats().meansM, here.readSplats().meansM);
  asked.sort(([a], [b]) => a - b).forEach(([from], k) => assert.ok(k === 0 || from >= asked[k - 1][1], `byte ${from}`));
});

test("what is rigid moves before its model is here", async (context) => {
  const url = await served(context, ranges), here = new ClipPlayer(new PlayableAvatar(Package.open(BYTES)));
  const players: ClipPlayer[] = [];
  for await (const avatar of PlayableAvatar.stages(url)) {
    const player = new ClipPlayer(avatar);
    players.push(player);
    player.play(0);
    await shown(player);
    assert.equal(avatar.package.isHere(({ name }) => name === "model"), !avatar.isRigid);
  }
  here.play(0);
  here.update(0);
  assert.deepEqual(players.map(({ avatar }) => avatar.isRigid), [true, false]);
  assert.deepEqual(players[0].frame.joints, here.frame.joints);
  assert.deepEqual(players[1].frame.nodes, here.frame.nodes);
  assert.equal(players[0].frame.sourceCount, 0);
});

test("nobody listens", async () => {
  await assert.rejects(Package.openUrl("http://127.0.0.1:9/avatar.a3d"), (error) =>
    error instanceof Refusal && error.code === "store-unreachable");
});

test("progress ends with all bytes", async (context) => {
  const url = await served(context, ranges);
  let last: [number, number] = [0, 0];
  const pack = await Package.openUrl(url, { onProgress: (loaded, total) => (last = [loaded, total]) });
  await pack.fetchAll();
  assert.deepEqual(last, [BYTES.length, BYTES.length]);
});
