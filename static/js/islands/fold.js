/** Folds the navigation without a reload; the form behind it keeps the choice on the server. */
export function foldInPlace(root) {
  const form = root.querySelector("form[data-fold]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = form.elements.rail.value;
    fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true });
    if (wanted) root.documentElement.dataset.rail = wanted;
    else delete root.documentElement.dataset.rail;
    form.elements.rail.value = wanted ? "" : "narrow";
    form.querySelector("button").setAttribute("aria-label", `${wanted ? "Unfold" : "Fold"} the navigation`);
  });
}
