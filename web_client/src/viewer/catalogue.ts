import { Refusal } from "../reader/refusal.ts";

const MOST_BYTES = 4 << 20;

/** An avatar that a gateway offers. */
export interface Offer {
  readonly id: string;
}

/** What this page's gateway offers. Throws a Refusal. */
export async function fetchOffers(token: string | null): Promise<Offer[]> {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch("/v1/avatars", { headers });
  } catch (error) {
    throw new Refusal("service-unreachable", location.host, String(error), "Check that the server still runs; this page goes on by itself.");
  }
  const text = await response.text();
  const answer: unknown = text.length <= MOST_BYTES ? parsed(text) : null;
  if (!response.ok) {
    throw refusalOf(answer, response.status);
  }
  const listed = (answer as { avatars?: unknown } | null)?.avatars;
  if (!Array.isArray(listed)) {
    throw new Refusal("service-not-ani3d", location.host, "an answer that is no list of avatars");
  }
  return listed.map((each) => ({ id: String((each as { avatarId?: unknown }).avatarId) }));
}

/** Where an avatar's package is. */
export function packageUrl(id: string): string {
  return `/v1/packages/${encodeURIComponent(id)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusalOf(answer: unknown, status: number): Refusal {
  const error = ((answer as { error?: unknown } | null)?.error ?? {}) as Record<string, unknown>;
  const code = typeof error.code === "string" ? error.code : "service-failed";
  const told = (name: string): string | undefined => (typeof error[name] === "string" ? (error[name] as string) : undefined);
  return new Refusal(code, told("subject") ?? location.host, told("found") ?? `HTTP ${status}`, told("fix"));
}
