import { GatewayClient } from "../live/gateway_client.ts";
import type { PlayableAvatar } from "../player/playable_avatar.ts";
import type { LiveSubscription } from "../live/live_subscription.ts";

/** One thing to look at: an avatar, or a live session of one. */
export interface Source {
  /** As links name it. */
  readonly id: string;
  readonly label: string;
  /** Where the package is, or its bytes. */
  open(): string | Uint8Array;
  /** Watches the session; null where the source has clips. */
  readonly watch: ((avatar: PlayableAvatar) => LiveSubscription) | null;
  /** Clip to begin with. */
  readonly clip: string | null;
}

// Before an id of a live session, in links: ids of avatars have no colon.
const LIVE = "live:";

/** A page of one file has its package in it; others ask the gateway that they come from. Throws a Refusal. */
export async function findSources(token: string | null): Promise<Source[]> {
  const start = document.getElementById("ani3d-start");
  if (start !== null) {
    const { name, clip } = JSON.parse(start.textContent ?? "") as { name: string; clip: string | null };
    return [{ id: name, label: name, clip, open: () => bytesOf("ani3d-package"), watch: null }];
  }
  const client = new GatewayClient(location.origin, token);
  const [avatars, live] = await Promise.all([client.avatars(), sessionsOf(client)]);
  return [
    ...avatars.map(({ avatarId }) => ({
      id: avatarId, label: avatarId, clip: null, open: () => client.packageUrl(avatarId), watch: null,
    })),
    ...live.map(({ sessionId, avatarId }) => ({
      id: LIVE + sessionId, label: `${sessionId}, live (${avatarId})`, clip: null, open: () => client.packageUrl(avatarId),
      watch: (avatar: PlayableAvatar) => client.subscribe(sessionId, avatar),
    })),
  ];
}

/** The worker beside the page, or the one in it. */
export function startWorker(): Worker {
  if (document.getElementById("ani3d-worker") === null) {
    return new Worker("viewer.worker.js");
  }
  return new Worker(URL.createObjectURL(new Blob([bytesOf("ani3d-worker")], { type: "text/javascript" })));
}

export function isSinglePage(): boolean {
  return document.getElementById("ani3d-start") !== null;
}

async function sessionsOf(client: GatewayClient): Promise<{ sessionId: string; avatarId: string }[]> {
  const { sessions } = await client.address.json("/v1/sessions") as { sessions?: unknown };
  return (Array.isArray(sessions) ? sessions as Record<string, unknown>[] : [])
    .map(({ sessionId, avatarId }) => ({ sessionId: String(sessionId), avatarId: String(avatarId) }));
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  const text = atob(document.getElementById(id)?.textContent ?? ""), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}
