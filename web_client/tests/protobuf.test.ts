import assert from "node:assert/strict";
import test from "node:test";
import { FrameDecoder } from "../src/live/frame_decoder.ts";
import { PLAY_REQUEST, PLAY_RESPONSE } from "../src/live/messages.ts";
import { decode, encode } from "../src/live/protobuf.ts";
import { Refusal } from "../src/reader/refusal.ts";

const RESPONSE = {
  epoch: 3, sequence: 2 ** 40, dropped_count: 300, server_time_s: 1.5,
  header: { avatar_id: "ada", joint_names: ["hips", "köpfchen"], node_count: 4, mode: 1 },
  frames: [{ time_s: 0.25, payload: Uint8Array.of(1, 2, 3) }, { time_s: -1, payload: Uint8Array.of() }],
};

test("what is written is read", () => {
  assert.deepEqual(decode(PLAY_RESPONSE, encode(PLAY_RESPONSE, RESPONSE)), RESPONSE);
  assert.deepEqual(decode(PLAY_REQUEST, encode(PLAY_REQUEST, { pause: {} })), { pause: {} });
  assert.deepEqual([...encode(PLAY_REQUEST, { credit: { frames: 150 } })], [0x3a, 3, 0x08, 0x96, 0x01]);
});

test("fields that nobody knows are left out", () => {
  const known = encode(PLAY_REQUEST, { loop: { loop: true } });
  const strange = [0x98, 6, 7, 0x9a, 6, 2, 1, 2, 0x99, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x9d, 6, 0, 0, 0, 0];
  assert.deepEqual(decode(PLAY_REQUEST, Uint8Array.from([...strange, ...known])), { loop: { loop: true } });
});

test("damaged messages are refused, or read as others; nothing else happens", () => {
  const bytes = encode(PLAY_RESPONSE, RESPONSE);
  let random = 1;
  for (let k = 0; k < 20000; k++) {
    const damaged = bytes.slice(0, k % 7 === 0 ? k % bytes.length : bytes.length);
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    damaged[(random >>> 8) % Math.max(damaged.length, 1)] ^= 1 << (random >>> 29);
    try {
      const { header, frames = [] } = decode(PLAY_RESPONSE, damaged), decoder = new FrameDecoder(null);
      if (header !== undefined) {
        decoder.begin(header);
      }
      frames.forEach((frame) => decoder.decode(frame, 0, 0));
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error));
    }
  }
});
