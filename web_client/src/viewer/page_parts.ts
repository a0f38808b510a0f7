/** An element of the page by its id. */
export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`the page has no #${id}`);
  }
  return found as T;
}

/** Fills a choice; names are text, whatever they hold. */
export function fillChoices(select: HTMLSelectElement, names: readonly string[], chosen: number): void {
  select.replaceChildren(...names.map((name, value) => {
    const option = document.createElement("option");
    option.value = String(value);
    option.textContent = name;
    return option;
  }));
  select.selectedIndex = chosen;
}

let hides = 0;

/** Says something for a moment. */
export function say(text: string): void {
  const line = part("said");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(hides);
  hides = window.setTimeout(() => {
    line.hidden = true;
  }, 3000);
}
