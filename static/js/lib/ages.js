const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** The age of a moment in words, as the server says it. `seconds` is positive for the past. */
export function ageInWords(seconds) {
  const size = Math.floor(Math.abs(seconds));
  if (size < 60) return seconds >= 0 ? "just now" : "in a moment";
  const [length, unit] = UNITS.find(([length]) => size >= length);
  const count = Math.floor(size / length);
  const words = `${count} ${unit}${count > 1 ? "s" : ""}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}
