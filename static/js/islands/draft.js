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
  // What the server sent back, with its errors, and what the address fills in are newer than the draft.
  if (!stored || location.search || form.querySelector("[aria-invalid=true]")) return;
  const draft = new Map(JSON.parse(stored));
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = draft.has(field.name);
    else if (field.type === "radio") field.checked = draft.get(field.name) === field.value;
    else if (draft.has(field.name)) field.value = draft.get(field.name);
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}
