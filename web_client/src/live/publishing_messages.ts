import { CREDIT, SUBSCRIBE_RESPONSE } from "./messages.ts";

// What a publisher sends and is answered; tests/test_messages.py holds it to proto/.

const SKELETON = {
  joint_names: { number: 1, kind: "string", isList: true },
  parents: { number: 2, kind: "sint", isList: true },
  offsets: { number: 3, kind: "bytes" },
  rest_rotations: { number: 4, kind: "bytes" },
  axes: { number: 5, kind: "uint" },
  mapping: { number: 6, kind: "string", isMap: true },
  curve_names: { number: 7, kind: "string", isList: true },
} as const;

const PUBLISH = {
  session_id: { number: 1, kind: "string" },
  publish_key: { number: 2, kind: "string" },
  source: { number: 3, kind: SKELETON },
  answer_mode: { number: 4, kind: "uint" },
  credits: { number: 5, kind: "uint" },
  resume_epoch: { number: 6, kind: "uint" },
  jitter_buffer_s: { number: 7, kind: "double" },
  lock_feet: { number: 8, kind: "bool" },
  codecs: { number: 9, kind: "uint", isList: true },
  in_place: { number: 10, kind: "bool" },
} as const;

const POSE = {
  capture_time_s: { number: 1, kind: "double" },
  payload: { number: 2, kind: "bytes" },
  discontinuous: { number: 3, kind: "bool" },
  curves: { number: 4, kind: "bytes" },
} as const;

const MAPPING = {
  naming: { number: 1, kind: "string" },
  matched: { number: 2, kind: "string", isMap: true },
  missing: { number: 3, kind: "string", isList: true },
  unused: { number: 4, kind: "string", isList: true },
  scale: { number: 5, kind: "double" },
} as const;

const REFUSED = {
  code: { number: 1, kind: "string" },
  message: { number: 2, kind: "string" },
  count: { number: 3, kind: "uint" },
} as const;

export const RETARGET_REQUEST = {
  publish: { number: 1, kind: PUBLISH },
  pose: { number: 2, kind: POSE },
  credit: { number: 3, kind: CREDIT },
} as const;

const { source: _source, rendition: _rendition, padding: _padding, thinned_count: _thinned, ...STREAMED } = SUBSCRIBE_RESPONSE;
export const RETARGET_RESPONSE = {
  ...STREAMED, mapping: { number: 10, kind: MAPPING }, refused: { number: 11, kind: REFUSED },
} as const;
