import { isTyping, rowAfter } from "../lib/rows.js";

/** In a list with `data-rows`, j and k (in a queue the arrows, too) move a mark from row to row, and Enter opens the marked row. */
export function moveByKeys(root) {
  root.addEventListener("keydown", (event) => {
    const table = root.querySelector("[data-rows]");
    if (!table || isTyping(event) || root.querySelector("dialog:modal")) return;
    const rows = [...table.querySelectorAll("tbody > tr")];
    const here = rows.findIndex((row) => row.hasAttribute("data-here"));
    const next = rowAfter(event.key, here, rows.length, { arrows: Boolean(table.closest("[data-queue]")) });
    if (next !== null) {
      event.preventDefault();
      rows[here]?.removeAttribute("data-here");
      rows[next].setAttribute("data-here", "");
      rows[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && event.target === root.body) rows[here]?.querySelector("a")?.click();
  });
}
