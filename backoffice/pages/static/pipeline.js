// The pipeline: cards go from stage to stage by pointer, by menu, and by themselves when somebody else moves them.
import { api, attempt, follow, morph, part, toast } from "./app.js";
import { Dragging } from "./dragging.js";

const content = document.getElementById("content");
const filter = document.getElementById("filter");
const menu = document.getElementById("move");
const writes = content.dataset.writes === "true";

// what is shown

const asked = (more = {}) => {
  const fields = { view: filter.dataset.view, ...Object.fromEntries(new FormData(filter)), ...more };
  if (filter.dataset.view !== "list") delete fields.state;
  else Object.assign(fields, { sort: filter.dataset.sort, order: filter.dataset.order });
  return new URLSearchParams(Object.entries(fields).filter(([, value]) => value));
};

let loading = null;
async function load() {
  loading?.abort();
  loading = new AbortController();
  document.body.dataset.view = filter.dataset.view;
  history.replaceState(null, "", `/pipeline?${asked()}`);
  const html = await part(`/pipeline/content?${asked()}`, loading.signal);
  if (html) morph(content, html);
}
document.body.dataset.view = filter.dataset.view;

document.getElementById("pipeline-views").addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-view]");
  if (!chosen) return;
  filter.dataset.view = chosen.dataset.view;
  chosen.parentElement.querySelectorAll("[data-view]").forEach((one) => {
    if (one === chosen) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
  });
  load();
});
let typing;
filter.addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(load, event.target.type === "search" ? 250 : 0);
});
filter.addEventListener("submit", (event) => event.preventDefault());

content.addEventListener("click", async (event) => {
  const on = (selector) => event.target.closest(selector);
  let target;
  if ((target = on("[data-move]"))) openMenu(target);
  else if ((target = on("[data-open]"))) openLead(target.closest("[data-lead]").dataset.lead);
  else if ((target = on("[data-more]"))) {
    const html = await part(`/pipeline/more?${asked({ stage: target.dataset.stage ?? "", cursor: target.dataset.more })}`);
    if (html) target.closest(".more").outerHTML = html;
  } else if ((target = on("[data-sort]"))) {
    const again = filter.dataset.sort === target.dataset.sort;
    const first = ["name", "next"].includes(target.dataset.sort) ? "asc" : "desc";
    filter.dataset.order = again ? (filter.dataset.order === "asc" ? "desc" : "asc") : first;
    filter.dataset.sort = target.dataset.sort;
    load();
  }
});

// moving

const stageOf = (key) => content.querySelector(`.stage[data-stage="${CSS.escape(key)}"]`);

/** Put the card into a stage, ask what the stage asks, store it; back where it was when that is refused. */
async function move(card, stage) {
  const from = card.closest(".stage");
  if (!stage || stage === from) return;
  const given = { stage: stage.dataset.stage };
  if (stage.dataset.kind === "lost") {
    given.lost_reason = await askReason(card);
    if (!given.lost_reason) return;
  } else if (stage.dataset.kind === "won") {
    given.value_minor = await askValue(card);
    if (given.value_minor === undefined) return;
  }
  const shown = document.getElementById(card.id) ?? card;
  const next = shown.nextElementSibling;
  stage.querySelector(".cards").prepend(shown);
  shown.classList.add("saving");
  const done = await attempt(() => api("PATCH", `/leads/${shown.dataset.lead}`, given));
  const now = document.getElementById(shown.id) ?? shown;
  now.classList.remove("saving");
  if (!done) from.querySelector(".cards").insertBefore(now, next?.parentElement === from.querySelector(".cards") ? next : null);
  else {
    toast(`${shown.dataset.name} ${content.dataset.moved} ${stage.dataset.name}`);
    changed([shown.dataset.lead]);
  }
  now.querySelector("[data-move]")?.focus({ preventScroll: true });
}

if (writes) new Dragging(content, { card: ".lead", column: ".stage", dropped: move });

