// Keys j and k go from suggestion to suggestion. Everything works without them.
const cases = [...document.querySelectorAll(".suggestion h3 a, .briefs.wide .brief > a")];

for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !cases.length) return;
  if (event.target.closest("input, select, textarea")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const here = cases.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : cases.length - 1) : here + step;
  cases[next]?.focus();
});
