import type { LivePerformance } from "./live_performance.ts";
import type { LiveView } from "./live_view.ts";
import { type Look, LOOKS } from "./look.ts";
import { fillChoices, part, say } from "./page_parts.ts";
import type { Recorder } from "./recorder.ts";
import { isSinglePage } from "./sources.ts";
import type { Viewer } from "./viewer.ts";

const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];

/** Connects buttons, sliders and keys with the viewer. */
export class Controls {
  private recorder: Recorder | null = null;
  private performance: LivePerformance | null = null;
  private readonly actions: Readonly<Record<string, () => void>>;

  constructor(private readonly viewer: Viewer) {
    const { transport } = viewer;
    this.actions = {
      play: () => transport.toggle(),
      back: () => transport.step(-1), forward: () => transport.step(1), start: () => transport.seek(transport.fromS),
      slower: () => this.changeSpeed(-1), faster: () => this.changeSpeed(1),
      from: () => transport.setFrom(transport.timeS), to: () => transport.setTo(transport.timeS),
      whole: () => transport.clearRange(),
      loop: () => (transport.loops = !transport.loops),
      frame: () => viewer.frameAvatar(), theme: () => this.changeTheme(), avatars: () => void viewer.openGallery(),
      others: () => void viewer.openGallery(),
      screenshot: () => void this.savePicture(), record: () => void this.record(), link: () => void this.copyLink(),
      perform: () => void this.perform(),
      more: () => this.toggle("more"), share: () => this.toggle("share"), help: () => part<HTMLDialogElement>("keys").showModal(),
      statistics: () => void viewer.showStatistics(!(viewer.statistics?.isShown ?? false)),
    };
    this.attachButtons();
    this.attachChoices();
    this.attachSplit();
    addEventListener("keydown", (event) => this.press(event));
    part("record").hidden = typeof MediaRecorder === "undefined";
    part("link").hidden = part("live-box").hidden = isSinglePage();
    viewer.onChange = () => this.show();
  }

  /** What changes with time. */
  showTime(): void {
    this.showLive(this.viewer.live);
    const { transport } = this.viewer, scrub = part<HTMLInputElement>("scrub"), play = part("play");
    if (document.activeElement !== scrub || !scrub.matches(":active")) {
      scrub.value = String(transport.timeS);
    }
    part("time").textContent = `${transport.timeS.toFixed(2)} / ${transport.durationS.toFixed(2)} s`;
    const label = transport.isPlaying ? "Pause" : "Play";
    if (play.getAttribute("aria-label") !== label) {
      play.setAttribute("aria-label", label);
    }
  }

  private showLive(live: LiveView | null): void {
    const isLive = live !== null || this.viewer.source?.session != null;
    if (part("bar-of-time").hidden !== isLive) {
      for (const id of ["bar-of-time", "scrub-row", "clip-label", "in-place-label"]) {
        part(id).hidden = isLive;
      }
      part("live").hidden = !isLive;
    }
    if (live !== null && part("live").textContent !== live.words) {
      part("live").textContent = live.words;
      part("live").dataset.state = live.stream.state === "open" ? live.stream.source : live.stream.state;
    }
  }

  /** Everything else. */
  show(): void {
    this.showTime();
    const { viewer } = this, { transport, manifest, source, catalogue } = viewer, scrub = part<HTMLInputElement>("scrub");
    scrub.max = String(transport.durationS || 1);
    part("avatars").hidden = source === null || catalogue.sources.length + catalogue.broken.length < 2;
    part("avatars-name").textContent = source?.label ?? "";
    part("clip-label").toggleAttribute("data-few", (manifest?.clips.length ?? 0) < 1);
    for (const button of document.querySelectorAll<HTMLElement>("[data-look]")) {
      button.setAttribute("aria-checked", String(button.dataset.look === viewer.look));
    }
    part("bottom").hidden = part("looks").hidden = manifest === null && source?.session == null;
    part("split").hidden = viewer.look !== "split";
    part("legend").hidden = viewer.look !== "difference";
    part("loop").setAttribute("aria-pressed", String(transport.loops));
    part("whole").hidden = !transport.hasRange;
    const bar = part("range-bar"), length = transport.durationS || 1;
    bar.hidden = !transport.hasRange;
    bar.style.left = `${(100 * transport.fromS) / length}%`;
    bar.style.width = `${(100 * (transport.toS - transport.fromS)) / length}%`;
    part<HTMLInputElement>("gain").value = String(viewer.gain);
    part("gain-value").textContent = `${viewer.gain.toFixed(2)}×`;
    part<HTMLSelectElement>("speed").selectedIndex = SPEEDS.indexOf(transport.speed);
    part<HTMLInputElement>("statistics-on").checked = viewer.statistics?.isShown ?? false;
    part("record").setAttribute("aria-pressed", String(this.recorder !== null));
    if (manifest !== null) {
      let sum = 0;
      const names = manifest.levelSizes.map((size) => `${(sum += size).toLocaleString("en")} Gaussians`);
      fillChoices(part<HTMLSelectElement>("level"), names, Math.min(viewer.level, names.length - 1));
      const isRigid = viewer.live === null && !(manifest.clips[viewer.clip]?.hasResidual ?? false);
      part("gain").toggleAttribute("disabled", isRigid);
      part("looks").title = isRigid ? "This clip has no motion of cloth and hair: both layers are the same" : "";
    }
  }

  private attachButtons(): void {
    for (const [id, act] of Object.entries(this.actions)) {
      const button = document.getElementById(id);
      if (button instanceof HTMLButtonElement) {
        button.addEventListener("click", () => {
          act();
          this.show();
        });
      }
    }
    for (const button of document.querySelectorAll<HTMLElement>("[data-look]")) {
      button.addEventListener("click", () => this.choose(button.dataset.look as Look));
    }
  }

