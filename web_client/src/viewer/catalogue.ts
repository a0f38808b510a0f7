import type { GatewayAddress } from "../live/gateway_address.ts";
import { Refusal } from "../reader/refusal.ts";
import { type BrokenPackage, type Source, sourceOfThisPage } from "./sources.ts";

const POLL_MS = 3000;
// Packages change less often than sessions.
const POLLS_PER_LIST = 4;
// Before an id of a live session, in links: ids of avatars have no colon.
const LIVE = "live:";
const STATES: Readonly<Record<string, string>> = {
  SOURCE_STATE_LIVE: "live", SOURCE_STATE_LOST: "performer gone", SOURCE_STATE_IDLE: "stands still",
};

type Row = Readonly<Record<string, unknown>>;

/** What there is to look at. It is asked for again and again while somebody looks. */
export class Catalogue {
  sources: readonly Source[] = [];
  broken: readonly BrokenPackage[] = [];
  /** Something else is there, or the server has gone (why) or come back (null). */
  onChange: (why: Refusal | null) => void = () => undefined;
  /** Packages are looked for at each poll, too. */
  isWatched = false;

  private avatars: readonly Row[] = [];
  private text = "";
  private why = "";
  private polls = 0;
  private timer = 0;

  constructor(readonly address: GatewayAddress) {}

  /** Finds everything; throws a Refusal. */
  async find(): Promise<void> {
    const own = sourceOfThisPage();
    if (own !== null) {
      this.sources = [own];
      return;
    }
    await this.ask(true);
  }

  /** Keeps looking, until `stop`. */
  follow(): void {
    this.stop();
    if (sourceOfThisPage() === null) {
      this.timer = window.setTimeout(() => void this.poll(), POLL_MS);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  private async poll(): Promise<void> {
    const { timer } = this;
    if (!document.hidden) {
      let why: Refusal | null = null, isOther = false;
      try {
        this.polls++;
        isOther = await this.ask(this.isWatched || this.polls % POLLS_PER_LIST === 0);
      } catch (error) {
        why = error instanceof Refusal ? error : new Refusal("page-failed", "viewer", String(error));
      }
      if (this.timer !== timer) {
        return;
      }
      const code = why?.code ?? "";
      if (isOther || code !== this.why) {
        this.why = code;
        this.onChange(why);
      }
    }
    if (this.timer === timer) {
      this.follow();
    }
  }

  // True where something is other than before.
  private async ask(withAvatars: boolean): Promise<boolean> {
    const { address } = this;
    const [listed, live] = await Promise.all([withAvatars ? address.json("/v1/avatars") : null, address.json("/v1/sessions")]);
    if (listed !== null) {
      const { avatars, refused } = listed as Row;
      if (!Array.isArray(avatars)) {
        throw new Refusal("service-not-ani3d", address.origin, "no list of avatars", "Check the address.");
      }
      this.avatars = rowsOf(avatars);
      this.broken = rowsOf(refused).map(brokenOf);
    }
    const sessions = rowsOf((live as Row).sessions);
    const text = JSON.stringify([this.avatars, this.broken, sessions.map((row) => [row.sessionId, row.avatarId, row.source, row.subscriberCount])]);
    const isOther = text !== this.text;
    this.text = text;
    if (isOther) {
      const digests = new Map(this.avatars.map((row) => [textOf(row.avatarId), textOf(row.digest)]));
      this.sources = [
        ...sessions.map((row) => this.sessionOf(row, digests.get(textOf(row.avatarId)) ?? "")), ...this.avatars.map((row) => this.avatarOf(row)),
      ];
    }
    return isOther;
  }

  private avatarOf(row: Row): Source {
    const id = textOf(row.avatarId), clips = rowsOf(row.clips).map(({ name }) => textOf(name));
    const details = [`${(Number(row.sizeBytes ?? 0) / 1e6).toFixed(1)} MB`, clips.length === 1 ? clips[0] : `${clips.length} clips`];
    return {
      id, label: id, avatarId: id, session: null, details: details.join(", "), digest: textOf(row.digest), clip: null,
      open: () => this.urlOf(id),
    };
  }

  private sessionOf(row: Row, digest: string): Source {
    const session = textOf(row.sessionId), avatarId = textOf(row.avatarId), watchers = Number(row.subscriberCount ?? 0);
    const state = STATES[textOf(row.source)] ?? "waiting for a performer";
    return {
      id: LIVE + session, label: session, avatarId, session, clip: null, digest,
      details: `${avatarId}, ${state}, ${watchers === 1 ? "1 watches" : `${watchers} watch`}`, open: () => this.urlOf(avatarId),
    };
  }

  private urlOf(avatarId: string): string {
    return `${this.address.origin}/v1/packages/${encodeURIComponent(avatarId)}`;
  }
}

function brokenOf(row: Row): BrokenPackage {
  const { fileName, code, subject, found, expected, fix } = row;
  return { fileName: textOf(fileName), why: new Refusal(textOf(code), textOf(subject), `${textOf(found)}; expected ${textOf(expected)}`, textOf(fix)) };
}

function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter((each): each is Row => typeof each === "object" && each !== null) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
