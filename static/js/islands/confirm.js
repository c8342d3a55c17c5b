/** Asks before a form with `data-confirm` is sent. */
export function confirmBeforeSending(root) {
  const dialog = root.getElementById("confirm");
  if (!dialog) return;
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    dialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
    dialog.querySelector("[value=confirm]").textContent = form.dataset.confirmVerb ?? "Go on";
    const { submitter } = event;
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "confirm") return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(submitter);
      },
      { once: true },
    );
    dialog.returnValue = "";
    dialog.showModal();
  });
}
