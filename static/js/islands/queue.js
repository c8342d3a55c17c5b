import { isTyping } from "../lib/rows.js";

/** In the queue of approvals, x chooses the marked row, a and r ask whether to approve or reject it. */
export function decideByKeys(root) {
  const form = root.querySelector("form[data-queue]");
  const dialog = root.getElementById("decide");
  if (!form || !dialog) return;
  for (const keys of root.querySelectorAll("[data-queue-keys]")) keys.hidden = false;
  dialog.querySelector("[data-decide-close]").addEventListener("click", () => dialog.close());
  root.addEventListener("keydown", (event) => {
    if (!"xar".includes(event.key) || isTyping(event) || root.querySelector("dialog:modal")) return;
    const row = form.querySelector("tr[data-here]");
    if (!row) return;
    event.preventDefault();
    const box = row.querySelector("[name=request]");
    if (event.key === "x") box.checked = !box.checked;
    else ask(dialog, row.dataset.title, box.value, event.key === "r");
  });
}

function ask(dialog, title, request, rejects) {
  const form = dialog.querySelector("form");
  const { reason, decision, request: chosen } = form.elements;
  const button = form.querySelector("[type=submit]");
  dialog.querySelector("h2").textContent = `${rejects ? "Reject" : "Approve"}: ${title}?`;
  dialog.querySelector("[data-decide-what]").textContent = rejects
    ? "It ends, and whoever asked reads why."
    : "Your approval is for the plan that is shown.";
  dialog.querySelector("[data-decide-optional]").textContent = rejects ? "needed" : "optional";
  chosen.value = request;
  decision.value = rejects ? "reject" : "approve";
  reason.required = rejects;
  button.textContent = rejects ? "Reject" : "Approve";
  button.dataset.kind = rejects ? "danger" : "main";
  dialog.showModal();
  (rejects ? reason : button).focus();
}
