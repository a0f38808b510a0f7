import { ClipPlayer } from "../player/clip_player.ts";
import type { GpuFrame } from "../packing/gpu_frame.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import { findClip } from "../reader/manifest.ts";
import { Refusal } from "../reader/refusal.ts";
import { cameraOf, framing, type Orbit } from "../renderer/core/camera.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import { LevelFade } from "../renderer/core/shown_level.ts";
import { createRenderer } from "../renderer/create_renderer.ts";
import type { WorkerPort } from "../workers/worker_decoder.ts";
import type { LiveShow } from "./live_show.ts";
import { OrbitGestures } from "./orbit_gestures.ts";

const STYLE = `:host{display:block;position:relative;width:320px;height:480px;overflow:hidden}
canvas{width:100%;height:100%;display:block;cursor:grab}
p{position:absolute;inset:0;margin:0;padding:1em;display:grid;place-content:center;text-align:center;font:14px system-ui;pointer-events:none}
p:empty{display:none}`;
// A page that was away does not catch up.
const LONGEST_STEP_S = 0.1;
const MOST_PIXELS_A_POINT = 2;

const BACKENDS: readonly Renderer["backend"][] = ["webgpu", "webgl2", "software"];

/** What is shown: nothing yet; joints alone, while cloth, hair and detail are fetched; all. */
export type AvatarStage = "loading" | "rigid" | "whole";

/**
 * `<ani3d-avatar src="dancer.a3d" clip="dance" autoplay>`: an avatar on any page. Attributes: `src`, `clip` (the first where
 * left out), `autoplay`, `rate`, `once`, `residual` (0 … 2), `live` (a session of the server that `src` is from), `token`,
 * `renderer`. Events: `stage`, `load`, `ended`, `error` (its detail has code and fix).
 */
export class AvatarElement extends HTMLElement {
  static readonly observedAttributes = ["src", "clip", "autoplay", "rate", "once", "residual", "live", "token", "renderer"];
  /** Where the decoder's worker lies; null decodes on the page's own thread. */
  static workerUrl: string | URL | null = null;

  /** Null until it is loaded. */
  player: ClipPlayer | null = null;
  /** The session that is watched; null where there is none. */
  live: LiveShow | null = null;
  stage: AvatarStage = "loading";
  avatar: PlayableAvatar | null = null;
  renderer: Renderer | null = null;
  /** Where the camera is; null until the avatar is framed. */
  orbit: Orbit | null = null;

  private canvas = document.createElement("canvas");
  private readonly words = document.createElement("p");
  private worker: Worker | null = null;
  private loading: AbortController | null = null;
  /** The whole avatar's, which takes over from the rigid one's where what it is to show is here. */
  private next: { player: ClipPlayer; taken(): void } | null = null;
  private level = 0;
  private fade = new LevelFade(0);
  private lastMs = 0;
  private request = 0;
  private isInView = true;
  private isBegun = false;
  /** Of the canvas that there is. */
  private making: Promise<Renderer> | null = null;
  private isLost = false;
  /** A frame of the clip was there. */
  private isThere = false;
  private readonly view = new IntersectionObserver(([entry]) => {
    this.isInView = entry.isIntersecting;
  });

  constructor() {
    super();
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.words.setAttribute("role", "status");
    this.attachShadow({ mode: "open" }).append(style, this.canvas, this.words);
    new OrbitGestures(this.canvas, () => this.orbit);
  }

  connectedCallback(): void {
    this.isBegun = true;
    this.view.observe(this);
    void this.load();
  }

  disconnectedCallback(): void {
    this.isBegun = false;
    this.view.disconnect();
    this.release();
    this.dropRenderer();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    // Attributes that it begins with are read when it does.
    if (!this.isBegun || before === after) {
      return;
    }
    if (name === "src" || name === "live" || name === "token" || name === "renderer") {
      if (name === "renderer") {
        this.dropRenderer();
      }
      void this.load();
    } else if (name === "clip") {
      this.startClip(0.3);
    } else {
      this.applySettings();
    }
  }

  play(): void {
    if (this.player !== null) {
      this.player.isPaused = false;
    }
  }

  pause(): void {
    if (this.player !== null) {
      this.player.isPaused = true;
    }
  }

