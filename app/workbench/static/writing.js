// While somebody writes a posting, what is found in it stands beside the text after a pause in typing.
// The server draws it, as it does for the button. Nothing takes the focus away: while the focus is among
// what was found, what is new waits. An answer to an older text is dropped.
const PAUSE = 700;
const form = document.querySelector("form.writing");
const found = document.querySelector("#found");
let timer;
let asked;
let waiting;

const boxOf = (value) => {
  const [name, slug] = value.split(":");
  return form.querySelector(`input[name="${name}"][value="${CSS.escape(slug)}"]`);
};

// Only the parts that say something else are put in place, so that no more than they are read out.
function show(parts) {
  waiting = undefined;
  const old = new Map([...found.children].map((part) => [part.dataset.part, part]));
  const same = parts.length === old.size && parts.every((part) => old.has(part.dataset.part));
  if (!same) found.replaceChildren(...parts);
  for (const part of same ? parts : []) {
    const before = old.get(part.dataset.part);
    if (!before.isEqualNode(part)) before.replaceWith(part);
  }
  for (const mark of form.querySelectorAll(".suggested")) mark.hidden = true;
  for (const { dataset } of found.querySelectorAll("[data-suggests]")) {
    boxOf(dataset.suggests).closest("label").querySelector(".suggested").hidden = false;
  }
}

async function look() {
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.check, { method: "POST", body, signal: mine.signal });
    if (!answer.ok || answer.redirected) return;
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (mine !== asked) return;
    const parts = [...drawn.children];
    if (found.contains(document.activeElement)) waiting = parts;
    else show(parts);
  } catch {
    // Dropped for a newer text, or out of reach: the button still works, and the next pause asks again.
  }
}

function soon() {
  clearTimeout(timer);
  waiting = undefined;
  asked?.abort();
  timer = setTimeout(look, PAUSE);
}

form.addEventListener("input", soon);
if (form.elements.title.value || form.elements.description.value) look();
found.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=take]");
  if (!button) return;
  event.preventDefault();
  const box = boxOf(button.value);
  box.checked = !box.checked;
  button.setAttribute("aria-pressed", box.checked);
  soon();
});
found.addEventListener("focusout", ({ relatedTarget }) => {
  if (waiting && !found.contains(relatedTarget)) show(waiting);
});
