// The keys of the desk. A link or a button that has one says so in data-key; where one writes they are
// letters, and the switch in the list of keys turns them off (WCAG 2.1.4). All of it works without them.
const on = document.getElementById("keys-on");
const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
const WRITING = "textarea, select, input:not([type='checkbox']), [contenteditable]";

on.checked = localStorage.getItem("desk-keys") !== "off";
on.closest("label").hidden = false;
on.addEventListener("change", () => localStorage.setItem("desk-keys", on.checked ? "on" : "off"));

function row() {
  return rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
}

function press(key) {
  if (rows.length && (key === "j" || key === "k")) {
    const here = row();
    const next = rows[here < 0 ? 0 : here + (key === "j" ? 1 : -1)];
    next?.focus();
    return Boolean(next);
  }
  if (rows.length && key === "x") {
    const mark = rows[row()]?.closest("tr").querySelector("[type='checkbox']");
    mark?.click();
    return Boolean(mark);
  }
  const pressed = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (pressed?.matches("textarea")) pressed.focus();
  else if (pressed?.matches("summary")) {
    const folded = pressed.parentElement;
    folded.open = key === "?" ? !folded.open : true;
    (folded.open && key !== "?" ? folded.querySelector("input, textarea") : pressed).focus();
  } else pressed?.click();
  return Boolean(pressed);
}

document.addEventListener("keydown", (event) => {
  const held = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing;
  if (!on.checked || held || event.defaultPrevented || event.target.closest(WRITING)) return;
  if (/^[a-z?]$/.test(event.key) && press(event.key)) event.preventDefault();
});
