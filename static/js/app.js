// Finds what the page asks for by data attributes and brings it to life. Every page works without it.
import "htmx.org";
import { refreshAges } from "./islands/ago.js";
import { confirmBeforeSending } from "./islands/confirm.js";
import { addCopyButtons } from "./islands/copy.js";
import { keepDrafts } from "./islands/draft.js";
import { followLog } from "./islands/log-tail.js";
import { openPalette } from "./islands/palette.js";
import { showRunState } from "./islands/run-state.js";

confirmBeforeSending(document);
openPalette(document);
refreshAges(document);
keepDrafts(document);
showRunState(document);
addCopyButtons(document);
for (const log of document.querySelectorAll("[data-log-url]")) followLog(log);
document.addEventListener("htmx:afterSwap", () => {
  addCopyButtons(document);
  showRunState(document);
});
