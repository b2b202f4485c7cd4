// From a suggestion that has the focus, keys j and k go to the next and back. Everything works without
// them; elsewhere on the page they do nothing, for a letter may mean something else to the reader (WCAG 2.1.4).
const cases = [...document.querySelectorAll(".suggestion h3 a, .briefs.wide .brief > a")];

for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  const here = cases.indexOf(document.activeElement);
  const step = { j: 1, k: -1 }[event.key];
  if (here < 0 || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  cases[here + step]?.focus();
});
