import { GatewayAddress } from "../live/gateway_address.ts";
import { durationOf, type Manifest } from "../reader/manifest.ts";
import { Refusal } from "../reader/refusal.ts";
import { GraphicsError } from "../renderer/core/graphics_error.ts";
import { LevelFade } from "../renderer/core/shown_level.ts";
import { Catalogue } from "./catalogue.ts";
import type { Gallery } from "./gallery.ts";
import type { LiveView } from "./live_view.ts";
import { keepToken, readLink, rendererOf, takeToken, writeLink } from "./link.ts";
import { type Look, LOOKS } from "./look.ts";
import { Notice } from "./notice.ts";
import { fillChoices, part, say } from "./page_parts.ts";
import { factsOf } from "./refusal_facts.ts";
import { Screen } from "./screen.ts";
import { isSinglePage, type Source } from "./sources.ts";
import { Stage, type StageListener } from "./stage.ts";
import type { Statistics } from "./statistics.ts";
import { Transport } from "./transport.ts";

const RETRY_MS = 2000;
const LONGEST_STEP_S = 0.1;

/** The page: what is shown, and what happens when something stands in the way. */
export class Viewer implements StageListener {
  readonly screen = new Screen();
  readonly transport = new Transport();
  look: Look = "residual";
  gain = 1;
  split = 0.5;
  level = Infinity;
  isInPlace = false;
  /** Null until they are asked for. */
  statistics: Statistics | null = null;
  clip = -1;
  manifest: Manifest | null = null;
  source: Source | null = null;
  catalogue = new Catalogue(new GatewayAddress(addressHere(), takeToken()));
  /** Called when there is something else to show in the controls. */
  onChange: () => void = () => undefined;
  /** Called with each picture as soon as it is drawn. */
  onPicture: ((picture: HTMLCanvasElement) => void) | null = null;

  private readonly notice = new Notice(() => this.startAgain(), (token) => this.useToken(token));
  private gallery: Gallery | null = null;
  private stage: Stage | null = null;
  private link = readLink();
  private readonly backend = rendererOf(this.link);
  private isFramed = false;
  private isStarting = false;
  private shown = "";
  private isWaiting = false;
  private beforeMs = 0;
  private retries = 0;
  private fade = new LevelFade(0);
  private shownLevel = 0;

  constructor() {
    this.screen.onLost = (isLost) => this.lost(isLost);
  }

  /** Finds an avatar and shows it. */
  async start(): Promise<void> {
    clearTimeout(this.retries);
    if (this.isStarting) {
      return;
    }
    this.isStarting = true;
    try {
      if (await this.hasRenderer()) {
        await this.catalogue.find();
        this.catalogue.onChange = (why) => this.changed(why);
        this.catalogue.follow();
        await this.choose();
      }
    } catch (error) {
      this.refused(error);
    } finally {
      this.isStarting = false;
    }
  }

  openSource(source: Source): void {
    const { renderer } = this.screen;
    if (renderer === null) {
      return;
    }
    this.stage?.close();
    this.notice.hide();
    this.gallery?.hide();
    this.onPicture = null;
    part("loading-text").textContent = "Loading …";
    part("loading").hidden = false;
    this.manifest = null;
    this.isFramed = false;
    this.fade = new LevelFade(0);
    this.source = source;
    this.stage = new Stage(renderer, this);
    void this.stage.open(source, this.catalogue.address);
    this.onChange();
  }

  /** Shows all that can be looked at. */
  async openGallery(): Promise<void> {
    const { Gallery } = await import("./gallery.ts");
    this.gallery ??= new Gallery(this, () => this.screen.renderer?.backend ?? "webgl2");
    part("loading").hidden = true;
    this.gallery.show();
  }

