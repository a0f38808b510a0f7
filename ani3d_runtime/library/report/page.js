"use strict";
// Everything from the library reaches the page as text, by textContent: a name is never markup.
const held = (id) => JSON.parse(document.getElementById(id).textContent);
const facts = held("facts");
const previews = held("previews");
const history = held("changes");
const changeOf = new Map(history.changes.map((change) => [change.character, change]));
const CHUNK = 60;

const whole = new Intl.NumberFormat("en");
const collator = new Intl.Collator("en", { numeric: true });
const fixed = (value, digits) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const seconds = (value) => (value === null ? "–" : value < 90 ? `${fixed(value, 1)} s` : `${fixed(value / 60, 1)} min`);
const plural = (count, word) => `${whole.format(count)} ${word}${count === 1 ? "" : "s"}`;
const sum = (values) => values.reduce((total, value) => total + value, 0);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// What is searched, sorted and counted, worked out once.
const clips = [];
const characters = facts.characters.map((character) => {
  const own = character.clips.map((clip) => ({
    ...clip,
    character: character.name,
    kbPerFrame: clip.bytes / 1e3 / Math.max(clip.frames, 1),
    text: [character.name, clip.name, clip.quality, ...character.tags, ...clip.warnings].join(" ").toLowerCase(),
  }));
  clips.push(...own);
  const warnings = [...character.warnings, ...own.flatMap((clip) => clip.warnings)];
  return {
    ...character,
    clips: own,
    playing: sum(own.map((clip) => clip.seconds)),
    error: Math.max(0, ...own.map((clip) => clip.max_error_mm)),
    missed: own.filter((clip) => clip.within === false).length,
    warnings,
    kind: changeOf.get(character.name)?.kind ?? "",
    text: [character.name, ...character.tags, ...own.map((clip) => clip.name), ...warnings].join(" ").toLowerCase(),
  };
});
const failures = facts.failures.map((failure) => ({
  ...failure,
  text: Object.values(failure).join(" ").toLowerCase(),
}));
const changes = history.changes.map((change) => ({
  ...change,
  text: [change.character, change.kind, ...change.details].join(" ").toLowerCase(),
}));

function bound(clip) {
  const limit = [clip.quality, clip.bound_mm === null ? "" : `≤ ${clip.bound_mm} mm`].filter(Boolean).join(", ");
  if (clip.within === null) return element("span", {}, limit);
  return element("span", { className: clip.within ? "good" : "bad" }, `${clip.within ? "✓ met" : "✗ missed"}: ${limit}`);
}

const lines = (texts, className = "") =>
  element("ul", { className: `lines ${className}` }, ...texts.map((text) => element("li", {}, text)));

// A column: title, the value to sort by, what the cell shows, and whether it is a number.
const CLIP_COLUMNS = [
  ["character", (clip) => clip.character, (clip) => clip.character, false],
  ["clip", (clip) => clip.name, (clip) => clip.name, false],
  ["length", (clip) => clip.seconds, (clip) => `${fixed(clip.seconds, 2)} s`, true],
  ["frames", (clip) => clip.frames, (clip) => whole.format(clip.frames), true],
  ["KB/frame", (clip) => clip.kbPerFrame, (clip) => fixed(clip.kbPerFrame, 2), true],
  ["largest error", (clip) => clip.max_error_mm, (clip) => `${fixed(clip.max_error_mm, 2)} mm`, true],
  ["bound", (clip) => (clip.within === false ? 0 : 1), bound, false],
  ["baked in", (clip) => clip.baked_in_s ?? -1, (clip) => seconds(clip.baked_in_s), true],
  ["warnings", (clip) => clip.warnings.length, (clip) => (clip.warnings.length ? lines(clip.warnings, "warn") : "–"), false],
];
const FAILURE_COLUMNS = [
  ["character", (failure) => failure.character, (failure) => failure.character, false],
  ["task", (failure) => failure.label, (failure) => failure.label, false],
  ["code", (failure) => failure.code, (failure) => element("code", {}, failure.code), false],
  ["found", (failure) => failure.found, (failure) => failure.found, false],
  ["expected", (failure) => failure.expected, (failure) => failure.expected, false],
  ["what to do", (failure) => failure.fix, (failure) => failure.fix, false],
  ["attempts", (failure) => failure.attempt, (failure) => whole.format(failure.attempt), true],
];
const CHANGE_COLUMNS = [
  ["character", (change) => change.character, (change) => change.character, false],
  ["what", (change) => change.kind, (change) => change.kind, false],
  ["details", (change) => change.details.length, (change) => (change.details.length ? lines(change.details) : "–"), false],
];
const CARD_ORDERS = {
  name: [(each) => each.name, 1],
  changed: [(each) => ["new", "changed", ""].indexOf(each.kind), 1],
  warnings: [(each) => each.missed * 1e6 + each.warnings.length, -1],
  "largest error": [(each) => each.error, -1],
  size: [(each) => each.bytes, -1],
  Gaussians: [(each) => each.gaussians, -1],
  clips: [(each) => each.clips.length, -1],
  "time to bake": [(each) => each.baked_in_s ?? -1, -1],
};

