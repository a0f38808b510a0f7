import { LightDecoder } from "../light/light_decoder.ts";
import { fromHalf } from "../maths/half.ts";
import { writeTurn } from "../maths/rotation.ts";
import { AvatarFrame } from "../player/avatar_frame.ts";
import { DetailFrame } from "../player/detail_frame.ts";
import type { PlayableAvatar } from "../player/playable_avatar.ts";
import { Refusal } from "../reader/refusal.ts";
import type { FrameMessage, HeaderMessage, RenditionMessage } from "./messages.ts";
import { badFrame, headerOf, renditionOf, type StreamHeader, type StreamRendition } from "./stream_header.ts";

const LAYOUT_VERSION = 1;
const LIGHT_HEAD_BYTES = 20;
const FULL_HEAD_BYTES = 8;
const FULL_BYTES_PER_GAUSSIAN = 36;
const CHANNELS = 4;

/** Posed Gaussians of one instant, in the world. */
export interface FullFrame {
  readonly count: number;
  /** [N,3] metres. */
  readonly meansM: Float32Array;
  /** [N,4] w x y z. */
  readonly quatsWxyz: Float32Array;
  /** [N,3] metres. */
  readonly scalesM: Float32Array;
  /** [N] */
  readonly opacities: Float32Array;
  /** [N,3] red green blue of degree 0: 0.5 + 0.28209479 c. */
  readonly colours: Float32Array;
}

/** One instant of a stream. */
export interface StreamedFrame {
  readonly timeS: number;
  readonly captureTimeS: number;
  readonly frameIndex: number;
  readonly epoch: number;
  /** When it was sent, seconds since 1970 by the server's clock. */
  readonly sentTimeS: number;
  /** Pose, nodes and detail; null of full frames. */
  readonly light: AvatarFrame | null;
  readonly full: FullFrame | null;
}

/** Decodes the frames of one stream, in the form that its header says. */
export class FrameDecoder {
  header: StreamHeader | null = null;
  /** What of the stream is sent; null where the server does not follow the link. */
  rendition: StreamRendition | null = null;
  private steps: LightDecoder | null = null;

  /** `avatar`: the package that frames belong to, which frames in whole steps need. */
  constructor(private readonly avatar: PlayableAvatar | null) {}

  get takesSteps(): boolean {
    return this.avatar !== null;
  }

  /** Takes over a header; after a reconnection it has to be of the same package. */
  begin(message: HeaderMessage): StreamHeader {
    const header = headerOf(message), digest = this.header?.digest ?? this.avatar?.package.digest;
    if (digest !== undefined && digest !== header.digest) {
      throw new Refusal(
        "service-digest-changed", header.avatarId, `frames of the package with digest ${header.digest.slice(0, 12)}…`,
        "Fetch the package again, and begin anew.",
      );
    }
    const { avatar } = this;
    if (avatar !== null && (header.jointNames.length !== avatar.jointCount || header.nodeCount !== avatar.nodeCount)) {
      throw badFrame(`${header.jointNames.length} joints and ${header.nodeCount} nodes, other than the package has`);
    }
    this.steps = null;
    this.setForm(header.isInSteps);
    this.header = header;
    this.rendition = message.rendition === undefined ? null : renditionOf(message.rendition, header.isFull);
    return header;
  }

  /** Frames have another form from now on. */
  change(message: RenditionMessage): void {
    if (this.header === null) {
      throw badFrame("a rendition before the header");
    }
    this.rendition = renditionOf(message, this.header.isFull);
    this.setForm(this.rendition.form === "steps");
  }

  // Frames in steps may go on from those before.
  private setForm(isInSteps: boolean): void {
    const { avatar } = this;
    if (!isInSteps) {
      this.steps = null;
    } else if (avatar === null) {
      throw badFrame("frames in whole steps, which were not asked for");
    } else {
      this.steps ??= new LightDecoder(avatar.jointCount, avatar.nodeCount, avatar.model?.nodeParents ?? new Int32Array(0));
    }
  }

  decode(message: FrameMessage, epoch: number, sentTimeS: number): StreamedFrame {
    const { header, steps } = this, payload = message.payload ?? new Uint8Array(0);
    const timeS = message.time_s ?? 0, captureTimeS = message.capture_time_s ?? 0;
    if (header === null) {
      throw badFrame("a frame before the header");
    }
    if (!Number.isFinite(timeS) || !Number.isFinite(captureTimeS) || !Number.isFinite(sentTimeS)) {
      throw badFrame("a time that is not finite");
    }
    let light: AvatarFrame | null = null, full: FullFrame | null = null;
    if (header.isFull) {
      full = decodeFull(payload);
    } else if (steps !== null) {
      light = new AvatarFrame(header.jointNames.length, header.nodeCount);
      steps.decode(payload, light);
    } else {
      light = decodeFloats(payload, header);
    }
    return { timeS, captureTimeS, frameIndex: message.frame_index ?? 0, epoch, sentTimeS, light, full };
  }
}

