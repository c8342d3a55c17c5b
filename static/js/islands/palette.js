import sprite from "../../build/generated/icons.svg?url";
import { hitsAt } from "../lib/hits.js";
import { movedIndex } from "../lib/selection.js";

/** The palette: opens at once on Ctrl/Cmd-K, and answers from the server. */
export function openPalette(root) {
  const dialog = root.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  let asked = null;
  let timer;

  function open(event) {
    event.preventDefault();
    dialog.showModal();
    input.select();
    ask();
  }

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const url = `${dialog.dataset.paletteUrl}?q=${encodeURIComponent(input.value)}`;
    const hits = await hitsAt(url, asked.signal);
    if (hits) show(hits);
  }

  function show(hits) {
    list.replaceChildren(...hits.map(option));
    choose(0);
    if (hits.length === 0) list.append(nothing(input.value));
  }

  function choose(index) {
    const options = [...list.querySelectorAll("[role=option]")];
    for (const [at, row] of options.entries()) row.setAttribute("aria-selected", String(at === index));
    options[index]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[index]?.id ?? "");
  }

  function onKey(event) {
    const options = [...list.querySelectorAll("[role=option]")];
    const index = options.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const moved = movedIndex(event.key, index, options.length);
    if (moved !== null) {
      event.preventDefault();
      choose(moved);
    } else if (event.key === "Enter" && options[index]) {
      event.preventDefault();
      location.assign(options[index].dataset.url);
    }
  }

  for (const opener of root.querySelectorAll("[data-palette-open]")) opener.addEventListener("click", open);
  root.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) open(event);
  });
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 60);
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) location.assign(row.dataset.url);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function option(hit, index) {
  const row = document.createElement("li");
  row.id = `palette-${index}`;
  row.className = "palette-item";
  row.dataset.url = hit.url;
  row.setAttribute("role", "option");
  const kind = document.createElement("span");
  kind.className = "quiet end";
  kind.textContent = hit.kind;
  row.append(icon(hit.icon), hit.title, kind);
  return row;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

function nothing(asked) {
  const row = document.createElement("li");
  row.className = "quiet";
  row.textContent = `Nothing is called ${asked}.`;
  return row;
}
