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

  /** `hasOthers`: other avatars can be chosen. */
  refuse({ code, family, subject, found, fix }: RefusalFacts, hasOthers: boolean): void {
    this.show(TITLES[family] ?? "This cannot be shown", `${subject}: ${found}.`, fix, code, family === "access");
    part("others").hidden = !hasOthers || family === "access" || family === "connection";
  }

  show(title: string, text: string, fix: string, code: string, asksForToken = false): void {
    part("notice-title").textContent = title;
    part("notice-text").textContent = text;
    part("notice-fix").textContent = fix;
    part("notice-code").textContent = code;
    part("token-form").hidden = !asksForToken;
    part("retry").hidden = asksForToken;
    part("others").hidden = true;
    this.box.hidden = false;
    part("loading").hidden = true;
    if (asksForToken) {
      part("token").focus();
    }
  }

  hide(): void {
    this.box.hidden = true;
  }
}
