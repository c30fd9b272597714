// The agenda: what the address asks for, as a list that is always there and as a calendar drawn from that list.
import { api, attempt, follow, morph, part } from "./app.js";
import { Booking } from "./booking.js";
import { Calendar } from "./calendar.js";
import { moveWithCare } from "./conflict.js";
import { monthOf } from "./wall.js";

const days = document.getElementById("days");
const side = document.getElementById("side");
const panel = document.getElementById("panel");
const filters = document.getElementById("filters");
const narrow = matchMedia("(max-width: 760px)");
let asked = new URLSearchParams(location.search);

const stretch = () => document.getElementById("stretch").dataset;
const rowOf = (id) => days.querySelector(`[data-visit="${id}"]`);

const booking = new Booking(() => fresh());
const calendar = new Calendar(document.getElementById("calendar"), {
  open: (id) => open(id),
  create: (start, professional) => booking.open({ start, professional, location: asked.get("location") }),
  day: (day) => ask({ view: "day", day }),
  drop,
});

// what is shown

/** A phone reads days and weeks as lists; a month is a month everywhere. */
function show() {
  const { view, day, title } = stretch();
  const drawn = view === "month" || (view !== "list" && !narrow.matches);
  document.body.dataset.shown = drawn ? "calendar" : "list";
  document.body.dataset.looks = view;
  document.getElementById("title").textContent = view === "month" ? monthOf(day) : title;
  document.querySelectorAll("#views [data-view]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.view === view)));
  if (drawn) calendar.show(document.getElementById("stretch"));
  mark();
}

const mark = () => days.querySelectorAll(".visit").forEach((one) => {
  if (one.dataset.visit === asked.get("appointment")) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
});

let loading = null;
async function load() {
  if (calendar.dragging) return;
  loading?.abort();
  loading = new AbortController();
  const html = await part(`/agenda/diary?${asked}`, loading.signal);
  if (!html) return;
  morph(days, html);
  show();
}

async function loadSide() {
  const html = await part(`/agenda/side?${asked}`);
  if (html) morph(side, html);
}

/** Everything anew; what somebody is writing in the panel stays. */
function fresh() {
  load();
  loadSide();
  if (asked.get("appointment") && !panel.querySelector("details[open]")) open(asked.get("appointment"), { push: false });
}

const address = (push) => history[push ? "pushState" : "replaceState"](null, "", `/agenda${asked.size ? `?${asked}` : ""}`);

function ask(changes) {
  for (const [name, value] of Object.entries(changes)) if (value) asked.set(name, value); else asked.delete(name);
  address(true);
  load();
  if ("day" in changes || "location" in changes) loadSide();
}

async function open(id, { push = true } = {}) {
  const before = asked.get("appointment");
  if (id) asked.set("appointment", id); else asked.delete("appointment");
  if (push && before !== id) address(true);
  if (!id) {
    document.body.classList.remove("opened");
    panel.replaceChildren();
    mark();
    if (before) (calendar.element(before) ?? rowOf(before))?.focus();
    return;
  }
  const html = await part(`/agenda/appointments/${id}`);
  if (asked.get("appointment") !== id || html === undefined) return;
  if (html === null) return open(null);
  morph(panel, html);
  document.body.classList.add("opened");
  mark();
  if (push) panel.focus();
}

// changes

/** `at` is on the wall; `professional` only where another column was meant. */
async function drop(id, at, professional) {
  const row = rowOf(id);
  const given = { start: at, version: Number(row.dataset.version), professional: professional ?? row.dataset.professional };
  let moved = false;
  await attempt(async () => { moved = await moveWithCare(id, row.dataset.patient, given, stretch().zone); });
  fresh();
  return moved;
}

const opened = () => panel.querySelector("[data-appointment]")?.dataset;

const post = (path, body) => attempt(async () => {
  await api("POST", `/appointments/${opened().appointment}/${path}`, body);
  panel.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
  fresh();
});

const consent = (kind) => attempt(async () => {
  await api("POST", `/contacts/${opened().contact}/consents`, { kind, granted: true });
  fresh();
});

panel.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-close]")) open(null);
  else if (on("[data-move]")) booking.open({ moving: opened() });
  else if (on("[data-consent]")) consent(on("[data-consent]").dataset.consent);
  else if (on("[data-act]")) {
    const act = on("[data-act]").dataset.act;
    post(act, act === "approve" ? { version: Number(opened().version) } : undefined);
  }
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value));
  post(event.target.matches("[data-decline]") ? "decline" : "cancel", { ...given, version: Number(opened().version) });
});

for (const place of [days, side]) {
  place.addEventListener("click", (event) => {
    const visit = event.target.closest("a[data-visit]");
    const book = event.target.closest("[data-book]");
    if (book) return booking.open({ ...JSON.parse(book.dataset.book), day: stretch().day });
    if (!visit || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    open(visit.dataset.visit);
  });
}

// the bar

const STEPS = { before: () => ask({ day: stretch().before }), after: () => ask({ day: stretch().after }), today: () => ask({ day: stretch().today }) };
const create = () => booking.open({ day: stretch().day, professional: asked.get("professional"), location: asked.get("location") });
document.querySelector(".bar").addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-step]")) STEPS[on("[data-step]").dataset.step]();
  else if (on("[data-view]")) ask({ view: on("[data-view]").dataset.view });
  else if (on("[data-new]")) create();
});
filters.addEventListener("change", () => {
  const given = new FormData(filters);
  ask(Object.fromEntries(["by", "professional", "room", "location", "cancelled"].map((name) => [name, given.get(name) ?? ""])));
});
filters.addEventListener("submit", (event) => event.preventDefault());

window.addEventListener("popstate", () => {
  asked = new URLSearchParams(location.search);
  for (const one of filters.elements) {
    if (one.type === "checkbox") one.checked = asked.get(one.name) === "1";
    else one.value = asked.get(one.name) ?? (one.name === "by" ? "professional" : "");
  }
  load();
  loadSide();
  open(asked.get("appointment"), { push: false });
});
narrow.addEventListener("change", show);

const KEYS = {
  n: () => document.querySelector(".bar [data-new]") && create(), t: STEPS.today, ArrowLeft: STEPS.before, ArrowRight: STEPS.after,
  d: () => ask({ view: "day" }), s: () => ask({ view: "week" }), m: () => ask({ view: "month" }), l: () => ask({ view: "list" }),
  v: () => panel.querySelector("[data-move]")?.click(), Escape: () => opened() && open(null), "?": () => document.getElementById("keys").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog, [popover]")) return;
  const key = KEYS[event.key];
  if (key) { event.preventDefault(); key(); }
});

// what happens elsewhere: several changes at once are read once

let heard = null;
const hear = () => { heard ??= setTimeout(() => { heard = null; fresh(); }, 150); };
follow({ appointment: hear, resync: hear });

show();
