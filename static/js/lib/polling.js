const FASTEST = 400;
const SLOWEST = 5000;

/** How long to wait before the next look, in milliseconds: soon after news, slower while nothing comes. */
export function nextDelay(previous, gotNews) {
  return gotNews ? FASTEST : Math.min(SLOWEST, Math.round(previous * 1.5));
}

/** Whether a run in this state can still log. */
export function isFinal(state) {
  return ["succeeded", "failed", "cancelled"].includes(state);
}
