import type { Renderer } from "../renderer/core/renderer.ts";
import type { LiveView } from "./live_view.ts";
import { part } from "./page_parts.ts";

const SHARE = 0.15;
const NAMES = { webgl2: "WebGL2", webgpu: "WebGPU", software: "the CPU" } as const;
const SHOW_EVERY_MS = 400;

/** Figures of the last moments. */
export class Statistics {
  private readonly list = part("statistics");
  private readonly shown = new Map<string, HTMLElement>();
  private readonly means = new Map<string, number>();
  private pictures: number[] = [];
  private bytes: { atMs: number; loaded: number }[] = [];
  private nextMs = 0;
  private gaussians = 0;
  private backend: Renderer["backend"] = "webgl2";
  private live: LiveView | null = null;

  get isShown(): boolean {
    return this.list.hidden === false;
  }

  show(isShown: boolean): void {
    this.list.hidden = !isShown;
    this.write();
  }

  /** A picture was drawn. */
  picture({ backend, times: { detailMs, deformMs, sortMs, submitMs, gaussians } }: Renderer, poseMs: number, allMs: number, live: LiveView | null): void {
    const now = performance.now();
    this.pictures.push(now);
    this.pictures = this.pictures.filter((each) => now - each < 1000);
    for (const [name, value] of Object.entries({ poseMs, detailMs, deformMs, sortMs, submitMs, allMs })) {
      const before = this.means.get(name);
      this.means.set(name, before === undefined ? value : before + SHARE * (value - before));
    }
    this.gaussians = gaussians;
    this.backend = backend;
    this.live = live;
    if (live !== null) {
      this.loaded(live.stream.receivedBytes);
    }
    if (this.isShown && now >= this.nextMs) {
      this.nextMs = now + SHOW_EVERY_MS;
      this.write();
    }
  }

  loaded(loaded: number): void {
    const now = performance.now();
    this.bytes = [...this.bytes.filter(({ atMs }) => now - atMs < 1000), { atMs: now, loaded }];
  }

  private write(): void {
    const now = performance.now(), mean = (name: string): string => {
      const value = this.means.get(name) ?? 0;
      return value < 0 ? "on the GPU" : `${value.toFixed(1)} ms`;
    };
    this.bytes = this.bytes.filter((each, i) => now - each.atMs < 1000 || i === this.bytes.length - 1);
    const came = this.bytes.length > 1 ? this.bytes[this.bytes.length - 1].loaded - this.bytes[0].loaded : 0;
    this.line("pictures/s", String(this.pictures.length));
    this.line("pose", mean("poseMs"));
    this.line("detail", mean("detailMs"));
    this.line("deform", this.backend === "software" ? mean("deformMs") : "on the GPU");
    this.line("sort", mean("sortMs"));
    this.line("draw, CPU", mean("submitMs"));
    this.line("CPU in all", mean("allMs"));
    this.line("drawn by", NAMES[this.backend]);
    this.line("Gaussians", this.gaussians.toLocaleString("en"));
    this.line("received", `${(came / 1000).toFixed(0)} KB/s`);
    if (this.live !== null) {
      this.line("latency", `${this.live.latencyMs.toFixed(0)} ms`);
      this.line("dropped", String(this.live.stream.droppedCount));
      const { rendition, thinnedCount } = this.live.stream;
      if (rendition !== null && (rendition.linkBytesPerS > 0 || thinnedCount > 0)) {
        const link = rendition.linkBytesPerS > 0 ? `, link ${(rendition.linkBytesPerS / 1000).toFixed(0)} KB/s` : "";
        this.line("slow link", `1 frame of ${rendition.every}${link}, ${thinnedCount} left out`);
      }
      this.line("reconnects", String(this.live.stream.reconnectCount));
    }
  }

  private line(name: string, value: string): void {
    let cell = this.shown.get(name);
    if (cell === undefined) {
      const term = document.createElement("dt");
      term.textContent = name;
      cell = document.createElement("dd");
      this.list.append(term, cell);
      this.shown.set(name, cell);
    }
    cell.textContent = value;
  }
}
