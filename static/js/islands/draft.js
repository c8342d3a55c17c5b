const SENT = "draft-sent";

/** Keeps what is typed into a form with `data-draft` until it is sent, so that a reload or a step back loses nothing. */
export function keepDrafts(root) {
  forgetSent(root);
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const key = `draft:${form.dataset.draft}`;
    restore(form, sessionStorage.getItem(key));
    form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(typed(form))));
    if ("draftWhole" in form.dataset)
      form.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
    if (form.dataset.draftDone) sessionStorage.removeItem(key);
  }
  for (const done of root.querySelectorAll("[data-draft-sent]")) {
    sessionStorage.removeItem(`draft:${done.dataset.draftSent}`);
  }
}

/** What was sent is done with, unless the same form is back with what is wrong. */
function forgetSent(root) {
  const key = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (key && !root.querySelector("form[data-draft] [aria-invalid=true]")) sessionStorage.removeItem(key);
}

function typed(form) {
  const secret = new Set([...form.querySelectorAll("[type=password]")].map((input) => input.name));
  return [...new FormData(form)].filter(
    ([name, value]) => name !== "csrfmiddlewaretoken" && !secret.has(name) && typeof value === "string",
  );
}

function restore(form, stored) {
  // What the server sent back, with its errors, and what the address fills in are newer than the draft;
  // a form with `data-draft-whole` has nothing from its address that its draft has not.
  const filled = location.search && !("draftWhole" in form.dataset);
  if (!stored || filled || form.querySelector("[aria-invalid=true]")) return;
  const draft = new Map(JSON.parse(stored));
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = draft.has(field.name);
    else if (field.type === "radio") field.checked = draft.get(field.name) === field.value;
    else if (draft.has(field.name)) field.value = draft.get(field.name);
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}
