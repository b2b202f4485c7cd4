// Annex 1, live: it narrows while you choose, and a cell opens its citations in place. The page holds all
// readings and the pieces that the server draws with, so nothing is asked for again; addresses, and what is
// drawn at each, are those of the server. Without this module a button and links do the same.
const NAMES = ["area", "sector", "channel", "role"];
const $ = (selector) => document.querySelector(selector);
const form = $("form.filters");
const found = $("#found");
const table = $("#matrix");
const dialog = $("#cell");

const annex = JSON.parse($("#annex").content.textContent);
const areas = new Map(annex.areas.map(([code, name, kind, shares]) => [code, { code, name, kind, shares }]));
const sectors = annex.sectors.map(([slug, name]) => ({ slug, name }));
const readings = annex.readings.map(([area, sector, slug, role, unit, note, quote, offset, source]) => {
  const [short, channel] = annex.channels[slug];
  const [id, title, locator] = annex.sources[source];
  const [name, word] = annex.roles[role];
  const told = { area, sector: sectors[sector].slug, channel, slug, short, role: name, word, unit, note };
  return { ...told, quote, offset, id, document: title, locator };
});

const recorded = new Set(readings.map((one) => `${one.area} ${one.sector}`));

const patterns = new Map(
  [...document.querySelectorAll("template[data-pattern]")].map((one) => [one.dataset.pattern, one.innerHTML]),
);
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
const draw = (name, values = {}) =>
  patterns
    .get(name)
    .replace(/«(\+?)(\w+)»/g, (_, markup, key) => (markup ? values[key] : escaped(values[key])));
const all = (items, drawn, between = "") => items.map(drawn).join(between);
const plain = (markup) => new DOMParser().parseFromString(markup, "text/html").body.textContent;

const number = new Intl.NumberFormat(document.documentElement.lang);
const counted = ({ length }) => plain(draw(length === 1 ? "one" : "many", { num: number.format(length) }));

const chosen = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
const takes = (wanted, reading) =>
  (!wanted.area || wanted.area === reading.area) &&
  (!wanted.sector || wanted.sector === reading.sector) &&
  (!wanted.channel || wanted.channel === reading.slug) &&
  (!wanted.role || wanted.role === reading.role);

// This page's address with parameters changed.
function address(changed, path = "/coverage") {
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries({ ...Object.fromEntries(asked), lang: "", ...changed })) {
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  return asked.size ? `${path}?${asked}` : path;
}

// A country that the study names without counting it to the region has no more than its name here.
const area = (code) =>
  areas.get(code) ?? { code, name: form.elements.area.selectedOptions[0].text, shares: [] };
const sectorOf = (slug) => sectors.find((one) => one.slug === slug);
const shared = (wanted) =>
  area(wanted.area).shares.flatMap((group) => readings.filter((one) => takes({ ...wanted, area: group }, one)));

function reading(one) {
  const more = (one.unit && draw("unit", one)) + (one.note && draw("note", one));
  return draw("reading", { ...one, more, href: `/channels/${one.slug}` });
}

function inherited(wanted) {
  const rows = wanted.area ? shared(wanted) : [];
  if (!rows.length) return "";
  const of = (one) => draw("of", { sector: sectorOf(one.sector).name, name: area(one.area).name });
  return draw("inherited", { counted: counted(rows), entries: all(rows, (one) => of(one) + reading(one)) });
}

function lists(wanted, rows) {
  const list = (name, entries) => {
    const body = entries.length ? draw("readings", { entries: all(entries, reading) }) : draw("unknown");
    return draw("list", { name, entries: body });
  };
  const bySector = (sector) => list(sector.name, rows.filter((one) => one.sector === sector.slug));
  const byArea = (place) => list(place.name, rows.filter((one) => one.area === place.code));
  const body = wanted.area
    ? all(wanted.sector ? [sectorOf(wanted.sector)] : sectors, bySector)
    : all([...areas.values()].filter(({ code }) => rows.some((one) => one.area === code)), byArea);
  return `<div class="columns coverage-lists">${body || draw("nowhere")}</div>`;
}

function places(wanted) {
  const one = wanted.area && area(wanted.area);
  const sector = sectorOf(wanted.sector);
  return [
    one && draw(one.kind === "groups" ? "group" : "page", { href: `/countries/${one.code}`, name: one.name }),
    sector && draw("page", { href: `/sectors/${sector.slug}`, name: sector.name }),
  ].filter(Boolean).join(", ");
}

// Where one sector is shown: the countries of which no such reading is known.
function silent(wanted, rows) {
  if (wanted.area || !wanted.sector) return "";
  const held = new Set(rows.map((one) => one.area));
  const names = [...areas.values()]
    .filter(({ code, kind }) => kind !== "groups" && !held.has(code))
    .sort((one, other) => one.name.localeCompare(other.name, document.documentElement.lang));
  const links = all(names, ({ code, name }) => draw("page", { href: `/countries/${code}`, name }), ", ");
  return links && draw("silent", { names: links });
}

