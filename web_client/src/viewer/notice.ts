import type { RefusalFacts } from "./refusal_facts.ts";
import { part } from "./page_parts.ts";

const TITLES: Readonly<Record<string, string>> = {
  foreign: "This is no ani3d package",
  future: "This package needs a newer viewer",
  container: "This package is damaged",
  section: "This package is damaged",
  connection: "The server does not answer",
  access: "The server wants to know who you are",
  missing: "There is no such avatar",
};

/** What stands in the way of showing anything, in words. */
export class Notice {
  private readonly box = part("notice");

  constructor(onRetry: () => void, onToken: (token: string) => void) {
    part("retry").addEventListener("click", onRetry);
    part("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      onToken(part<HTMLInputElement>("token").value.trim());
    });
  }

  get isShown(): boolean {
    return !this.box.hidden;
  }

  refuse({ code, family, subject, found, fix }: RefusalFacts): void {
    this.show(TITLES[family] ?? "This cannot be shown", `${subject}: ${found}.`, fix, code, family === "access");
  }

  show(title: string, text: string, fix: string, code: string, asksForToken = false, canRetry = true): void {
    part("notice-title").textContent = title;
    part("notice-text").textContent = text;
    part("notice-fix").textContent = fix;
    part("notice-code").textContent = code;
    part("token-form").hidden = !asksForToken;
    part("retry").hidden = asksForToken || !canRetry;
    this.box.hidden = false;
    part("loading").hidden = true;
  }

  hide(): void {
    this.box.hidden = true;
  }
}
