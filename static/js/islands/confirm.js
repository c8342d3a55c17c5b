/** Asks before a form is sent that holds a question; the server asks where there is no JavaScript. */
export function confirmBeforeSending(root) {
  const dialog = root.getElementById("confirm");
  if (!dialog) return;
  root.addEventListener("submit", (event) => {
    const form = event.target;
    const question = form.querySelector("input[name=ask]:enabled");
    if (!question) return;
    event.preventDefault();
    dialog.querySelector("#confirm-text").textContent = question.value;
    dialog.querySelector("[value=confirm]").textContent = form.querySelector("input[name=ask_verb]").value;
    const { submitter } = event;
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "confirm") return;
        question.disabled = true;
        form.requestSubmit(submitter);
        question.disabled = false;
      },
      { once: true },
    );
    dialog.returnValue = "";
    dialog.showModal();
  });
}
