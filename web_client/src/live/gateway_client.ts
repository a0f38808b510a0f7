import { type AvatarOptions, PlayableAvatar } from "../player/playable_avatar.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { GatewayAddress } from "./gateway_address.ts";
import { LiveSubscription, type SubscriptionOptions } from "./live_subscription.ts";
import { Playback, type PlaybackOptions } from "./playback.ts";
import { Refusal } from "../reader/refusal.ts";

/** One package of a server's catalogue. */
export interface AvatarListing {
  readonly avatarId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly digest: string;
  readonly gaussianCount: number;
  readonly clips: readonly { readonly name: string; readonly durationS: number; readonly loops: boolean }[];
}

/** A server's gateway: its catalogue, its packages, clips that it plays, and live sessions. */
export class GatewayClient {
  readonly address: GatewayAddress;

  /** `address`: an HTTP URL, or HOST:PORT. */
  constructor(address: string, token: string | null = null) {
    this.address = new GatewayAddress(address, token);
  }

  async avatars(signal?: AbortSignal): Promise<AvatarListing[]> {
    const listed = await this.address.json("/v1/avatars", signal) as { avatars?: unknown };
    if (!Array.isArray(listed.avatars)) {
      throw new Refusal("service-not-ani3d", this.address.origin, "no list of avatars", "Check the address.");
    }
    return listed.avatars.map(listingOf);
  }

  /** Where a package is; requests need `address.headers`. */
  packageUrl(avatarId: string): string {
    return `${this.address.origin}/v1/packages/${encodeURIComponent(avatarId)}`;
  }

  /** Opens a package by ranges. */
  openAvatar(avatarId: string, options: AvatarOptions = {}): Promise<PlayableAvatar> {
    return PlayableAvatar.open(this.packageUrl(avatarId), { ...options, headers: { ...this.address.headers, ...options.headers } });
  }

  /** Has a clip played. `avatar`: the package, which makes light frames a tenth as large; null where it is not here. */
  play(avatarId: string, clip: string, avatar: PlayableAvatar | null, options: PlaybackOptions = {}): Playback {
    return new Playback(this.address, avatarId, clip, new FrameDecoder(avatar), options);
  }

  /** Watches a live session. */
  subscribe(sessionId: string, avatar: PlayableAvatar | null, options: SubscriptionOptions = {}): LiveSubscription {
    return new LiveSubscription(this.address, sessionId, new FrameDecoder(avatar), options);
  }
}

// JSON of protobuf: camel case, numbers of 64 bits as texts.
function listingOf(given: Record<string, unknown>): AvatarListing {
  const clips = Array.isArray(given.clips) ? given.clips as Record<string, unknown>[] : [];
  return {
    avatarId: String(given.avatarId ?? ""), name: String(given.name ?? ""), sizeBytes: Number(given.sizeBytes ?? 0),
    digest: String(given.digest ?? ""), gaussianCount: Number(given.gaussianCount ?? 0),
    clips: clips.map((clip) => ({
      name: String(clip.name ?? ""), durationS: Number(clip.durationS ?? 0), loops: clip.loops === true,
    })),
  };
}