function row(item, columns) {
  const cell = ([title, , show, isNumber]) =>
    element("td", { className: isNumber ? "number" : title === "character" || title === "clip" ? "name" : "" }, show(item));
  return element("tr", {}, ...columns.map(cell));
}

function heading(columns, order, choose) {
  const cell = ([title, , , isNumber], index) => {
    const made = element("th", { scope: "col", className: isNumber ? "number" : "" });
    if (choose === null) made.append(title);
    else made.append(element("button", { type: "button", onclick: () => choose(index) }, title));
    if (order?.column === index) made.ariaSort = order.sign > 0 ? "ascending" : "descending";
    return made;
  };
  return element("thead", {}, element("tr", {}, ...columns.map(cell)));
}

function preview(character) {
  const made = element("div", { className: "preview" });
  made.role = "img";
  made.ariaLabel = character.name;
  // A character may be called "constructor".
  if (!Object.hasOwn(previews.pictures, character.name)) {
    made.append("no picture");
  } else {
    made.style.backgroundImage = `url("data:image/webp;base64,${previews.pictures[character.name]}")`;
    made.style.setProperty("--frames", previews.frames);
    made.classList.add("turning");
  }
  return made;
}

function marks(character) {
  const made = element("div", { className: "marks" });
  const add = (text, kind) => made.append(element("span", { className: `mark ${kind}` }, text));
  if (character.kind) add(character.kind, character.kind);
  if (character.missed) add(`${plural(character.missed, "bound")} missed`, "bad");
  if (character.warnings.length) add(plural(character.warnings.length, "warning"), "warn");
  for (const tag of character.tags) add(tag, "");
  return made;
}

function card(character) {
  const own = CLIP_COLUMNS.slice(1);
  const inside = element("details", {}, element("summary", {}, plural(character.clips.length, "clip")));
  const made = element(
    "article",
    { className: "card" },
    preview(character),
    element("h2", {}, character.name),
    element("p", {}, `${plural(character.gaussians, "Gaussian")}, ${fixed(character.bytes / 1e6, 2)} MB`),
    element("p", {}, `plays ${seconds(character.playing)}, baked in ${seconds(character.baked_in_s)}`),
    marks(character),
    inside,
  );
  inside.ontoggle = () => {
    made.classList.toggle("open", inside.open);
    if (!inside.open || inside.children.length > 1) return;
    inside.append(
      element("div", { className: "scroll" },
        element("table", {}, heading(own, null, null),
          element("tbody", {}, ...character.clips.map((clip) => row(clip, own))))),
      character.warnings.length ? lines(character.warnings, "warn") : "",
      element("p", {}, element("code", {}, `${character.package}, digest ${character.digest}`)),
    );
  };
  return made;
}

