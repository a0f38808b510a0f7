import { Refusal } from "../reader/refusal.ts";

/** The refusal of an error as the gateway writes it; `service-failed` where it is none. */
export function refusalOf(text: string): Refusal {
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const error = (parsed.error ?? parsed) as Record<string, unknown>;
    const part = (name: string): string => (typeof error[name] === "string" ? error[name] : "");
    if (part("code") !== "") {
      return new Refusal(part("code"), part("subject"), part("found"), part("fix"));
    }
  } catch {
    // Not JSON: told as it is.
  }
  return new Refusal("service-failed", "server", text.slice(0, 200), "Look at the server's log.");
}
