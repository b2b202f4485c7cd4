// In a picture made of cells, the arrow keys go from cell to cell, Home and End to the ends of the row.
// Tab enters and leaves it as if it was one thing, where the reader was last. Without this module every
// link of it is a stop of its own.
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The column and row of a cell: of a table by its place there, of a tile by its classes.
function place(cell) {
  if (!cell.matches("li")) return [cell.cellIndex, cell.parentElement.rowIndex];
  return /c(\d+) r(\d+)/.exec(cell.className).slice(1).map(Number);
}

function stops(picture) {
  return [...picture.querySelectorAll("th, td, li")]
    .map((cell) => ({ at: place(cell), stop: cell.querySelector("a") ?? (cell.matches("td") ? cell : null) }))
    .filter(({ stop }) => stop);
}

// The nearest stop in a direction; one that is in line is nearer than any that is not.
function next(all, [column, row], [across, down]) {
  const far = ({ at: [c, r] }) => {
    const [dx, dy] = [c - column, r - row];
    const along = dx * across + dy * down;
    return along > 0 ? along + 100 * Math.abs(across ? dy : dx) : Infinity;
  };
  const nearest = all.reduce((best, one) => (far(one) < far(best) ? one : best));
  return far(nearest) < Infinity ? nearest.stop : null;
}

function end(all, [, row], key) {
  const line = all.filter(({ at }) => at[1] === row);
  return line.at(key === "Home" ? 0 : -1).stop;
}

for (const picture of document.querySelectorAll("[data-arrows]")) {
  const enter = (stop) => {
    picture.querySelectorAll("[tabindex='0']").forEach((other) => (other.tabIndex = -1));
    stop.tabIndex = 0;
  };
  const prepare = () => {
    const all = stops(picture);
    for (const { stop } of all) stop.tabIndex = -1;
    const first = all.find(({ stop }) => stop.closest("td, li"));
    if (first) enter(first.stop);
  };
  if (picture.matches("table")) picture.setAttribute("role", "grid");
  picture.addEventListener("drawn", prepare);
  prepare();

  picture.addEventListener("focusin", ({ target }) => enter(target));
  picture.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const way = WAYS[event.key];
    if (!way && event.key !== "Home" && event.key !== "End") return;
    const all = stops(picture);
    const here = all.find(({ stop }) => stop === event.target);
    if (!here) return;
    event.preventDefault();
    (way ? next(all, here.at, way) : end(all, here.at, event.key))?.focus();
  });
}