const VIEWS = {
  characters: { items: characters, word: "character" },
  clips: { items: clips, word: "clip", columns: CLIP_COLUMNS, order: { column: 0, sign: 1 } },
  changes: { items: changes, word: "change", columns: CHANGE_COLUMNS, order: { column: 0, sign: 1 } },
  failures: { items: failures, word: "failure", columns: FAILURE_COLUMNS, order: { column: 0, sign: 1 } },
};

const byValue = (value, sign) => (a, b) => {
  const [first, second] = [value(a), value(b)];
  return sign * (typeof first === "string" ? collator.compare(first, second) : first - second);
};

const search = document.getElementById("search");
const order = document.getElementById("order");
const place = document.getElementById("place");
const count = document.getElementById("count");
let current = "characters";
let more = null;

// Rows and cards are made as they come into view: a library may have 100,000 clips.
const end = element("div");
new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) more?.(); }, { rootMargin: "900px" })
  .observe(end);

function fill(target, items, make) {
  let next = 0;
  more = () => {
    do {
      target.append(...items.slice(next, next + CHUNK).map(make));
      next += CHUNK;
    } while (next < items.length && end.getBoundingClientRect().top < innerHeight + 900);
    if (next >= items.length) more = null;
  };
  more();
}

function show() {
  const view = VIEWS[current];
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = view.items.filter((item) => words.every((word) => item.text.includes(word)));
  count.textContent = `${plural(found.length, view.word)}${words.length ? ` of ${whole.format(view.items.length)}` : ""}`;
  for (const label of document.querySelectorAll(".tools label")) label.hidden = view.columns !== undefined;
  for (const button of document.querySelectorAll(".views button")) button.ariaPressed = String(button.name === current);
  if (view.columns === undefined) {
    found.sort(byValue(...CARD_ORDERS[order.value]));
    const grid = element("div", { className: "grid" });
    place.replaceChildren(grid, end);
    fill(grid, found, card);
    return;
  }
  found.sort(byValue(view.columns[view.order.column][1], view.order.sign));
  const body = element("tbody");
  const choose = (column) => {
    view.order = { column, sign: view.order.column === column ? -view.order.sign : 1 };
    show();
    place.querySelectorAll("th button")[column].focus();
  };
  const table = element("table", {}, heading(view.columns, view.order, choose), body);
  place.replaceChildren(found.length ? element("div", { className: "scroll" }, table) : element("p", {}, nothing(words)), end);
  fill(body, found, (item) => row(item, view.columns));
}

function nothing(words) {
  if (words.length) return "Nothing has all of these words.";
  if (current === "changes")
    return history.since === null ? "This is the first report." : `Nothing changed since the report of ${history.since}.`;
  return "There are none.";
}

function figure(title, value) {
  return element("div", {}, element("dt", {}, title), element("dd", {}, value));
}

function begin() {
  const missed = sum(characters.map((each) => each.missed));
  document.getElementById("figures").append(
    figure("characters", whole.format(characters.length)),
    figure("clips", whole.format(clips.length)),
    figure("of motion", seconds(sum(clips.map((clip) => clip.seconds)))),
    figure("MB", fixed(sum(characters.map((each) => each.bytes)) / 1e6, 1)),
    figure("bounds missed", whole.format(missed)),
    figure("warnings", whole.format(sum(characters.map((each) => each.warnings.length)))),
    figure("failures", whole.format(failures.length)),
    figure(history.since === null ? "changes: first report" : `changes since ${history.since}`, whole.format(changes.length)),
  );
  for (const [name, view] of Object.entries(VIEWS)) {
    const choose = () => { current = name; show(); };
    document.querySelector(".views").append(
      element("button", { type: "button", name, onclick: choose }, `${name} (${whole.format(view.items.length)})`),
    );
  }
  order.append(...Object.keys(CARD_ORDERS).map((name) => element("option", { value: name }, name)));
  order.onchange = show;
  search.oninput = show;
  document.getElementById("turn").onchange = (event) => document.body.classList.toggle("turn-all", event.target.checked);
  show();
}

begin();
