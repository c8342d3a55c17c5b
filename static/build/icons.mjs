// Builds one sprite of the icons that templates and code name, from lucide-static.
// Fails on a name that does not exist, so that a page never shows a hole.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = [
  "templates",
  "catalog",
  "provisioning",
  "metrics",
  "runs",
  "audit",
  "accounts",
  "portal",
  "common",
];
const NAMED = [
  /\{%\s*icon\s+"([a-z0-9-]+)"/g,
  /\bicon(?:_name)?\s*[=:]\s*"([a-z0-9-]+)"/g,
  /^icon:\s*"?([a-z0-9-]+)"?\s*$/gm,
];

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (/\.(html|py|ya?ml)$/.test(entry.name)) yield path;
  }
}

const names = new Set(JSON.parse(readFileSync("static/build/named-by-code.json", "utf8")));
for (const path of SOURCES.flatMap((folder) => [...files(folder)])) {
  const text = readFileSync(path, "utf8");
  for (const pattern of NAMED) for (const match of text.matchAll(pattern)) names.add(match[1]);
}

const symbols = [...names].sort().map((name) => {
  const svg = readFileSync(join("node_modules/lucide-static/icons", `${name}.svg`), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s+/g, " ").trim()}</symbol>`;
});
mkdirSync("static/build/generated", { recursive: true });
writeFileSync(
  "static/build/generated/icons.svg",
  `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
);
console.log(`${symbols.length} icons`);
