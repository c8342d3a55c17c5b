/** Keeps what is typed into a form with `data-draft` until it is sent, so that a reload or a step back loses nothing. */
export function keepDrafts(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const key = `draft:${form.dataset.draft}`;
    restore(form, sessionStorage.getItem(key));
    form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(typed(form))));
    if (form.dataset.draftDone) sessionStorage.removeItem(key);
  }
  for (const done of root.querySelectorAll("[data-draft-sent]")) {
    sessionStorage.removeItem(`draft:${done.dataset.draftSent}`);
  }
}

function typed(form) {
  const secret = new Set([...form.querySelectorAll("[type=password]")].map((input) => input.name));
  return [...new FormData(form)].filter(
    ([name, value]) => name !== "csrfmiddlewaretoken" && !secret.has(name) && typeof value === "string",
  );
}

function restore(form, stored) {
  // What the server sent back, with its errors, is newer than the draft.
  if (!stored || form.querySelector("[aria-invalid=true]")) return;
  for (const [name, value] of JSON.parse(stored)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}
