import { Refusal } from "../reader/refusal.ts";
import { attachGestures } from "./gestures.ts";
import { keepToken, readLink, takeToken, writeLink } from "./link.ts";
import { gainsOf, type Look, LOOKS } from "./look.ts";
import type { AvatarFacts, PictureOrder, RefusalFacts, SceneAnswer } from "./messages.ts";
import { Notice } from "./notice.ts";
import { Orbit } from "./orbit.ts";
import { fillChoices, part } from "./page_parts.ts";
import { Painter } from "./painter.ts";
import { findSource, isSinglePage, type Source } from "./sources.ts";
import { Stage, type StageListener } from "./stage.ts";
import { Statistics } from "./statistics.ts";
import { Transport } from "./transport.ts";

const RETRY_MS = 2000;
const MOST_PIXEL_RATIO = 2;
const LONGEST_STEP_S = 0.1;

/** The page: what is shown, and what happens when something stands in the way. */
export class Viewer implements StageListener {
  readonly canvas = part<HTMLCanvasElement>("canvas");
  readonly orbit = new Orbit();
  readonly transport = new Transport();
  readonly statistics = new Statistics();
  look: Look = "residual";
  gain = 1;
  split = 0.5;
  level = Infinity;
  isInPlace = false;
  clip = -1;
  facts: AvatarFacts | null = null;
  /** Called when there is something else to show in the controls. */
  onChange: () => void = () => undefined;

  private readonly notice = new Notice(() => void this.start(), (token) => this.useToken(token));
  private painter: Painter | null = null;
  private source: Source | null = null;
  private stage: Stage | null = null;
  private number = 0;
  private token = takeToken();
  private link = readLink();
  private isFramed = false;
  private asked = "";
  private beforeMs = 0;
  private retries = 0;
  private background: readonly number[] = [1, 1, 1];

  /** Finds an avatar and shows it. */
  async start(): Promise<void> {
    clearTimeout(this.retries);
    if (this.painter === null && !this.makePainter()) {
      return;
    }
    try {
      this.source = await findSource(this.token);
    } catch (error) {
      this.refused(factsOf(error));
      return;
    }
    const { names } = this.source;
    if (names.length === 0) {
      this.notice.show("No avatars yet", "The folder that is served has no packages.", "Put .a3d files into it: they are picked up as they come.", "");
      this.retryLater();
      return;
    }
    const wanted = this.link.get("avatar"), found = wanted === null ? 0 : names.indexOf(wanted);
    fillChoices(part<HTMLSelectElement>("avatar"), names, Math.max(found, 0));
    part("avatar-label").hidden = names.length < 2;
    if (found < 0) {
      this.refused({ code: "avatar-not-found", family: "missing", subject: wanted ?? "", found: "no such avatar", fix: `There is: ${names.slice(0, 10).join(", ")}.` });
      return;
    }
    this.openAvatar(found);
  }

  openAvatar(number: number): void {
    if (this.source === null) {
      return;
    }
    this.stage?.close();
    this.notice.hide();
    part("loading").hidden = false;
    this.facts = null;
    this.isFramed = false;
    this.number = number;
    part<HTMLSelectElement>("avatar").selectedIndex = number;
    this.stage = new Stage(this.source.open(number), this.token, this);
    this.asked = "";
  }

  opened(facts: AvatarFacts): void {
    this.facts = facts;
    document.title = `${facts.name}, ani3d`;
    const wanted = this.link.get("clip") ?? this.source?.clip ?? null;
    const names = facts.clips.map(({ name }) => name), found = wanted === null ? 0 : names.indexOf(wanted);
    fillChoices(part<HTMLSelectElement>("clip"), names, Math.max(found, 0));
    this.chooseClip(Math.max(found, 0));
    this.takeLink();
    this.onChange();
  }

  chooseClip(clip: number): void {
    const info = this.facts?.clips[clip];
    this.clip = info === undefined ? -1 : clip;
    this.transport.take(info?.durationS ?? 0, info?.fps ?? 30, info?.loops ?? false);
    this.onChange();
  }