  opened(manifest: Manifest): void {
    this.manifest = manifest;
    document.title = `${this.source?.session ?? manifest.avatarName}, ani3d`;
    const wanted = this.link.get("clip") ?? this.source?.clip ?? null;
    const names = manifest.clips.map(({ name }) => name), found = wanted === null ? 0 : names.indexOf(wanted);
    fillChoices(part<HTMLSelectElement>("clip"), names, Math.max(found, 0));
    this.chooseClip(Math.max(found, 0));
    if (found < 0) {
      say(`There is no clip ${wanted}; this is ${names[0] ?? "the avatar at rest"}`);
    }
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
    this.statistics?.loaded(loaded);
    const share = total > 0 ? loaded / total : 0;
    part("bar").style.setProperty("--done", `${Math.round(100 * share)}%`);
    part("loading-text").textContent = `${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  }

  refused(error: unknown): void {
    const facts = factsOf(error);
    this.catalogue.stop();
    this.gallery?.hide();
    this.notice.refuse(facts, this.catalogue.sources.length > 1);
    this.stage?.close();
    this.stage = null;
    if (facts.family === "connection") {
      this.retryLater();
    }
  }

  async showStatistics(isShown: boolean): Promise<void> {
    const { Statistics } = await import("./statistics.ts");
    this.statistics ??= new Statistics();
    this.statistics.show(isShown);
    this.onChange();
  }

  frameAvatar(): void {
    const frame = this.stage?.frame ?? null;
    if (frame !== null) {
      this.screen.frame(frame);
    }
  }

  /** Once a frame of the screen. */
  tick(nowMs: number): void {
    const seconds = Math.min((nowMs - this.beforeMs) / 1000, LONGEST_STEP_S);
    this.beforeMs = nowMs;
    const { stage } = this;
    if (stage === null || this.manifest === null || this.screen.isLost || this.gallery?.isShown) {
      return;
    }
    if (!this.isWaiting && this.isFramed && stage.live === null) {
      this.transport.advance(seconds);
    }
    try {
      this.show(stage, seconds);
    } catch (error) {
      this.refused(error);
    }
  }

  /** The session that is watched; null where clips are played. */
  get live(): LiveView | null {
    return this.stage?.live ?? null;
  }

  /** The stage of what is shown. */
  get playing(): Stage | null {
    return this.stage;
  }

  /** Draws what is shown once more: the canvas that has it, until this task ends. */
  redraw(): HTMLCanvasElement | null {
    const frame = this.stage?.frame ?? null;
    return frame === null || !this.isFramed ? null : this.draw(frame, true);
  }

  // Poses and draws where something is another than in the picture before.
  private show(stage: Stage, seconds: number): void {
    const { transport, screen, clip } = this, isFiner = stage.refine(), exact = !transport.isPlaying;
    this.shownLevel = this.fade.toward(Math.min(this.level, stage.level), seconds, exact);
    stage.live?.update();
    const text = JSON.stringify([
      stage.live?.count, clip, transport.timeS, this.isInPlace, this.look, this.gain, this.split, screen.background, exact, screen.size, this.shownLevel,
      screen.orbit.toText(),
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
    const picture = this.draw(frame, exact);
    this.onPicture?.(picture);
    part("loading").hidden = true;
    const { dataset } = screen.canvas;
    dataset.shown = transport.timeS.toFixed(4);
    dataset.pictures = String(Number(dataset.pictures ?? "0") + 1);
    if (screen.renderer !== null) {
      this.statistics?.picture(screen.renderer, posed - start, performance.now() - start, stage.live);
    }
  }

  private draw(frame: NonNullable<Stage["frame"]>, exact: boolean): HTMLCanvasElement {
    const { look, gain, split, screen, shownLevel: level } = this;
    return screen.draw(frame, { look, gain, split, background: screen.background, exact, level });
  }

  // As soon as it is known where the avatar stands.
  private frameFirst(): void {
    if (!this.isFramed) {
      this.isFramed = true;
      this.frameAvatar();
      if (this.screen.orbit.take(this.link.get("camera") ?? "")) {
        this.link.delete("camera");
      }
    }
  }

  /** The address of what is shown, without the token. */
  linkHere(): URLSearchParams {
    const link = new URLSearchParams();
    const { manifest, transport, source } = this;
    if (source !== null && !isSinglePage()) {
      link.set("avatar", source.id);
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
    link.set("camera", this.screen.orbit.toText());
    if (this.backend !== null) {
      link.set("renderer", this.backend);
    }
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
    transport.isPlaying = link.has("paused") ? link.get("paused") !== "1" : transport.isPlaying;
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

  private async hasRenderer(): Promise<boolean> {
    const { screen } = this;
    if (screen.renderer !== null && !screen.isLost) {
      return true;
    }
    const backend = screen.isUnsteady ? "webgl2" : this.backend;
    if (screen.renderer !== null) {
      this.keepPlace();
      screen.drop();
    }
    try {
      await screen.begin(backend);
      return true;
    } catch (error) {
      if (!(error instanceof GraphicsError)) {
        throw error;
      }
      const { found, fix } = error, code = backend === "webgpu" ? "webgpu-missing" : "webgl2-missing";
      this.notice.show("This browser cannot draw the avatar", `${found[0].toUpperCase()}${found.slice(1)}.`, fix, code);
      return false;
    }
  }

  private async choose(): Promise<void> {
    const { sources, broken } = this.catalogue, wanted = this.link.get("avatar");
    const found = wanted === null ? sources[0] : sources.find(({ id }) => id === wanted);
    if (sources.length + broken.length === 0) {
      this.notice.show("No avatars yet", "The folder that is served has no packages.", "Put .a3d files into it: they are picked up as they come.", "");
      this.retryLater();
    } else if (wanted === null && sources.length + broken.length > 1) {
      this.notice.hide();
      await this.openGallery();
    } else if (found !== undefined) {
      this.openSource(found);
    } else {
      const why = broken.find(({ fileName }) => wanted === null || fileName === `${wanted}.a3d`)?.why;
      const ids = sources.map(({ id }) => id).slice(0, 10).join(", ");
      this.refused(why ?? new Refusal("avatar-not-found", wanted ?? "", "no such avatar", `There is: ${ids}.`));
    }
    this.onChange();
  }

  // The server has something else, is gone (why) or is back.
  private changed(why: Refusal | null): void {
    const away = part("away");
    away.hidden = why === null;
    away.textContent = why?.family === "access" ? "The server asks for a token" : "Server away; trying again";
    if (why !== null && why.family !== "connection") {
      this.keepPlace();
      this.refused(why);
    }
    this.gallery?.update();
    this.onChange();
  }

  private lost(isLost: boolean): void {
    this.shown = "";
    if (!isLost) {
      this.notice.hide();
      return;
    }
    if (this.screen.isUnsteady) {
      void this.start();
      return;
    }
    this.notice.show(
      "The graphics card was taken away", "The browser has lost its drawing context.",
      "The page goes on when it comes back. If it does not, close other tabs and try again.", "webgl-context-lost",
    );
  }

  private startAgain(): void {
    this.keepPlace();
    void this.start();
  }

  private useToken(token: string): void {
    keepToken(token);
    this.keepPlace();
    this.catalogue.stop();
    this.catalogue = new Catalogue(new GatewayAddress(addressHere(), token));
    part("away").hidden = true;
    void this.start();
  }

  private retryLater(): void {
    clearTimeout(this.retries);
    this.retries = window.setTimeout(() => this.startAgain(), RETRY_MS);
  }

  // A restarted server goes on where it was.
  private keepPlace(): void {
    if (this.manifest !== null) {
      this.link = this.linkHere();
    } else if (this.source !== null) {
      this.link.set("avatar", this.source.id);
    }
  }
}

// A page of a disk has no server, and asks none.
function addressHere(): string {
  return isSinglePage() ? "http://localhost" : location.origin;
}
