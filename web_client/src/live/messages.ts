import type { Message } from "./protobuf.ts";

// The messages of proto/ani3d_runtime/rpc/v1 that go over WebSockets of the gateway; tests/test_messages.py
// holds them to proto/.

export const LIGHT_MODE = 1;
export const FULL_MODE = 2;
export const STEPS_CODEC = 2;
export const EVERY_FRAME = 2;

export const FRAME = {
  time_s: { number: 1, kind: "double" },
  frame_index: { number: 2, kind: "uint" },
  payload: { number: 3, kind: "bytes" },
  capture_time_s: { number: 4, kind: "double" },
  curves: { number: 5, kind: "bytes" },
} as const;

/** What of a stream is sent, by what the link carries. */
export const RENDITION = {
  codec: { number: 1, kind: "uint" },
  with_detail: { number: 2, kind: "bool" },
  every: { number: 3, kind: "uint" },
  link_bytes_per_s: { number: 4, kind: "uint" },
} as const;

export const HEADER = {
  avatar_id: { number: 1, kind: "string" },
  digest: { number: 2, kind: "string" },
  clip: { number: 3, kind: "string" },
  mode: { number: 4, kind: "uint" },
  fps: { number: 5, kind: "double" },
  frame_count: { number: 6, kind: "uint" },
  duration_s: { number: 7, kind: "double" },
  joint_names: { number: 8, kind: "string", isList: true },
  gaussian_count: { number: 9, kind: "uint" },
  node_count: { number: 10, kind: "uint" },
  coefficient_count: { number: 11, kind: "uint" },
  frame_rate_hz: { number: 12, kind: "double" },
  heartbeat_timeout_s: { number: 13, kind: "double" },
  server_start_time_s: { number: 14, kind: "double" },
  session_id: { number: 15, kind: "string" },
  codec: { number: 16, kind: "uint" },
  driven: { number: 17, kind: "bool" },
  session_start_time_s: { number: 18, kind: "double" },
  period_s: { number: 19, kind: "double" },
  max_message_bytes: { number: 20, kind: "uint" },
  rendition: { number: 21, kind: RENDITION },
} as const;

export const CREDIT = {
  frames: { number: 1, kind: "uint" },
  received_count: { number: 2, kind: "uint" },
  received_ago_s: { number: 3, kind: "double" },
} as const;
export const ENDED = { time_s: { number: 1, kind: "double" } } as const;
const NOTHING = {} as const;

const RANGE = { begin_time_s: { number: 1, kind: "double" }, end_time_s: { number: 2, kind: "double" } } as const;

export const START = {
  avatar_id: { number: 1, kind: "string" },
  clip: { number: 2, kind: "string" },
  mode: { number: 3, kind: "uint" },
  pacing: { number: 4, kind: "uint" },
  rate: { number: 5, kind: "double" },
  loop: { number: 6, kind: "bool" },
  start_time_s: { number: 7, kind: "double" },
  credits: { number: 8, kind: "uint" },
  frame_rate_hz: { number: 9, kind: "double" },
  without_detail: { number: 10, kind: "bool" },
  range: { number: 11, kind: RANGE },
  lod: { number: 12, kind: "uint" },
  codecs: { number: 13, kind: "uint", isList: true },
  adaptive: { number: 14, kind: "bool" },
} as const;

export const PLAY_REQUEST = {
  start: { number: 1, kind: START },
  pause: { number: 2, kind: NOTHING },
  resume: { number: 3, kind: NOTHING },
  seek: { number: 4, kind: { time_s: { number: 1, kind: "double" } } },
  rate: { number: 5, kind: { rate: { number: 1, kind: "double" } } },
  loop: { number: 6, kind: { loop: { number: 1, kind: "bool" } } },
  credit: { number: 7, kind: CREDIT },
  range: { number: 8, kind: RANGE },
} as const;

const STATUS = {
  paused: { number: 1, kind: "bool" },
  rate: { number: 2, kind: "double" },
  loop: { number: 3, kind: "bool" },
  time_s: { number: 4, kind: "double" },
  begin_time_s: { number: 5, kind: "double" },
  end_time_s: { number: 6, kind: "double" },
} as const;

const STREAMED = {
  epoch: { number: 1, kind: "uint" },
  sequence: { number: 2, kind: "uint" },
  dropped_count: { number: 3, kind: "uint" },
  server_time_s: { number: 4, kind: "double" },
  header: { number: 5, kind: HEADER },
  frames: { number: 6, kind: FRAME, isList: true },
  ended: { number: 8, kind: ENDED },
  rendition: { number: 12, kind: RENDITION },
  padding: { number: 13, kind: "bytes" },
  thinned_count: { number: 14, kind: "uint" },
} as const;

export const PLAY_RESPONSE = { ...STREAMED, status: { number: 7, kind: STATUS } } as const;

export const SUBSCRIBE = {
  session_id: { number: 1, kind: "string" },
  mode: { number: 2, kind: "uint" },
  credits: { number: 3, kind: "uint" },
  codecs: { number: 4, kind: "uint", isList: true },
  adaptive: { number: 5, kind: "bool" },
} as const;

const SOURCE = {
  state: { number: 1, kind: "uint" },
  curve_names: { number: 2, kind: "string", isList: true },
} as const;

export const SUBSCRIBE_REQUEST = { subscribe: { number: 1, kind: SUBSCRIBE }, credit: { number: 2, kind: CREDIT } } as const;
export const SUBSCRIBE_RESPONSE = { ...STREAMED, source: { number: 9, kind: SOURCE } } as const;

export type RenditionMessage = Message<typeof RENDITION>;
export type CreditMessage = Message<typeof CREDIT>;
export type HeaderMessage = Message<typeof HEADER>;
export type FrameMessage = Message<typeof FRAME>;
export type StartMessage = Message<typeof START>;
/** What every streaming response has. */
export type StreamedMessage = Message<typeof STREAMED>;
