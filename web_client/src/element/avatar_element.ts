import { ClipPlayer } from "../player/clip_player.ts";
import { PlayableAvatar } from "../player/playable_avatar.ts";
import { findClip } from "../reader/manifest.ts";
import { Refusal } from "../reader/refusal.ts";
import { cameraOf, framing, type Orbit } from "../renderer/core/camera.ts";
import type { Renderer } from "../renderer/core/renderer.ts";
import { createRenderer } from "../renderer/create_renderer.ts";
import type { WorkerPort } from "../workers/worker_decoder.ts";
import { OrbitGestures } from "./orbit_gestures.ts";

const STYLE = `:host{display:block;position:relative;width:320px;height:480px;overflow:hidden}
canvas{width:100%;height:100%;display:block;cursor:grab}
p{position:absolute;inset:0;margin:0;padding:1em;display:grid;place-content:center;text-align:center;font:14px system-ui;pointer-events:none}
p:empty{display:none}`;
// A page that was away does not catch up.
const LONGEST_STEP_S = 0.1;
const MOST_PIXELS_A_POINT = 2;

/**
 * `<ani3d-avatar src="dancer.a3d" clip="dance" autoplay>`: an avatar on any page. Attributes: `src`, `clip` (the first where
 * left out), `autoplay`, `rate`, `once`, `residual` (0 … 2). Events: `load`, `error` (its detail has code and fix), `ended`.
 */
export class AvatarElement extends HTMLElement {
  static readonly observedAttributes = ["src", "clip", "autoplay", "rate", "once", "residual"];
  /** Where the decoder's worker lies; null decodes on the page's own thread. */
  static workerUrl: string | URL | null = null;

  /** Null until it is loaded. */
  player: ClipPlayer | null = null;
  avatar: PlayableAvatar | null = null;
  renderer: Renderer | null = null;
  /** Where the camera is; null until the avatar is framed. */
  orbit: Orbit | null = null;

  private readonly canvas = document.createElement("canvas");
  private readonly words = document.createElement("p");
  private worker: Worker | null = null;
  private loading: AbortController | null = null;
  private lastMs = 0;
  private request = 0;
  private isInView = true;
  private isLost = false;
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
    this.view.observe(this);
    void this.load();
  }

  disconnectedCallback(): void {
    this.view.disconnect();
    this.release();
    this.renderer?.dispose();
    this.renderer = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) {
      return;
    }
    if (name === "src") {
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
      this.renderer ??= await createRenderer(this.canvas);
      this.renderer.onLost = (isLost) => {
        this.isLost = isLost;
        this.say(isLost ? "The browser took the graphics device away; waiting for it to come back." : "");
      };
      this.worker ??= startWorker(AvatarElement.workerUrl);
      const url = new URL(src, document.baseURI).href;
      const avatar = await PlayableAvatar.open(url, { signal, worker: this.worker as WorkerPort | null });
      if (signal.aborted) {
        avatar.dispose();
        return;
      }
      this.show(avatar);
      for (let level = 1; level < avatar.package.manifest.levelSizes.length; level++) {
        await avatar.package.fetchAvatar(level + 1, signal);
        if (signal.aborted) {
          return;
        }
        this.renderer.setAvatar(avatar, level);
      }
      this.dispatchEvent(new Event("load"));
    } catch (error) {
      if (!signal.aborted) {
        this.fail(error);
      }
    }
  }

  private show(avatar: PlayableAvatar): void {
    this.avatar = avatar;
    this.player = new ClipPlayer(avatar);
    this.renderer!.setAvatar(avatar, 0);
    this.startClip(0);
    // The first frame is shown whether it plays or not.
    this.player.isPaused = !this.hasAttribute("autoplay");
    this.request = requestAnimationFrame(this.step);
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
    const { player, renderer } = this;
    if (player === null || renderer === null) {
      return;
    }
    this.request = requestAnimationFrame(this.step);
    const seconds = this.lastMs === 0 ? 0 : Math.min((nowMs - this.lastMs) / 1000, LONGEST_STEP_S);
    this.lastMs = nowMs;
    if (!this.isInView || this.isLost) {
      return;
    }
    try {
      const isShown = player.update(seconds);
      if (isShown && this.words.textContent !== "") {
        this.say("");
      }
      this.draw(player, renderer);
      if (player.hasEnded) {
        this.dispatchEvent(new Event("ended"));
      }
    } catch (error) {
      cancelAnimationFrame(this.request);
      this.fail(error);
    }
  };

  private draw(player: ClipPlayer, renderer: Renderer): void {
    const scale = Math.min(devicePixelRatio, MOST_PIXELS_A_POINT);
    const widthPx = Math.max(1, Math.round(this.clientWidth * scale)), heightPx = Math.max(1, Math.round(this.clientHeight * scale));
    const { centreM, radiusM } = renderer.sphere(player.frame);
    this.orbit ??= framing(centreM, radiusM, widthPx / heightPx);
    // The camera goes along, at its own height.
    this.orbit.targetM = [centreM[0], this.orbit.targetM[1], centreM[2]];
    const gain = Number(this.getAttribute("residual") ?? 1);
    renderer.draw(player.frame, cameraOf(this.orbit, widthPx, heightPx), {
      residual: Number.isFinite(gain) ? Math.min(2, Math.max(0, gain)) : 1,
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
    this.player?.dispose();
    this.avatar?.dispose();
    this.worker?.terminate();
    this.player = this.avatar = this.worker = this.orbit = this.loading = null;
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
