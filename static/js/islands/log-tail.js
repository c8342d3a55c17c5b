import { isFinal, nextDelay } from "../lib/polling.js";

/** Follows the log at `data-log-url` from `data-log-offset` on, and the reader unless they scrolled up. */
export function followLog(log) {
  let offset = log.dataset.logOffset;
  let delay = 400;
  const state = { done: log.dataset.runFinal === "yes" };

  async function look() {
    if (state.done) return;
    if (!document.hidden) delay = nextDelay(delay, await more().catch(() => false));
    if (!state.done) setTimeout(look, delay);
  }

  async function more() {
    const answer = await fetch(`${log.dataset.logUrl}?after=${offset}`, { credentials: "same-origin" });
    if (!answer.ok) return false;
    const text = await answer.text();
    const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (text) log.append(text);
    if (text && follows) log.scrollTop = log.scrollHeight;
    offset = answer.headers.get("X-Next-Offset");
    state.done = !text && isFinal(answer.headers.get("X-Run-State"));
    return text !== "";
  }

  log.scrollTop = log.scrollHeight;
  look();
}
