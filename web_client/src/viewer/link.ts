import type { Renderer } from "../renderer/core/renderer.ts";

const BACKENDS: readonly Renderer["backend"][] = ["webgl2", "webgpu", "software"];

/** What the address says behind its #: no server is told. */
export function readLink(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

/** The renderer that `?renderer=` or the link asks for; null leaves the choice. */
export function rendererOf(link: URLSearchParams): Renderer["backend"] | null {
  const wanted = link.get("renderer") ?? new URLSearchParams(location.search).get("renderer");
  return BACKENDS.find((each) => each === wanted) ?? null;
}

const TOKEN = "ani3d-token";

/** The token of this tab: of the address, from which it is taken away, or of before. */
export function takeToken(): string | null {
  const link = readLink(), given = link.get("token");
  if (given !== null) {
    keepToken(given);
    link.delete("token");
    writeLink(link);
  }
  return given ?? kept(TOKEN);
}

export function keepToken(token: string): void {
  keep(TOKEN, token);
}

/** Notes something for as long as the tab is open. */
export function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // A page without storage asks again after a reload.
  }
}

export function kept(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

export function writeLink(link: URLSearchParams): void {
  const text = link.toString();
  history.replaceState(null, "", `${location.pathname}${location.search}${text === "" ? "" : `#${text}`}`);
}
