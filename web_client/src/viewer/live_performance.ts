import { createSession, endSession, LivePublication, type LiveTicket } from "../live/live_publication.ts";
import { Refusal } from "../reader/refusal.ts";
import { keep, kept } from "./link.ts";
import { part } from "./page_parts.ts";
import { factsOf } from "./refusal_facts.ts";
import type { Viewer } from "./viewer.ts";

// As most tools of motion capture send.
const POSES_PER_S = 60;
// A clip that begins anew, or another time: cloth is not swung through it.
const CUT_S = 0.25;
const TICKETS = "ani3d-tickets";

/** What plays in this page drives a live session. */
export class LivePerformance {
  private publication: LivePublication | null = null;
  private avatarId = "";
  private timer = 0;
  private sentAtS = 0;
  private isBusy = false;

  constructor(private readonly viewer: Viewer) {
    // The session ends after a minute without us; those who watch need not wait for that.
    addEventListener("pagehide", () => this.publication?.close());
  }

  /** Begins, or ends. What stands in the way is said. */
  async toggle(name: string): Promise<void> {
    if (this.isBusy) {
      return;
    }
    this.isBusy = true;
    try {
      await (this.publication === null ? this.begin(name) : this.end());
    } catch (error) {
      this.stop(wordsOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  private async begin(name: string): Promise<void> {
    const { source, catalogue: { address } } = this.viewer;
    if (source === null || source.session !== null) {
      this.stop("Open an avatar that has clips first.");
      return;
    }
    let ticket: LiveTicket;
    try {
      ticket = await createSession(address, source.avatarId, name);
      keep(TICKETS, JSON.stringify([...tickets(), ticket].slice(-16)));
    } catch (error) {
      // Of this tab, before it was loaded again.
      const own = tickets().find(({ sessionId }) => sessionId === name);
      if (own === undefined || !(error instanceof Refusal) || error.code !== "live-session-exists") {
        throw error;
      }
      ticket = own;
    }
    this.avatarId = source.avatarId;
    this.publish(ticket);
    this.timer = window.setInterval(() => this.send(), 1000 / POSES_PER_S);
  }

  private publish(ticket: LiveTicket): void {
    const publication = this.publication = new LivePublication(this.viewer.catalogue.address, ticket);
    part("perform").setAttribute("aria-pressed", "true");
    part("perform").textContent = "End the session";
    publication.onState = (state, why) => {
      if (state === "closed" && why?.code === "live-session-not-found") {
        // The server was started again.
        void this.again(ticket);
      } else if (state === "closed" && why !== null) {
        this.stop(wordsOf(why));
      } else {
        this.say(state === "open" ? `Live as ${ticket.sessionId}: what plays here is seen there.` : "The server does not answer; trying again.");
      }
    };
  }

  private async again({ sessionId }: LiveTicket): Promise<void> {
    clearInterval(this.timer);
    this.publication = null;
    await this.toggle(sessionId);
  }

  private async end(): Promise<void> {
    const ticket = this.publication?.ticket;
    this.stop("The session is over.");
    if (ticket !== undefined) {
      await endSession(this.viewer.catalogue.address, ticket);
    }
  }

  // A pose where there is another than before.
  private send(): void {
    const { viewer, publication } = this, pose = viewer.playing?.performed ?? null, timeS = viewer.transport.timeS;
    if (viewer.source?.avatarId !== this.avatarId) {
      void this.toggle("");
    } else if (publication !== null && pose !== null && timeS !== this.sentAtS) {
      publication.pose(pose, performance.now() / 1000, Math.abs(timeS - this.sentAtS) > CUT_S);
      this.sentAtS = timeS;
    }
  }

  private stop(words: string): void {
    clearInterval(this.timer);
    if (this.publication !== null) {
      this.publication.onState = null;
      this.publication.close();
      this.publication = null;
    }
    part("perform").setAttribute("aria-pressed", "false");
    part("perform").textContent = "Go live with this clip";
    this.say(words);
  }

  private say(words: string): void {
    part("perform-words").textContent = words;
  }
}

function tickets(): LiveTicket[] {
  try {
    return JSON.parse(kept(TICKETS) ?? "[]") as LiveTicket[];
  } catch {
    return [];
  }
}

function wordsOf(error: unknown): string {
  const { found, fix, code } = factsOf(error);
  return `${found}. ${fix} (${code})`;
}
