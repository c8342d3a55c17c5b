/** Puts a copy button beside each block with `data-copyable`. */
export function addCopyButtons(root) {
  for (const block of root.querySelectorAll("[data-copyable]:not([data-copy-ready])")) {
    block.dataset.copyReady = "yes";
    const frame = root.createElement("div");
    frame.className = "copy-frame";
    block.replaceWith(frame);
    const button = root.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.dataset.size = "s";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent.trim());
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    frame.append(block, button);
  }
}