let moving = null;
function openMenu(button) {
  moving = button.closest("[data-lead]");
  const here = moving.closest(".stage").dataset.stage;
  menu.replaceChildren(...[...content.querySelectorAll(".stage")].map((stage) => {
    const item = Object.assign(document.createElement("button"), { textContent: stage.dataset.name, disabled: stage.dataset.stage === here });
    item.setAttribute("role", "menuitem");
    item.dataset.to = stage.dataset.stage;
    return item;
  }));
  menu.showPopover();
  const at = button.getBoundingClientRect(), size = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - size.height - 8))}px`;
  menu.querySelector("button:not(:disabled)")?.focus();
}
menu.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("button:not(:disabled)")];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
});
menu.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-to]");
  if (!chosen) return;
  menu.hidePopover();
  move(document.getElementById(moving.id) ?? moving, stageOf(chosen.dataset.to));
});
menu.addEventListener("toggle", (event) => {
  if (event.newState === "closed" && (document.activeElement === document.body || menu.contains(document.activeElement))) {
    document.getElementById(moving?.id)?.querySelector("[data-move]")?.focus();
  }
});

/** A dialog's answer: `read` gives it, undefined when it was left. */
const answered = (dialog, card, read) => new Promise((settle) => {
  dialog.querySelector("form").reset();
  dialog.querySelector(".whom").textContent = card.dataset.name;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => settle(dialog.returnValue === "ok" ? read() : undefined), { once: true });
  dialog.showModal();
});

const lost = document.getElementById("lost");
const askReason = (card) => {
  const form = lost.querySelector("form");
  setTimeout(chooseReason);
  return answered(lost, card, () => form.elements.reason.value || form.elements.other.value.trim());
};
function chooseReason() {
  const { reason, other } = lost.querySelector("form").elements;
  const chosen = [...reason].find((one) => one.checked);
  [...reason].forEach((one) => { one.required = true; });
  other.hidden = !chosen || chosen.value !== "";
  other.required = !other.hidden;
  if (!other.hidden) other.focus();
}
lost.addEventListener("change", chooseReason);

const won = document.getElementById("won");
const askValue = (card) => {
  const form = won.querySelector("form");
  const unit = 10 ** form.dataset.digits;
  const asking = answered(won, card, () => Math.round(Number(form.elements.value.value) * unit));
  form.elements.value.value = card.dataset.value ? Number(card.dataset.value) / unit : "";
  form.elements.value.select();
  return asking;
};

// one lead

const one = document.getElementById("lead");
async function openLead(id) {
  const html = await part(`/pipeline/leads/${id}`);
  if (!html) return;
  one.innerHTML = html;
  one.showModal();
}
one.addEventListener("click", (event) => {
  if (event.target === one || event.target.closest("[data-close]")) one.close();
});
one.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, fields = form.elements;
  const given = {};
  const note = (field, name, value) => { if (field.value !== field.defaultValue) given[name] = value; };
  note(fields.next_step, "next_step", fields.next_step.value.trim() || null);
  note(fields.next_at, "next_at", fields.next_at.value ? instant(fields.next_at.value, form.dataset.zone) : null);
  note(fields.value, "value_minor", fields.value.value === "" ? null : Math.round(Number(fields.value.value) * 10 ** form.dataset.digits));
  const owner = fields.owner, before = [...owner.options].findLast((option) => option.defaultSelected)?.value ?? "";
  if (owner.value !== before) given.owner = owner.value || null;
  if (!Object.keys(given).length) return one.close();
  if (await attempt(() => api("PATCH", `/leads/${form.dataset.lead}`, given))) {
    one.close();
    changed([form.dataset.lead]);
  }
});

/** A time on the clinic's wall as an instant, whatever the zone of this computer. */
function instant(wall, zone) {
  const guess = new Date(`${wall}Z`);
  const shown = new Date(`${guess.toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T")}Z`);
  return new Date(2 * guess.getTime() - shown.getTime()).toISOString();
}

// what happens elsewhere

const waiting = new Set();
let fetching = null;
/** These leads changed: each card goes where it belongs, or away; the heads count anew. */
function changed(ids) {
  if (filter.dataset.view === "lost") return;
  ids.forEach((id) => waiting.add(id));
  fetching ??= setTimeout(async () => {
    fetching = null;
    if (dragged()) return changed([]);
    const wanted = [...waiting];
    waiting.clear();
    if (wanted.length > 80) return load();
    const path = asked();
    wanted.forEach((id) => path.append("ids", id));
    const board = filter.dataset.view === "board";
    const [html, heads] = await Promise.all([part(`/pipeline/changed?${path}`), board ? part(`/pipeline/heads?${asked()}`) : null]);
    if (html === undefined || html === null) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    wanted.forEach((id) => place(id, fresh.content.querySelector(`[data-lead="${CSS.escape(id)}"]`)));
    if (heads) placeHeads(heads);
  }, 150);
}
const dragged = () => document.body.classList.contains("dragging");

function place(id, fresh) {
  const old = document.getElementById(`lead-${id}`);
  const focused = old?.contains(document.activeElement) ? document.activeElement : null;
  if (filter.dataset.view === "list") {
    if (fresh && old) old.replaceWith(fresh);
    else if (!fresh) old?.remove();
    return;
  }
  const cards = fresh && stageOf(fresh.dataset.stage)?.querySelector(".cards");
  if (!cards) return old?.remove();
  const later = [...cards.querySelectorAll(".lead")].find((card) => card !== old && Number(card.dataset.since) <= Number(fresh.dataset.since));
  const end = cards.querySelector(".more");
  old?.remove();
  if (later) later.before(fresh); else if (end) return; else cards.append(fresh); // older than what is loaded: «ver más» brings it
  if (focused) fresh.querySelector(focused.matches("[data-open]") ? "[data-open]" : "[data-move]")?.focus({ preventScroll: true });
}

function placeHeads(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  fresh.content.querySelectorAll(".stage-head").forEach((head) => document.getElementById(head.id)?.replaceWith(head));
}

follow({
  lead: ({ ids = [] }) => (ids.length ? changed(ids) : load()),
  resync: load,
});
