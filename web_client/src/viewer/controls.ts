import type { LiveView } from "./live_view.ts";
import { type Look, LOOKS } from "./look.ts";
import { fillChoices, part, say } from "./page_parts.ts";
import { Recorder } from "./recorder.ts";
import { isSinglePage } from "./sources.ts";
import type { Viewer } from "./viewer.ts";

const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];

/** Connects buttons, sliders and keys with the viewer. */
export class Controls {
  private readonly recorder: Recorder;
  private readonly actions: Readonly<Record<string, () => void>>;

  constructor(private readonly viewer: Viewer) {
    const { transport } = viewer;
    this.recorder = new Recorder(() => viewer.picture, () => `${viewer.manifest?.avatarName ?? "avatar"}-${transport.timeS.toFixed(2)}`);
    this.actions = {
      play: () => transport.toggle(),
      back: () => transport.step(-1), forward: () => transport.step(1), start: () => transport.seek(transport.fromS),
      slower: () => this.changeSpeed(-1), faster: () => this.changeSpeed(1),
      from: () => transport.setFrom(transport.timeS), to: () => transport.setTo(transport.timeS),
      whole: () => transport.clearRange(),
      loop: () => (transport.loops = !transport.loops),
      frame: () => viewer.frameAvatar(), theme: () => this.changeTheme(),
      screenshot: () => this.recorder.picture(), record: () => this.record(), link: () => void this.copyLink(),
      more: () => this.toggle("panel"), help: () => part<HTMLDialogElement>("keys").showModal(),
      statistics: () => viewer.statistics.show(!viewer.statistics.isShown),
    };
    this.attachButtons();
    this.attachChoices();
    this.attachSplit();
    addEventListener("keydown", (event) => this.press(event));
    part("record").hidden = typeof MediaRecorder === "undefined";
    part("link").hidden = isSinglePage();
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
    const isLive = live !== null;
    if (part("bar-of-time").hidden !== isLive) {
      for (const id of ["bar-of-time", "scrub-row", "clip-label"]) {
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
    const { viewer } = this, { transport, manifest } = viewer, scrub = part<HTMLInputElement>("scrub");
    scrub.max = String(transport.durationS || 1);
    for (const button of document.querySelectorAll<HTMLElement>("[data-look]")) {
      button.setAttribute("aria-checked", String(button.dataset.look === viewer.look));
    }
    part("split").hidden = viewer.look !== "split";
    part("loop").setAttribute("aria-pressed", String(transport.loops));
    part("whole").hidden = !transport.hasRange;
    const bar = part("range-bar"), length = transport.durationS || 1;
    bar.hidden = !transport.hasRange;
    bar.style.left = `${(100 * transport.fromS) / length}%`;
    bar.style.width = `${(100 * (transport.toS - transport.fromS)) / length}%`;
    part<HTMLInputElement>("gain").value = String(viewer.gain);
    part("gain-value").textContent = `${viewer.gain.toFixed(2)}×`;
    part<HTMLSelectElement>("speed").selectedIndex = SPEEDS.indexOf(transport.speed);
    part<HTMLInputElement>("statistics-on").checked = viewer.statistics.isShown;
    part("record").setAttribute("aria-pressed", String(this.recorder.isRecording));
    if (manifest !== null) {
      let sum = 0;
      const names = manifest.levelSizes.map((size) => `${(sum += size).toLocaleString("en")} Gaussians`);
      fillChoices(part<HTMLSelectElement>("level"), names, Math.min(viewer.level, names.length - 1));
      part("gain").toggleAttribute("disabled", !(manifest.clips[viewer.clip]?.hasResidual ?? false));
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
    this.on("avatar", "change", (element) => viewer.openAvatar(element.selectedIndex));
    this.on("clip", "change", (element) => viewer.chooseClip(element.selectedIndex));
    this.on("level", "change", (element) => (viewer.level = element.selectedIndex));
    this.on("speed", "change", (element) => (transport.speed = SPEEDS[element.selectedIndex]));
    this.on("scrub", "input", (element) => {
      transport.isPlaying = false;
      transport.seek(Number(element.value));
    });
    this.on("gain", "input", (element) => (viewer.gain = Number(element.value)));
    this.on("in-place", "change", (element) => (viewer.isInPlace = element.checked));
    this.on("statistics-on", "change", (element) => viewer.statistics.show(element.checked));
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
    const isBusy = part<HTMLDialogElement>("keys").open || target.closest("select, #token") !== null;
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
    } else if (name !== undefined) {
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
    const isDark = getComputedStyle(document.documentElement).getPropertyValue("--ground").trim() === "#17181b";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    this.viewer.takeColours();
  }

  private toggle(id: string): void {
    part(id).hidden = !part(id).hidden;
    part("more").setAttribute("aria-expanded", String(!part(id).hidden));
  }

  private record(): void {
    if (!this.recorder.toggle()) {
      say("This browser cannot record video");
    } else {
      say(this.recorder.isRecording ? "Recording: press again to save" : "Video saved");
    }
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

const KEYS: Readonly<Record<string, string>> = {
  " ": "play", arrowleft: "back", arrowright: "forward", home: "start", ",": "slower", ".": "faster", g: "loop", i: "from",
  o: "to", x: "whole", f: "frame", s: "more", t: "statistics", l: "theme", p: "screenshot", r: "record", c: "link", "?": "help",
};
