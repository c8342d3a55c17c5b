// Finds what the page asks for by data attributes and brings it to life. Every page works without it.
import "../css/main.css";
import "htmx.org";
import { refreshAges } from "./islands/ago.js";
import { confirmBeforeSending } from "./islands/confirm.js";
import { addCopyButtons } from "./islands/copy.js";
import { keepDrafts } from "./islands/draft.js";
import { closeMenus, helpReading } from "./islands/feedback.js";
import { foldInPlace } from "./islands/fold.js";
import { followLog } from "./islands/log-tail.js";
import { openPalette } from "./islands/palette.js";
import { decideByKeys } from "./islands/queue.js";
import { moveByKeys } from "./islands/rows.js";
import { showRunState } from "./islands/run-state.js";

confirmBeforeSending(document);
openPalette(document);
foldInPlace(document);
closeMenus(document);
helpReading(document);
moveByKeys(document);
decideByKeys(document);
refreshAges(document);
keepDrafts(document);
showRunState(document);
addCopyButtons(document);
for (const log of document.querySelectorAll("[data-log-url]")) followLog(log);
document.addEventListener("htmx:afterSwap", () => {
  addCopyButtons(document);
  showRunState(document);
});