function matrix(wanted, rows) {
  const narrowed = Object.values(wanted).some(Boolean);
  const cell = (place, sector) => {
    const tiles = rows.filter((one) => one.area === place.code && one.sector === sector.slug);
    const href = address({ area: place.code, sector: sector.slug });
    if (tiles.length) return draw("cell", { href, tiles: all(tiles, (one) => draw("tile", one)) });
    return draw(recorded.has(`${place.code} ${sector.slug}`) ? "other" : "nothing");
  };
  const row = (place) => {
    const href = address({ area: place.code });
    const cells = place.kind === "without"
      ? draw("without", { href, shared: counted(shared({ area: place.code })) })
      : all(sectors, (sector) => cell(place, sector));
    return `<tr data-area="${place.code}">${draw("row", { href, name: place.name })}${cells}</tr>`;
  };
  const held = [...areas.values()].filter(({ code, kind }) =>
    kind === "without" ? !narrowed : rows.some((one) => one.area === code),
  );
  const kinds = [...new Set(held.map(({ kind }) => kind))];
  const columns = sectors.map(({ slug, name }) => ({ href: address({ sector: slug }), name, slug }));

  for (const body of [...table.tBodies]) body.remove();
  table.insertAdjacentHTML(
    "beforeend",
    all(kinds, (kind) => {
      const rows = all(held.filter((one) => one.kind === kind), row);
      return `<tbody class="${kind}">${draw(`${kind}-band`)}${rows}</tbody>`;
    }),
  );
  const head = $("#columns");
  while (head.children.length > 1) head.lastElementChild.remove();
  head.insertAdjacentHTML("beforeend", all(columns, (one) => draw("column", one)));
  $("#by-area").innerHTML = all(held, ({ code, name, kind }) => {
    const own = rows.filter((one) => one.area === code);
    const count = kind === "without" ? plain(draw("no-row")) : counted(own);
    return draw("link", { href: address({ area: code }), name, counted: count });
  });
  $("#by-sector").innerHTML = all(columns, ({ href, name, slug }) =>
    draw("link", { href, name, counted: counted(rows.filter((one) => one.sector === slug)) }),
  );
  table.dispatchEvent(new Event("drawn"));
}

function show() {
  const wanted = chosen();
  const rows = readings.filter((one) => takes(wanted, one));
  const single = Boolean(wanted.area || wanted.sector);
  const narrowed = Object.values(wanted).some(Boolean);
  $("#picture").hidden = single;
  $("#one").hidden = !single;
  if (single) {
    const place = draw("place", { names: places(wanted) });
    $("#one").innerHTML = place + lists(wanted, rows) + inherited(wanted) + silent(wanted, rows);
  } else {
    matrix(wanted, rows);
  }
  $("#counted").textContent = counted(rows);
  $("#narrowed").hidden = !narrowed || single;
  $(".clear").hidden = !narrowed;
  $("#csv").href = address({}, "/coverage.csv");
  for (const link of document.querySelectorAll(".languages a")) link.href = address({ lang: link.lang });
}

// The choices follow the address. One that they do not have is for the server to read.
function follow() {
  dialog.close();
  const asked = new URLSearchParams(location.search);
  for (const name of NAMES) {
    const choice = form.elements[name];
    choice.value = asked.get(name) ?? "";
    if (choice.selectedIndex < 0) return location.reload();
  }
  show();
}

function go(href) {
  history.pushState(null, "", href);
  follow();
}

function open(wanted) {
  const rows = readings.filter((one) => takes(wanted, one));
  $("#cell-name").textContent = plain(places(wanted));
  const own = rows.length ? draw("readings", { entries: all(rows, reading) }) : draw("nowhere");
  $("#cell-readings").innerHTML = own + inherited(wanted);
  for (const one of dialog.querySelectorAll("details")) one.open = one.matches(".source") || !rows.length;
  $("#cell-page").href = address(wanted);
  dialog.showModal();
}

const aside = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
const cellOf = (event) => {
  const cell = event.target.closest("#matrix td:not([colspan])");
  const here = cell && { area: cell.parentElement.dataset.area, sector: sectors[cell.cellIndex - 1].slug };
  return here && { ...chosen(), ...here };
};

form.addEventListener("change", () => {
  const kept = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
  go(kept.size ? `/coverage?${kept}` : "/coverage");
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  form.dispatchEvent(new Event("change"));
});
$(".clear").addEventListener("click", (event) => {
  if (aside(event)) return;
  event.preventDefault();
  go("/coverage");
  form.elements.area.focus();
});
found.addEventListener("click", (event) => {
  if (aside(event)) return;
  const cell = cellOf(event);
  const link = event.target.closest("a[href^='/coverage']");
  if (!cell && !link) return;
  event.preventDefault();
  if (cell) return open(cell);
  go(link.getAttribute("href"));
  $("#counted").focus();
});
found.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("td")) return;
  event.preventDefault(); // or the same key would press the button that closes what it opened
  open(cellOf(event));
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
addEventListener("popstate", follow);
form.querySelector("button").hidden = true;