  private async load(): Promise<void> {
    this.release();
    const src = this.getAttribute("src");
    if (src === null) {
      return;
    }
    const loading = (this.loading = new AbortController()), { signal } = loading;
    this.say("loading …");
    try {
      this.making ??= this.newRenderer(this.canvas);
      this.renderer = await this.making;
      signal.throwIfAborted();
      this.worker ??= startWorker(AvatarElement.workerUrl);
      const url = new URL(src, document.baseURI), session = this.getAttribute("live");
      const token = this.getAttribute("token"), headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
      const options = { signal, worker: this.worker as WorkerPort | null, headers };
      if (session === null) {
        for await (const avatar of PlayableAvatar.stages(url.href, options)) {
          await this.take(avatar, signal);
        }
      } else {
        const { LiveShow } = await import("./live_show.ts");
        this.live = await LiveShow.open(url, session, token, options, (why) => this.fail(why));
        this.say("waiting for the session …");
        this.show(this.live.avatar);
      }
      await this.loadLevels(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.fail(error);
      }
    }
  }

  // What is coarse is shown while finer levels come.
  private async loadLevels(signal: AbortSignal): Promise<void> {
    const avatar = this.avatar as PlayableAvatar;
    for (let level = 1; level < avatar.package.manifest.levelSizes.length; level++) {
      await avatar.package.fetchAvatar(level + 1, signal);
      signal.throwIfAborted();
      this.renderer!.setAvatar(avatar, level);
      this.level = level;
    }
    this.dispatchEvent(new Event("load"));
  }

