import { ageInWords } from "../lib/ages.js";

/** Keeps relative times true while a page stays open. */
export function refreshAges(root) {
  setInterval(() => {
    for (const time of root.querySelectorAll("time[data-ago]")) {
      time.textContent = ageInWords((Date.now() - Date.parse(time.dateTime)) / 1000);
    }
  }, 30_000);
}
