// Watches a gateway: node --experimental-websocket dist/live/watch.mjs OPTIONS, where OPTIONS is JSON. Each line that is
// printed is JSON: what happened, or a frame. OPTIONS of "schemas" prints what the client knows of messages. Lines of standard input are commands, {"seek": 0.5}, or {"close": true}.
import { createInterface } from "node:readline";
import type { FrameStream } from "../../src/live/frame_stream.ts";
import { GatewayClient } from "../../src/live/gateway_client.ts";
import { LiveSubscription } from "../../src/live/live_subscription.ts";
import { PLAY_REQUEST, PLAY_RESPONSE, SUBSCRIBE_REQUEST, SUBSCRIBE_RESPONSE } from "../../src/live/messages.ts";
import { Playback, type PlaybackOptions } from "../../src/live/playback.ts";
import { RETARGET_REQUEST, RETARGET_RESPONSE } from "../../src/live/publishing_messages.ts";
import { Refusal } from "../../src/reader/refusal.ts";

interface Options extends PlaybackOptions {
  address: string;
  token: string;
  avatar: string;
  clip?: string;
  session?: string;
  /** Opens the package first. */
  holds?: boolean;
}

const say = (line: object): void => console.log(JSON.stringify(line));

const schemas = {
  PlayRequest: PLAY_REQUEST, PlayResponse: PLAY_RESPONSE, SubscribeRequest: SUBSCRIBE_REQUEST, SubscribeResponse: SUBSCRIBE_RESPONSE,
  RetargetRequest: RETARGET_REQUEST, RetargetResponse: RETARGET_RESPONSE,
};

async function main(options: Options): Promise<void> {
  const client = new GatewayClient(options.address, options.token);
  const avatar = options.holds ? await client.openAvatar(options.avatar) : null;
  const stream: FrameStream = options.session === undefined
    ? client.play(options.avatar, options.clip ?? "", avatar, options) : client.subscribe(options.session, avatar, options);
  stream.onHeader = ({ digest, isInSteps, sessionId }) => say({ header: { digest, isInSteps, sessionId } });
  if (stream instanceof LiveSubscription) {
    stream.onSource = (source) => say({ source });
  }
  let told = stream.rendition;
  const timer = setInterval(() => {
    const frame = stream.take();
    if (stream.rendition !== told) {
      told = stream.rendition;
      say({ rendition: told });
    }
    if (frame !== null) {
      const { light, full, timeS, epoch } = frame;
      say({
        frame: {
          time_s: timeS, epoch, root: light && Array.from(light.rootTranslationM), joints: light && Array.from(light.jointRotations),
          nodes: light && Array.from(light.nodeDisplacementsM), detail: light?.detail && Array.from(light.detail.positionM),
          means: full && Array.from(full.meansM.subarray(0, 300)), count: full?.count ?? 0,
        },
      });
    }
  }, 2);
  const lines = createInterface({ input: process.stdin });
  stream.onState = (state, why) => {
    say({ state, code: why?.code ?? null });
    if (state === "closed") {
      clearInterval(timer);
      lines.close();
      process.stdin.destroy();
    }
  };
  lines.on("line", (line) => {
    const command = JSON.parse(line) as { seek?: number; close?: boolean };
    if (command.close) {
      stream.close();
    } else if (stream instanceof Playback && command.seek !== undefined) {
      stream.seek(command.seek);
    }
  });
}

if (process.argv[2] === "schemas") {
  say(schemas);
} else {
  main(JSON.parse(process.argv[2]) as Options).catch((error: unknown) => {
    say({ state: "closed", code: error instanceof Refusal ? error.code : String(error) });
    process.stdin.destroy();
  });
}