  // Comes back once it is shown, or its player waits for its first frames.
  private async take(avatar: PlayableAvatar, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      avatar.dispose();
      signal.throwIfAborted();
    }
    if (this.avatar === null) {
      this.show(avatar);
      this.player = new ClipPlayer(avatar);
      this.startClip(0);
      return;
    }
    const player = new ClipPlayer(avatar);
    await new Promise<void>((taken) => {
      this.next = { player, taken };
    });
    signal.throwIfAborted();
  }

  private show(avatar: PlayableAvatar): void {
    this.avatar = avatar;
    this.level = 0;
    this.fade = new LevelFade(0);
    this.renderer!.setAvatar(avatar, 0);
    this.enter(avatar.isRigid ? "rigid" : "whole");
    cancelAnimationFrame(this.request);
    this.request = requestAnimationFrame(this.step);
  }

  // The whole avatar goes on where the rigid one is, once its frames are here; that one plays on until then.
  private takeOver(): void {
    const { next, player } = this;
    if (next === null || player === null) {
      return;
    }
    if (player.clip >= 0 && next.player.clip !== player.clip) {
      next.player.play(player.clip, { startS: player.timeS });
    } else {
      next.player.seek(player.timeS);
    }
    if (player.clip < 0 || next.player.update(0)) {
      const before = this.avatar as PlayableAvatar;
      this.next = null;
      this.player = next.player;
      this.applySettings();
      next.player.isPaused = player.isPaused;
      this.show(next.player.avatar);
      player.dispose();
      before.dispose();
      next.taken();
    }
  }

  private enter(stage: AvatarStage): void {
    this.stage = stage;
    this.dispatchEvent(new Event("stage"));
  }

  private async newRenderer(canvas: HTMLCanvasElement): Promise<Renderer> {
    const wanted = this.getAttribute("renderer"), backend = BACKENDS.find((each) => each === wanted) ?? null;
    const renderer = await createRenderer(canvas, backend);
    renderer.onLost = (isLost) => {
      this.isLost = isLost;
      this.say(isLost ? "The browser took the graphics device away; waiting for it to come back." : "");
    };
    return renderer;
  }

  // A canvas has one kind of context for good.
  private dropRenderer(): void {
    this.making?.then((renderer) => renderer.dispose(), () => undefined);
    this.renderer = this.making = null;
    this.isLost = false;
    const canvas = document.createElement("canvas");
    this.canvas.replaceWith(canvas);
    this.canvas = canvas;
    new OrbitGestures(canvas, () => this.orbit);
  }

  private startClip(fadeS: number): void {
    const { player, avatar } = this;
    if (player === null || avatar === null) {
      return;
    }
    const { manifest } = avatar.package, name = this.getAttribute("clip");
    if (name !== null && findClip(manifest, name) < 0) {
      const names = manifest.clips.map((clip) => clip.name).join(", ");
      this.fail(new RangeError(`there is no clip "${name}". Choose one of: ${names}`));
      return;
    }
    if (manifest.clips.length > 0) {
      player.play(name ?? 0, { fadeS });
      this.applySettings();
    }
  }

  private applySettings(): void {
    const { player } = this;
    if (player !== null) {
      const rate = Number(this.getAttribute("rate") ?? 1);
      player.rate = Number.isFinite(rate) ? rate : 1;
      player.loop = !this.hasAttribute("once");
      player.isPaused = !this.hasAttribute("autoplay");
    }
  }

  private readonly step = (nowMs: number): void => {
    const { renderer } = this;
    if (renderer === null || this.avatar === null) {
      return;
    }
    this.request = requestAnimationFrame(this.step);
    const seconds = this.lastMs === 0 ? 0 : Math.min((nowMs - this.lastMs) / 1000, LONGEST_STEP_S);
    this.lastMs = nowMs;
    try {
      if (!this.isInView || this.isLost) {
        this.takeOver();
        return;
      }
      const frame = this.advance(seconds);
      if (frame !== null) {
        this.draw(frame, renderer, seconds);
      }
    } catch (error) {
      cancelAnimationFrame(this.request);
      this.fail(error);
    }
  };

  // What is to be shown; null where nothing of a session came yet.
  private advance(seconds: number): GpuFrame | null {
    const { player, live } = this;
    if (live !== null) {
      const frame = live.update();
      if (frame !== null && live.stream.state !== "closed") {
        this.say("");
      }
      return frame;
    }
    if (player === null) {
      return null;
    }
    const isShown = player.update(seconds);
    // The rest pose may stand elsewhere: the camera is to be put where the clip is.
    this.isThere ||= isShown || player.clip < 0;
    if (isShown && this.words.textContent !== "") {
      this.say("");
    }
    if (player.hasEnded) {
      this.dispatchEvent(new Event("ended"));
    }
    this.takeOver();
    return this.isThere ? this.player?.frame ?? null : null;
  }

  private draw(frame: GpuFrame, renderer: Renderer, seconds: number): void {
    const scale = Math.min(devicePixelRatio, MOST_PIXELS_A_POINT);
    const widthPx = Math.max(1, Math.round(this.clientWidth * scale)), heightPx = Math.max(1, Math.round(this.clientHeight * scale));
    const { centreM, radiusM } = renderer.sphere(frame);
    this.orbit ??= framing(centreM, radiusM, widthPx / heightPx);
    // The camera goes along, at its own height.
    this.orbit.targetM = [centreM[0], this.orbit.targetM[1], centreM[2]];
    const gain = Number(this.getAttribute("residual") ?? 1);
    renderer.draw(frame, cameraOf(this.orbit, widthPx, heightPx), {
      residual: Number.isFinite(gain) ? Math.min(2, Math.max(0, gain)) : 1, level: this.fade.toward(this.level, seconds),
    });
  }

  private fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const { code, fix } = error instanceof Refusal ? error : { code: "", fix: "" };
    this.say(message);
    this.dispatchEvent(new CustomEvent("error", { detail: { code, fix, message, error } }));
  }

  private say(words: string): void {
    this.words.textContent = words;
  }

  private release(): void {
    this.loading?.abort();
    cancelAnimationFrame(this.request);
    this.next?.player.dispose();
    this.next?.player.avatar.dispose();
    this.next?.taken();
    this.player?.dispose();
    this.live?.close();
    this.avatar?.dispose();
    this.worker?.terminate();
    this.player = this.avatar = this.worker = this.orbit = this.loading = this.next = this.live = null;
    this.isThere = false;
    this.stage = "loading";
    this.lastMs = 0;
  }
}

function startWorker(url: string | URL | null): Worker | null {
  try {
    return url === null ? null : new Worker(url, { type: "module" });
  } catch {
    // Scripts of another origin start no workers: then the page's own thread decodes.
    return null;
  }
}
