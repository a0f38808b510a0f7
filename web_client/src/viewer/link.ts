/** What the address says behind its #: no server is told. */
export function readLink(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
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
  return given ?? kept();
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(TOKEN, token);
  } catch {
    // A page without storage asks again after a reload.
  }
}

export function writeLink(link: URLSearchParams): void {
  history.replaceState(null, "", `${location.pathname}${location.search}#${link.toString()}`);
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}
