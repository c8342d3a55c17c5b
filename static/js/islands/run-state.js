const MARKS = {
  succeeded: "✓",
  failed: "✗",
  cancelled: "–",
  waiting: "⏸",
  running: "▸",
  cancelling: "▸",
  queued: "…",
};
const COLOURS = { succeeded: "#1d7a50", failed: "#ce2c31", running: "#0090ff", cancelling: "#0090ff" };
let plainTitle = "";

/** Shows the state of a run in the tab: a mark before the title and a dot as its icon. */
export function showRunState(root) {
  const state = root.querySelector("[data-run-state]")?.dataset.runState;
  if (!state) return;
  plainTitle ||= root.title;
  root.title = `${MARKS[state] ?? "·"} ${plainTitle}`;
  const colour = COLOURS[state] ?? "#73726c";
  const dot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}"/></svg>`;
  root.querySelector("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(dot)}`;
}
