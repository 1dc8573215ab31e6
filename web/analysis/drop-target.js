// Files dropped anywhere on the page.

/**
 * Takes files that are dropped on the window; a veil says so while they hover.
 * @param {HTMLElement} veil
 * @param {(files: File[]) => void} onFiles
 */
export function acceptDrops(veil, onFiles) {
  // Every element under the pointer sends enter and leave: only their balance tells whether the files have left the window.
  let depth = 0;
  window.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    veil.hidden = false;
  });
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    // Folders come as files without content that cannot be read: left out.
    const items = [...(event.dataTransfer?.items ?? [])].filter((item) => item.kind === "file" && item.webkitGetAsEntry?.()?.isDirectory !== true);
    const files = items.map((item) => item.getAsFile()).filter((file) => file !== null);
    if (files.length > 0) onFiles(files);
  });
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") === true;
}
