import type { Renderer } from "../renderer/core/renderer.ts";
import { part } from "./page_parts.ts";
import { factsOf, type RefusalFacts } from "./refusal_facts.ts";
import type { BrokenPackage, Source } from "./sources.ts";
import { Thumbnails } from "./thumbnails.ts";
import type { Viewer } from "./viewer.ts";

// A search is no help among fewer.
const FEW = 6;

/** All that can be looked at, with pictures; what cannot, with the reason. */
export class Gallery {
  private readonly box = part("gallery");
  private readonly cards = part("cards");
  private readonly search = part<HTMLInputElement>("find");
  private readonly thumbnails: Thumbnails;
  private readonly seen = new IntersectionObserver((entries) => this.came(entries), { root: this.box, rootMargin: "200px" });
  private readonly made = new Map<string, { text: string; card: HTMLElement }>();
  private readonly sourceOf = new WeakMap<Element, Source>();

  constructor(private readonly viewer: Viewer, backend: () => Renderer["backend"]) {
    this.thumbnails = new Thumbnails(backend);
    this.search.addEventListener("input", () => this.fill());
    part("gallery-close").addEventListener("click", () => this.close());
    this.box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        this.close();
      }
    });
  }

  get isShown(): boolean {
    return !this.box.hidden;
  }

  show(): void {
    this.box.hidden = false;
    this.viewer.catalogue.isWatched = true;
    part("gallery-close").hidden = this.viewer.playing === null;
    this.fill();
    (this.cards.querySelector<HTMLElement>("[aria-current]") ?? this.cards.querySelector<HTMLElement>("button"))?.focus();
  }

  hide(): void {
    this.box.hidden = true;
    this.viewer.catalogue.isWatched = false;
    this.seen.disconnect();
    this.thumbnails.stop();
  }

  /** Something else is there. */
  update(): void {
    if (this.isShown) {
      const focused = (document.activeElement as HTMLElement | null)?.dataset.id;
      this.fill();
      if (focused !== undefined) {
        [...this.cards.querySelectorAll<HTMLElement>("button")].find(({ dataset }) => dataset.id === focused)?.focus();
      }
    }
  }

  private close(): void {
    if (this.viewer.playing !== null) {
      this.hide();
    }
  }

  private fill(): void {
    const { sources, broken } = this.viewer.catalogue, text = this.search.value.trim().toLowerCase();
    const isWanted = (name: string): boolean => name.toLowerCase().includes(text);
    this.search.hidden = sources.length + broken.length < FEW;
    this.seen.disconnect();
    const wanted = sources.filter(({ label, avatarId }) => isWanted(label) || isWanted(avatarId));
    const damaged = broken.filter(({ fileName }) => isWanted(fileName));
    const cards = [
      ...wanted.map((source) => this.kept(source)), ...damaged.map((each) => this.keptBroken(each)),
    ];
    // What stays is not moved: somebody may be about to press it.
    if (cards.length !== this.cards.children.length || cards.some((card, k) => card !== this.cards.children[k])) {
      this.cards.replaceChildren(...cards);
    }
    if (wanted.length + damaged.length === 0) {
      this.cards.append(element("p", "none", text === "" ? "Nothing here yet." : `Nothing is called ${this.search.value.trim()}.`));
    }
  }

  private kept(source: Source): HTMLElement {
    const { id, label, details, digest } = source, isCurrent = this.viewer.playing !== null && this.viewer.source?.id === id;
    const text = JSON.stringify([label, details, digest, isCurrent]), before = this.made.get(id);
    const card = before?.text === text ? before.card : this.cardOf(source, isCurrent);
    this.made.set(id, { text, card });
    if (this.sourceOf.has(card)) {
      this.seen.observe(card);
    }
    return card;
  }

  private keptBroken({ fileName, why }: BrokenPackage): HTMLElement {
    const key = `broken:${fileName}`, text = JSON.stringify([why.code, why.found]), before = this.made.get(key);
    const card = before?.text === text ? before.card : brokenCard(fileName, why);
    this.made.set(key, { text, card });
    return card;
  }

  private cardOf(source: Source, isCurrent: boolean): HTMLElement {
    const card = element("button", "card", "");
    card.setAttribute("type", "button");
    card.dataset.id = source.id;
    card.toggleAttribute("data-live", source.session !== null);
    if (isCurrent) {
      card.setAttribute("aria-current", "true");
    }
    const picture = element("span", "thumb", ""), url = this.thumbnails.known(source);
    card.append(picture, element("b", "", source.label), element("small", "", source.details));
    card.addEventListener("click", () => this.viewer.openSource(source));
    if (url !== null) {
      put(picture, url);
    } else {
      this.sourceOf.set(card, source);
    }
    return card;
  }

  private came(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      const source = this.sourceOf.get(target);
      if (isIntersecting && source !== undefined) {
        this.seen.unobserve(target);
        void this.picture(source, target as HTMLElement);
      }
    }
  }

  private async picture(source: Source, card: HTMLElement): Promise<void> {
    try {
      const url = await this.thumbnails.of(source, this.viewer.catalogue.address.headers), place = card.querySelector<HTMLElement>(".thumb");
      if (url !== null && place !== null) {
        put(place, url);
        this.sourceOf.delete(card);
      }
    } catch (error) {
      const why = factsOf(error);
      // A server that is away may come back.
      if (why.family !== "connection" && why.family !== "access") {
        this.made.delete(source.id);
        card.replaceWith(brokenCard(source.label, why));
      }
    }
  }
}

function put(place: HTMLElement, url: string): void {
  const picture = document.createElement("img");
  picture.src = url;
  picture.alt = "";
  place.replaceChildren(picture);
}

function brokenCard(name: string, { code, found, fix }: RefusalFacts): HTMLElement {
  const card = element("div", "card broken", "");
  card.append(element("b", "", name), element("p", "", `Cannot be shown: found ${found}.`), element("p", "", fix), element("code", "", code));
  return card;
}

// Text is text, whatever it holds.
function element(name: string, kind: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
}
