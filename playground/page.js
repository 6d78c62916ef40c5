// A field with suggestions shows them when it is entered, as Discord does, and not only after the first letter.
document.addEventListener("focusin", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.value) return;
  if (!target.matches('.command-option-input[aria-autocomplete="list"]')) return;
  setTimeout(() => target.dispatchEvent(new Event("input", { bubbles: true })), 0);
});