  progressed(loaded: number, total: number): void {
    this.statistics.loaded(loaded);
    const share = total > 0 ? loaded / total : 0;
    part("bar").style.setProperty("--done", `${Math.round(100 * share)}%`);
    part("loading-text").textContent = `${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  }

  painted(picture: SceneAnswer & { kind: "picture" }, waitMs: number): void {
    part("loading").hidden = true;
    this.notice.hide();
    const start = performance.now();
    if (!this.isFramed) {
      // The first picture only says where the avatar stands.
      this.isFramed = true;
      this.frameAvatar();
      if (this.orbit.take(this.link.get("camera") ?? "")) {
        this.link.delete("camera");
      }
      return;
    }
    this.draw();
    this.canvas.dataset.shown = picture.timeS.toFixed(4);
    this.canvas.dataset.pictures = String(Number(this.canvas.dataset.pictures ?? "0") + 1);
    this.statistics.picture(picture.times, performance.now() - start, picture.gaussians, waitMs);
  }

  refused(refusal: RefusalFacts): void {
    this.notice.refuse(refusal);
    this.stage?.close();
    this.stage = null;
    if (refusal.family === "connection") {
      this.retryLater();
    }
  }

  frameAvatar(): void {
    if (this.stage?.bounds) {
      this.orbit.frame(this.stage.bounds, this.canvas.width, this.canvas.height);
    }
  }

  /** Draws what is here once more. */
  draw(): void {
    const mode = this.look === "split" || this.look === "difference" ? this.look : "one";
    const layers = this.stage?.layers ?? [];
    if (layers.length === gainsOf(this.look, this.gain).length) {
      this.painter?.paint(layers, mode, this.split, this.background);
    }
  }

  /** What the page looks like has changed. */
  takeColours(): void {
    const probe = document.createElement("canvas").getContext("2d");
    if (probe !== null) {
      probe.fillStyle = getComputedStyle(document.body).backgroundColor;
      probe.fillRect(0, 0, 1, 1);
      this.background = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
      this.draw();
    }
  }

  /** Once a frame of the screen. */
  tick(nowMs: number): void {
    const seconds = Math.min((nowMs - this.beforeMs) / 1000, LONGEST_STEP_S);
    this.beforeMs = nowMs;
    const { stage } = this;
    if (stage === null || this.facts === null || this.painter === null) {
      return;
    }
    if (!stage.isWaiting && this.isFramed) {
      this.transport.advance(seconds);
    }
    if (!stage.isBusy) {
      const order = this.orderNow(), text = JSON.stringify(order);
      if (text !== this.asked || stage.isWaiting) {
        this.asked = text;
        stage.order(order);
      }
    }
  }

  resize(): void {
    const ratio = Math.min(devicePixelRatio, MOST_PIXEL_RATIO);
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.draw();
  }

  /** The address of what is shown, without the token. */
  linkHere(): URLSearchParams {
    const link = new URLSearchParams();
    const { facts, source, transport } = this;
    if (source !== null && !isSinglePage()) {
      link.set("avatar", source.names[this.number]);
    }
    if (facts !== null && this.clip >= 0) {
      link.set("clip", facts.clips[this.clip].name);
    }
    link.set("time", transport.timeS.toFixed(3));
    link.set("look", this.look);
    link.set("gain", String(this.gain));
    link.set("speed", String(transport.speed));
    link.set("paused", transport.isPlaying ? "0" : "1");
    if (transport.hasRange) {
      link.set("range", `${transport.fromS.toFixed(3)},${transport.toS.toFixed(3)}`);
    }
    link.set("camera", this.orbit.toText());
    return link;
  }

  private takeLink(): void {
    const { link, transport } = this, number = (name: string): number => Number(link.get(name) ?? NaN);
    if (Number.isFinite(number("time"))) {
      transport.seek(number("time"));
    }
    this.look = LOOKS.find((each) => each === link.get("look")) ?? this.look;
    this.gain = Number.isFinite(number("gain")) ? Math.min(Math.max(number("gain"), 0), 2) : this.gain;
    transport.speed = number("speed") > 0 && number("speed") <= 4 ? number("speed") : transport.speed;
    transport.isPlaying = link.get("paused") !== "1";
    const [from, to] = (link.get("range") ?? "").split(",").map(Number);
    if (from >= 0 && to > from) {
      transport.setTo(Math.min(to, transport.durationS));
      transport.setFrom(from);
    }
    // Once: what is chosen later goes over it.
    const camera = link.get("camera");
    this.link = new URLSearchParams(camera === null ? {} : { camera });
    writeLink(new URLSearchParams());
  }

  private orderNow(): PictureOrder {
    const { canvas, facts, transport } = this, info = facts?.clips[this.clip];
    return {
      clip: this.clip, timeS: transport.timeS, level: Math.min(this.level, (facts?.levelSizes.length ?? 1) - 1),
      gains: gainsOf(this.look, this.gain), root: this.isInPlace || info?.inPlace ? "in place" : "world",
      camera: this.orbit.view(canvas.width, canvas.height),
    };
  }

  private makePainter(): boolean {
    try {
      this.painter = new Painter(this.canvas);
    } catch (error) {
      this.notice.show(
        "This browser cannot draw the avatar", `It needs WebGL2: ${error instanceof Error ? error.message : String(error)}.`,
        "Turn hardware acceleration on in the browser's settings, or use a current Chrome, Edge, Firefox or Safari.", "webgl2-missing",
      );
      return false;
    }
    attachGestures(this.canvas, this.orbit, () => undefined);
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.painter = null;
      this.notice.show("The graphics card was taken away", "The browser has lost its drawing context.", "The page goes on when it comes back; close other tabs if it does not.", "webgl-context-lost", false, false);
    });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.painter = new Painter(this.canvas);
      this.notice.hide();
      this.asked = "";
    });
    return true;
  }

  private useToken(token: string): void {
    this.token = token;
    keepToken(token);
    void this.start();
  }

  private retryLater(): void {
    this.retries = window.setTimeout(() => {
      this.keepPlace();
      void this.start();
    }, RETRY_MS);
  }

  // A restarted server goes on where it was.
  private keepPlace(): void {
    if (this.facts !== null) {
      this.link = this.linkHere();
    }
  }
}

function factsOf(error: unknown): RefusalFacts {
  if (error instanceof Refusal) {
    return error;
  }
  return { code: "page-failed", family: "unknown", subject: "viewer", found: String(error), fix: "Reload the page." };
}