function opened(payload: Uint8Array, headBytes: number): DataView {
  if (payload.length < headBytes) {
    throw badFrame(`${payload.length} bytes`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength), version = view.getUint16(0, true);
  if (version !== LAYOUT_VERSION) {
    throw new Refusal(
      "service-frame-version", "frame", `layout version ${version}`, "Install the same ani3d version on client and server.",
    );
  }
  return view;
}

function decodeFloats(payload: Uint8Array, header: StreamHeader): AvatarFrame {
  const view = opened(payload, LIGHT_HEAD_BYTES), mask = view.getUint16(2, true);
  const [joints, nodes, coefficients, details] = [4, 8, 12, 16].map((at) => view.getUint32(at, true));
  const channels = [0, 1, 2, 3].filter((bit) => (mask >> bit) & 1).length;
  const fits = mask < 1 << CHANNELS && joints === header.jointNames.length && nodes === header.nodeCount
    && coefficients === header.coefficientCount && details <= header.gaussianCount;
  const words = 3 + 4 * joints + 7 * nodes + coefficients + details * (1 + 3 * channels);
  if (!fits || payload.length !== LIGHT_HEAD_BYTES + 4 * words) {
    throw badFrame(`${payload.length} bytes for ${joints} joints, ${nodes} nodes, ${details} details of channels ${mask}`);
  }
  let at = LIGHT_HEAD_BYTES;
  const floats = (out: Float64Array): Float64Array => {
    for (let k = 0; k < out.length; k++, at += 4) {
      out[k] = view.getFloat32(at, true);
    }
    // A NaN let through here would be everywhere after a blend.
    if (!out.every(Number.isFinite)) {
      throw badFrame("numbers that are not finite");
    }
    return out;
  };
  const frame = new AvatarFrame(joints, nodes);
  floats(frame.rootTranslationM);
  floats(frame.jointRotations);
  floats(frame.nodeDisplacementsM);
  floats(frame.nodeRotations);
  at += 4 * coefficients;
  if (channels === 0) {
    return frame;
  }
  const gaussians = Int32Array.from({ length: details }, (_, row) => view.getInt32(at + 4 * row, true));
  if (!gaussians.every((gaussian, row) => gaussian > (row === 0 ? -1 : gaussians[row - 1]) && gaussian < header.gaussianCount)) {
    throw badFrame("numbers of Gaussians that do not rise");
  }
  at += 4 * details;
  const detail = frame.detail = new DetailFrame(gaussians);
  if (mask & 1) {
    floats(detail.positionM);
  }
  if (mask & 2) {
    const vectors = floats(new Float64Array(3 * details));
    for (let row = 0; row < details; row++) {
      writeTurn(detail.rotation, 4 * row, vectors[3 * row], vectors[3 * row + 1], vectors[3 * row + 2]);
    }
  }
  if (mask & 4) {
    floats(detail.logScale);
  }
  if (mask & 8) {
    floats(detail.colour);
  }
  return frame;
}

function decodeFull(payload: Uint8Array): FullFrame {
  const view = opened(payload, FULL_HEAD_BYTES), count = view.getUint32(4, true);
  if (payload.length !== FULL_HEAD_BYTES + FULL_BYTES_PER_GAUSSIAN * count) {
    throw badFrame(`${payload.length} bytes of ${count} Gaussians`);
  }
  const meansM = new Float32Array(3 * count), quatsWxyz = new Float32Array(4 * count), scalesM = new Float32Array(3 * count);
  const opacities = new Float32Array(count), colours = new Float32Array(3 * count);
  const rotations = FULL_HEAD_BYTES + 12 * count, shapes = rotations + 8 * count, looks = shapes + 8 * count;
  const half = (at: number): number => fromHalf(view.getUint16(at, true));
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      meansM[3 * i + axis] = view.getFloat32(FULL_HEAD_BYTES + 12 * i + 4 * axis, true);
      scalesM[3 * i + axis] = half(shapes + 8 * i + 2 * axis) / 1000;
      colours[3 * i + axis] = half(looks + 8 * i + 2 * axis);
    }
    for (let k = 0; k < 4; k++) {
      quatsWxyz[4 * i + k] = view.getInt16(rotations + 8 * i + 2 * k, true) / 32767;
    }
    opacities[i] = half(shapes + 8 * i + 6);
  }
  if (![meansM, scalesM, opacities, colours].every((values) => values.every(Number.isFinite))) {
    throw badFrame("numbers that are not finite");
  }
  return { count, meansM, quatsWxyz, scalesM, opacities, colours };
}
