/** What the search answers at `url`; null when a newer question has overtaken this one, or nobody answers. */
export async function hitsAt(url, signal) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, signal });
    return answer.ok ? (await answer.json()).hits : null;
  } catch {
    return null;
  }
}
