import { durationOf, type Manifest } from "../reader/manifest.ts";
import { Refusal } from "../reader/refusal.ts";
import { GraphicsError } from "../renderer/core/graphics_error.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import { WebGl2Renderer } from "../renderer/webgl2/webgl2_renderer.ts";
import { attachGestures } from "./gestures.ts";
import type { LiveView } from "./live_view.ts";
import { keepToken, readLink, takeToken, writeLink } from "./link.ts";
import { type Look, LOOKS } from "./look.ts";
import { Notice } from "./notice.ts";
import { Orbit } from "./orbit.ts";
import { fillChoices, part } from "./page_parts.ts";
import { Painting } from "./painting.ts";
import { factsOf } from "./refusal_facts.ts";
import { findSources, isSinglePage, type Source } from "./sources.ts";
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
  manifest: Manifest | null = null;
  /** Called when there is something else to show in the controls. */
  onChange: () => void = () => undefined;

  private readonly notice = new Notice(() => void this.start(), (token) => this.useToken(token));
  private renderer: Renderer | null = null;
  private painting: Painting | null = null;
  private sources: readonly Source[] = [];
  private stage: Stage | null = null;
  private number = 0;
  private token = takeToken();
  private link = readLink();
  private isFramed = false;
  private shown = "";
  private isWaiting = false;
  private isLost = false;
  private beforeMs = 0;
  private retries = 0;
  private size: [number, number] = [1, 1];
  private background: readonly [number, number, number] = [1, 1, 1];

  /** Finds an avatar and shows it. */
  async start(): Promise<void> {
    clearTimeout(this.retries);
    if (this.renderer === null && !this.makeRenderer()) {
      return;
    }
    try {
      this.sources = await findSources(this.token);
    } catch (error) {
      this.refused(error);
      return;
    }
    const ids = this.sources.map(({ id }) => id);
    if (ids.length === 0) {
      this.notice.show("No avatars yet", "The folder that is served has no packages.", "Put .a3d files into it: they are picked up as they come.", "");
      this.retryLater();
      return;
    }
    const wanted = this.link.get("avatar"), found = wanted === null ? 0 : ids.indexOf(wanted);
    fillChoices(part<HTMLSelectElement>("avatar"), this.sources.map(({ label }) => label), Math.max(found, 0));
    part("avatar-label").hidden = ids.length < 2;
    if (found < 0) {
      this.refused(new Refusal("avatar-not-found", wanted ?? "", "no such avatar", `There is: ${ids.slice(0, 10).join(", ")}.`));
      return;
    }
    this.openAvatar(found);
  }

  openAvatar(number: number): void {
    const { renderer } = this, source = this.sources[number];
    if (source === undefined || renderer === null) {
      return;
    }
    this.stage?.close();
    this.notice.hide();
    part("loading").hidden = false;
    this.manifest = null;
    this.isFramed = false;
    this.number = number;
    part<HTMLSelectElement>("avatar").selectedIndex = number;
    this.stage = new Stage(renderer, this);
    void this.stage.open(source, this.token);
  }

  opened(manifest: Manifest): void {
    this.manifest = manifest;
    document.title = `${manifest.avatarName}, ani3d`;
    const wanted = this.link.get("clip") ?? this.sources[this.number]?.clip ?? null;
    const names = manifest.clips.map(({ name }) => name), found = wanted === null ? 0 : names.indexOf(wanted);
    fillChoices(part<HTMLSelectElement>("clip"), names, Math.max(found, 0));
    this.chooseClip(Math.max(found, 0));
    this.takeLink();
    this.onChange();
  }

  chooseClip(clip: number): void {
    const info = this.manifest?.clips[clip];
    this.clip = info === undefined ? -1 : clip;
    this.transport.take(info === undefined ? 0 : durationOf(info), info?.fps ?? 30, info?.loops ?? false);
    this.onChange();
  }

  progressed(loaded: number, total: number): void {
    this.statistics.loaded(loaded);
    const share = total > 0 ? loaded / total : 0;
    part("bar").style.setProperty("--done", `${Math.round(100 * share)}%`);
    part("loading-text").textContent = `${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  }

  refused(error: unknown): void {
    const facts = factsOf(error);
    this.notice.refuse(facts);
    this.stage?.close();
    this.stage = null;
    if (facts.family === "connection") {
      this.retryLater();
    }
  }

  frameAvatar(): void {
    const frame = this.stage?.frame ?? null;
    if (frame !== null && this.renderer !== null) {
      this.orbit.frame(this.renderer.sphere(frame), this.size[0], this.size[1]);
    }
  }

  /** What the page looks like has changed. */
  takeColours(): void {
    const probe = document.createElement("canvas").getContext("2d");
    if (probe !== null) {
      probe.fillStyle = getComputedStyle(document.body).backgroundColor;
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      this.background = [red / 255, green / 255, blue / 255];
    }
  }

  /** Once a frame of the screen. */
  tick(nowMs: number): void {
    const seconds = Math.min((nowMs - this.beforeMs) / 1000, LONGEST_STEP_S);
    this.beforeMs = nowMs;
    const { stage } = this;
    if (stage === null || this.manifest === null || this.isLost) {
      return;
    }
    if (!this.isWaiting && this.isFramed && stage.live === null) {
      this.transport.advance(seconds);
    }
    try {
      this.show(stage);
    } catch (error) {
      this.refused(error);
    }
  }

  resize(): void {
    const ratio = Math.min(devicePixelRatio, MOST_PIXEL_RATIO), { clientWidth, clientHeight } = this.canvas;
    this.size = [Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio))];
  }

  /** The session that is watched; null where clips are played. */
  get live(): LiveView | null {
    return this.stage?.live ?? null;
  }

  /** The canvas that has the picture. */
  get picture(): HTMLCanvasElement {
    return this.painting?.shown ?? this.canvas;
  }

  // Poses and draws where something is another than in the picture before.
  private show(stage: Stage): void {
    const { transport, look, gain, split, background, clip } = this;
    const isFiner = stage.refine(Math.min(this.level, (this.manifest?.levelSizes.length ?? 1) - 1));
    const exact = !transport.isPlaying;
    stage.live?.update();
    const text = JSON.stringify([
      stage.live?.count, clip, transport.timeS, this.isInPlace, look, gain, split, background, exact, this.size, this.orbit.toText(),
    ]);
    if (text === this.shown && !isFiner && !this.isWaiting) {
      return;
    }
    const start = performance.now();
    this.isWaiting = !stage.pose(clip, transport.timeS, this.isInPlace ? "in place" : null);
    const posed = performance.now(), { frame } = stage;
    if (this.isWaiting || frame === null) {
      return;
    }
    this.shown = text;
    this.frameFirst();
    this.painting?.draw(frame, this.orbit.camera(...this.size), { look, gain, split, background, exact });
    part("loading").hidden = true;
    this.canvas.dataset.shown = transport.timeS.toFixed(4);
    this.canvas.dataset.pictures = String(Number(this.canvas.dataset.pictures ?? "0") + 1);
    if (this.renderer !== null) {
      this.statistics.picture(this.renderer.times, posed - start, performance.now() - start, stage.live);
    }
  }

  // As soon as it is known where the avatar stands.
  private frameFirst(): void {
    if (!this.isFramed) {
      this.isFramed = true;
      this.frameAvatar();
      if (this.orbit.take(this.link.get("camera") ?? "")) {
        this.link.delete("camera");
      }
    }
  }

  /** The address of what is shown, without the token. */
  linkHere(): URLSearchParams {
    const link = new URLSearchParams();
    const { manifest, transport } = this;
    if (this.sources.length > 0 && !isSinglePage()) {
      link.set("avatar", this.sources[this.number].id);
    }
    if (manifest !== null && this.clip >= 0) {
      link.set("clip", manifest.clips[this.clip].name);
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

  private makeRenderer(): boolean {
    try {
      this.renderer = new WebGl2Renderer(this.canvas);
    } catch (error) {
      const [found, fix] = error instanceof GraphicsError ? [error.found, error.fix] : [String(error), "Use another browser."];
      this.notice.show("This browser cannot draw the avatar", `${found[0].toUpperCase()}${found.slice(1)}.`, fix, "webgl2-missing");
      return false;
    }
    this.painting = new Painting(this.renderer, this.canvas, part<HTMLCanvasElement>("over"));
    attachGestures(this.canvas, this.orbit);
    this.renderer.onLost = (isLost) => {
      this.isLost = isLost;
      this.shown = "";
      if (isLost) {
        this.notice.show(
          "The graphics card was taken away", "The browser has lost its drawing context.",
          "The page goes on when it comes back; close other tabs if it does not.", "webgl-context-lost", false, false,
        );
      } else {
        this.notice.hide();
      }
    };
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
    if (this.manifest !== null) {
      this.link = this.linkHere();
    } else if (this.sources.length > 0) {
      this.link.set("avatar", this.sources[this.number].id);
    }
  }
}
