/** Lets toasts be dismissed, and takes the reader to the summary of what was wrong with their answers. */
export function helpReading(root) {
  for (const button of root.querySelectorAll("[data-dismiss]")) button.hidden = false;
  root.addEventListener("click", (event) =>
    event.target.closest("[data-dismiss]")?.closest(".toast")?.remove(),
  );
  if (!location.hash) root.querySelector("main .summary[data-focus-first]")?.focus();
}

/** Closes an open menu on Escape, giving the focus back, and on a click elsewhere. */
export function closeMenus(root) {
  root.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && root.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  root.addEventListener("click", (event) => {
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}
