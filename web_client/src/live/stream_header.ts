import { MANIFEST_MAX_GAUSSIANS, MANIFEST_MAX_JOINTS, MODEL_MAX_NODES } from "../generated/format.ts";
import { Refusal } from "../reader/refusal.ts";
import { FULL_MODE, type HeaderMessage, type RenditionMessage, STEPS_CODEC } from "./messages.ts";

/** What a stream says of itself first. */
export interface StreamHeader {
  readonly avatarId: string;
  readonly digest: string;
  /** Empty in a live session. */
  readonly clip: string;
  readonly isFull: boolean;
  readonly isInSteps: boolean;
  readonly fps: number;
  readonly frameCount: number;
  readonly durationS: number;
  readonly periodS: number;
  readonly jointNames: readonly string[];
  readonly gaussianCount: number;
  readonly nodeCount: number;
  readonly coefficientCount: number;
  readonly frameRateHz: number;
  readonly heartbeatTimeoutS: number;
  /** Wall-clock time, seconds since 1970, at which the server's times were zero. */
  readonly serverStartTimeS: number;
  readonly sessionId: string;
  /** A driver moves cloth and hair. */
  readonly driven: boolean;
  readonly sessionStartTimeS: number;
}

/** What of a stream is sent, by what the link carries. */
export interface StreamRendition {
  readonly form: "floats" | "steps" | "full";
  readonly withDetail: boolean;
  /** One frame of so many is sent. */
  readonly every: number;
  /** What the link carries; 0 while it carries all. */
  readonly linkBytesPerS: number;
}

export function renditionOf(message: RenditionMessage, isFull: boolean): StreamRendition {
  return {
    form: isFull ? "full" : message.codec === STEPS_CODEC ? "steps" : "floats", withDetail: message.with_detail ?? false,
    every: Math.max(1, message.every ?? 1), linkBytesPerS: message.link_bytes_per_s ?? 0,
  };
}

/** Refuses counts and times that no stream has with `service-bad-frame`. */
export function headerOf(message: HeaderMessage): StreamHeader {
  const header = {
    avatarId: message.avatar_id ?? "", digest: message.digest ?? "", clip: message.clip ?? "", isFull: message.mode === FULL_MODE,
    isInSteps: message.mode !== FULL_MODE && message.codec === STEPS_CODEC, fps: message.fps ?? 0,
    frameCount: message.frame_count ?? 0, durationS: message.duration_s ?? 0,
    // A server of before there were periods says nothing of them.
    periodS: message.period_s || (message.duration_s ?? 0), jointNames: message.joint_names ?? [],
    gaussianCount: message.gaussian_count ?? 0, nodeCount: message.node_count ?? 0,
    coefficientCount: message.coefficient_count ?? 0, frameRateHz: message.frame_rate_hz ?? 0,
    heartbeatTimeoutS: message.heartbeat_timeout_s ?? 0, serverStartTimeS: message.server_start_time_s ?? 0,
    sessionId: message.session_id ?? "", driven: message.driven ?? false, sessionStartTimeS: message.session_start_time_s ?? 0,
  };
  const { jointNames, nodeCount, gaussianCount, coefficientCount } = header;
  const times = [
    header.fps, header.durationS, header.periodS, header.frameRateHz, header.heartbeatTimeoutS, header.serverStartTimeS,
    header.sessionStartTimeS,
  ];
  const isPossible = jointNames.length <= MANIFEST_MAX_JOINTS && nodeCount <= MODEL_MAX_NODES
    && gaussianCount <= MANIFEST_MAX_GAUSSIANS && coefficientCount <= MODEL_MAX_NODES
    && times.every((time) => time >= 0 && time < Infinity) && (message.mode ?? 0) <= FULL_MODE;
  if (!isPossible) {
    throw badFrame(`a header of ${jointNames.length} joints, ${nodeCount} nodes, ${gaussianCount} Gaussians, times ${times.join(", ")}`);
  }
  return header;
}

export function badFrame(found: string): Refusal {
  return new Refusal("service-bad-frame", "frame", found, "Install the same ani3d version on client and server.");
}