  private attachChoices(): void {
    const { viewer } = this, { transport } = viewer;
    this.on("clip", "change", (element) => viewer.chooseClip(element.selectedIndex));
    this.on("level", "change", (element) => (viewer.level = element.selectedIndex));
    this.on("speed", "change", (element) => (transport.speed = SPEEDS[element.selectedIndex]));
    this.on("scrub", "input", (element) => {
      transport.isPlaying = false;
      transport.seek(Number(element.value));
    });
    this.on("gain", "input", (element) => (viewer.gain = Number(element.value)));
    this.on("in-place", "change", (element) => (viewer.isInPlace = element.checked));
    this.on("statistics-on", "change", (element) => void viewer.showStatistics(element.checked));
  }

  private on(id: string, event: string, take: (element: HTMLInputElement & HTMLSelectElement) => void): void {
    const element = part<HTMLInputElement & HTMLSelectElement>(id);
    element.addEventListener(event, () => {
      take(element);
      this.show();
    });
  }

  private attachSplit(): void {
    const handle = part("split"), { viewer } = this;
    const move = (share: number): void => {
      viewer.split = Math.min(Math.max(share, 0.02), 0.98);
      handle.style.left = `${100 * viewer.split}%`;
      handle.setAttribute("aria-valuenow", String(Math.round(100 * viewer.split)));
    };
    handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) {
        move(event.clientX / innerWidth);
      }
    });
    handle.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        event.stopPropagation();
        move(viewer.split + (event.key === "ArrowLeft" ? -0.02 : 0.02));
      }
    });
    move(viewer.split);
  }

  private press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const isBusy = part<HTMLDialogElement>("keys").open || target.closest("select, input:not([type]), input[type=search], #gallery") !== null;
    if (isBusy || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === " " && target instanceof HTMLButtonElement) {
      return;
    }
    if (event.key.startsWith("Arrow") && target.closest('#gain, [role="radiogroup"]') !== null) {
      return;
    }
    const look = LOOKS["1234".indexOf(event.key)];
    const name = KEYS[event.key.toLowerCase()];
    if (event.key.length === 1 && look !== undefined) {
      this.choose(look);
    } else if (name !== undefined && !isHidden(name)) {
      event.preventDefault();
      this.actions[name]();
      this.show();
    }
  }

  private choose(look: Look): void {
    this.viewer.look = look;
    this.show();
  }

  private changeSpeed(by: number): void {
    const { transport } = this.viewer, place = SPEEDS.indexOf(transport.speed);
    transport.speed = SPEEDS[Math.min(Math.max((place < 0 ? 3 : place) + by, 0), SPEEDS.length - 1)];
  }

  private changeTheme(): void {
    const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    this.viewer.screen.takeColours();
  }

  // Opens one panel and closes the other.
  private toggle(id: "more" | "share"): void {
    for (const each of ["more", "share"] as const) {
      const panel = part(PANELS[each]);
      panel.hidden = each !== id || !panel.hidden;
      part(each).setAttribute("aria-expanded", String(!panel.hidden));
    }
  }

  private get name(): string {
    const { manifest, transport } = this.viewer;
    return `${manifest?.avatarName ?? "avatar"}-${transport.timeS.toFixed(2)}`;
  }

  private async savePicture(): Promise<void> {
    const { savePicture } = await import("./recorder.ts"), picture = this.viewer.redraw();
    if (picture === null) {
      say("There is no picture yet");
    } else {
      await savePicture(picture, this.name);
      say("Picture saved");
    }
  }

  private async record(): Promise<void> {
    const { viewer, recorder } = this;
    if (recorder !== null) {
      this.recorder = viewer.onPicture = null;
      await recorder.save(this.name);
      say("Video saved");
    } else {
      const { Recorder } = await import("./recorder.ts"), picture = viewer.redraw();
      const begun = this.recorder = picture === null ? null : Recorder.begin(picture);
      viewer.onPicture = begun === null ? null : (next) => begun.take(next);
      say(picture === null ? "There is no picture yet" : begun === null ? "This browser cannot record video" : "Recording: press again to save");
    }
    this.show();
  }

  private async perform(): Promise<void> {
    const { LivePerformance } = await import("./live_performance.ts");
    this.performance ??= new LivePerformance(this.viewer);
    await this.performance.toggle(part<HTMLInputElement>("session-name").value.trim());
  }

  private async copyLink(): Promise<void> {
    const address = `${location.origin}${location.pathname}#${this.viewer.linkHere().toString()}`;
    try {
      await navigator.clipboard.writeText(address);
      say("Link copied. Whoever opens it needs the token, too");
    } catch {
      location.hash = this.viewer.linkHere().toString();
      say("The link is in the address bar");
    }
  }
}

// What a page has no button for, such as links in a page of one file, no key does either.
function isHidden(name: string): boolean {
  const button = document.getElementById(name);
  return button instanceof HTMLButtonElement && button.hasAttribute("hidden");
}

const PANELS = { more: "panel", share: "sharing" } as const;

const KEYS: Readonly<Record<string, string>> = {
  " ": "play", arrowleft: "back", arrowright: "forward", home: "start", ",": "slower", ".": "faster", g: "loop", i: "from",
  o: "to", x: "whole", f: "frame", s: "more", e: "share", t: "statistics", l: "theme", p: "screenshot", r: "record", c: "link", a: "avatars", "?": "help",
};
