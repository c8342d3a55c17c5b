/** The row after a key among `count` rows, or `null` when the key does not move. Stops at the ends. */
export function rowAfter(key, index, count, { arrows = false } = {}) {
  if (count === 0) return null;
  if (key === "j" || (arrows && key === "ArrowDown")) return Math.min(index + 1, count - 1);
  if (key === "k" || (arrows && key === "ArrowUp")) return Math.max(index - 1, 0);
  return null;
}

/** Whether a key belongs to something else: a field, or a shortcut of the browser. */
export function isTyping({ target, ctrlKey, metaKey, altKey }) {
  return (
    ctrlKey ||
    metaKey ||
    altKey ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox") ||
    target.isContentEditable === true
  );
}
