// The inbox: the list stays on top of what happens, the open conversation too, whatever the network does.
import { api, attempt, follow, morph, part, toast } from "./app.js";
import { Choosing } from "./choosing.js";
import { Composer } from "./composer.js";
import { lightbox } from "./lightbox.js";

const me = document.body.dataset.me;
const teams = JSON.parse(document.body.dataset.teams);
const threads = document.getElementById("threads");
const conversation = document.getElementById("conversation");
const find = document.getElementById("find").elements.search;
const views = document.getElementById("views");
const filters = document.getElementById("filters");
const narrowed = () => [...new FormData(filters).values()].filter(Boolean).length;
let opened = conversation.querySelector(".talk")?.dataset.thread ?? null;
let composer = null;

// the list

const rules = JSON.parse(threads.dataset.rules);
/** Whether a thread is in the list that is shown: as `inbox_views.py` says it. */
function shows(one) {
  const rule = rules[threads.dataset.view];
  if (rule.mentioned) return document.getElementById(`row-${one.id}`) !== null;
  const owner = { "": true, me: one.owner === me, nobody: !one.owner }[rule.owner];
  return owner && (!rule.states.length || rule.states.includes(one.state)) && (!rule.team || teams.includes(one.team))
    && (!rule.unread || one.unread > 0) && (!rule.late || one.late);
}

const listPath = (cursor) => {
  const asked = new URLSearchParams({ view: threads.dataset.view });
  if (find.value.trim()) asked.set("search", find.value.trim());
  for (const [name, value] of new FormData(filters)) if (value) asked.set(name, value);
  if (cursor) asked.set("cursor", cursor);
  return `/inbox/list?${asked}`;
};

let listing = null;
async function list() {
  listing?.abort();
  listing = new AbortController();
  const html = await part(listPath(), listing.signal);
  if (!html) return;
  morph(threads, html);
  markOpened();
  watchEnd();
}

const ends = new IntersectionObserver(async (seen) => {
  const end = seen.find((one) => one.isIntersecting)?.target;
  if (!end) return;
  ends.unobserve(end);
  const html = await part(listPath(end.dataset.cursor));
  if (html) { end.outerHTML = html; watchEnd(); }
}, { root: threads, rootMargin: "400px" });
const watchEnd = () => threads.querySelectorAll(".more").forEach((one) => ends.observe(one));

/** A thread changed: its row goes where it belongs, or away. */
function place(told) {
  const old = document.getElementById(`row-${told.id}`);
  const stays = find.value.trim() || narrowed() ? old !== null : shows(told);
  if (!stays) { if (told.id !== opened) old?.remove(); return; }
  const holder = document.createElement("template");
  holder.innerHTML = told.row;
  const row = holder.content.firstElementChild;
  if (old?.dataset.at === row.dataset.at) old.replaceWith(row);
  else {
    old?.remove();
    const later = [...threads.querySelectorAll(".row")].find((one) => one.dataset.at <= row.dataset.at);
    if (later) later.before(row); else threads.querySelector(".more")?.before(row) ?? threads.append(row);
  }
  threads.querySelector(".nothing")?.remove();
  markOpened();
}

const choosing = new Choosing(threads, document.getElementById("bulk"));

const markOpened = () => threads.querySelectorAll(".row").forEach((row) => {
  if (row.dataset.thread === opened) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
  row.classList.toggle("chosen", choosing.chosen.has(row.dataset.thread));
});

let counting = null;
function count() {
  counting ??= setTimeout(async () => {
    counting = null;
    const html = await part(`/inbox/counts?view=${threads.dataset.view}`);
    if (html) morph(views, html);
  }, 2500);
}

views.addEventListener("click", (event) => {
  const saved = event.target.closest("[data-saved]"), forgotten = event.target.closest("[data-forget]");
  if (saved) return recall(saved.dataset.saved);
  if (forgotten) return save((kept) => kept.filter((_, at) => at !== Number(forgotten.dataset.forget)));
  const chosen = event.target.closest("[data-view]");
  if (!chosen) return;
  threads.dataset.view = chosen.dataset.view;
  views.querySelectorAll("[data-view]").forEach((one) => one.toggleAttribute("aria-current", one === chosen));
  find.value = "";
  threads.scrollTop = 0;
  list();
});

const narrow = () => {
  const many = narrowed(), mark = document.getElementById("filtering");
  mark.hidden = !many;
  mark.textContent = many;
  list();
};
filters.addEventListener("change", (event) => { if (event.target.matches("[data-save-view]")) keep(event.target); else narrow(); });
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(narrow));

// lists kept under a name

const query = () => {
  const asked = new URLSearchParams(listPath().split("?")[1]);
  return asked.toString();
};
const save = async (change) => attempt(async () => {
  const { saved_views: kept } = await api("GET", "/me");
  await api("PATCH", "/me", { saved_views: change(kept) });
  const html = await part(`/inbox/counts?view=${threads.dataset.view}`);
  if (html) morph(views, html);
});
async function keep(input) {
  const name = input.value.trim();
  if (name && await save((kept) => [...kept.filter((one) => one.name !== name), { name, query: query() }])) input.value = "";
}
function recall(saved) {
  const asked = new URLSearchParams(saved);
  threads.dataset.view = asked.get("view") ?? "all";
  find.value = asked.get("search") ?? "";
  for (const field of filters.querySelectorAll("select")) field.value = asked.get(field.name) ?? "";
  narrow();
}

let finding;
find.addEventListener("input", () => { clearTimeout(finding); finding = setTimeout(list, 220); });
document.getElementById("find").addEventListener("submit", (event) => event.preventDefault());

// the conversation

async function open(id, { push = true } = {}) {
  opened = id;
  markOpened();
  document.body.classList.toggle("reading", id !== null);
  if (push) history.pushState({ id }, "", id ? `/inbox?thread=${id}` : "/inbox");
  if (id === null) return;
  composer?.leave();
  const html = await part(`/inbox/threads/${id}`);
  if (opened !== id || html === undefined) return;
  if (html === null) { toast("Esa conversación ya no está a tu alcance.", true); return open(null); }
  conversation.innerHTML = html;
  settle();
}

function settle() {
  const messages = document.getElementById("messages");
  if (!messages) return;
  messages.scrollTop = messages.scrollHeight;
  const form = document.getElementById("composer");
  composer = form ? new Composer(form, refresh, () => { document.body.classList.add("panel"); panel(); }) : null;
  read();
}

const read = () => {
  const row = document.getElementById(`row-${opened}`);
  const news = row?.hasAttribute("data-unread") || threads.dataset.view === "mentions";
  if (opened && document.hasFocus() && news) api("POST", `/threads/${opened}/read`).then(count, () => {});
};
window.addEventListener("focus", read);

let refreshing = false, again = false;
/** What is open, as it is now: messages, head, who may write. Keeps the reader's place. */
async function refresh() {
  if (!opened) return;
  if (refreshing) { again = true; return; }
  refreshing = true;
  const id = opened;
  try {
    const parts = ["messages", "state", "scheduled"].map((one) => part(`/inbox/threads/${id}/${one}`));
    const [messages, state, scheduled] = await Promise.all(parts);
    const log = document.getElementById("messages");
    if (opened !== id || !log) return;
    if (messages === null) return open(null);
    if (!messages || !state) return;
    const low = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
    if (!log.dataset.earlier) morph(log, messages);
    const before = document.querySelector("#state .head").dataset.closed;
    morph(document.getElementById("state"), state);
    if (scheduled !== undefined) morph(document.getElementById("scheduled"), scheduled ?? "");
    if (before !== document.querySelector("#state .head").dataset.closed) return open(id, { push: false });
    if (low) log.scrollTop = log.scrollHeight;
    read();
  } finally {
    refreshing = false;
    if (again) { again = false; refresh(); }
  }
}

const panel = async () => {
  const html = await part(`/inbox/threads/${opened}/person`);
  const person = document.getElementById("person");
  if (html && person && !person.contains(document.activeElement)) morph(person, html);
};

threads.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  open(row.dataset.thread);
});
window.addEventListener("popstate", () => open(new URLSearchParams(location.search).get("thread"), { push: false }));

const act = (path, body) => attempt(async () => {
  await api("POST", `/threads/${opened}/${path}`, body ?? {});
  refresh();
});

conversation.addEventListener("click", async (event) => {
  const on = (selector) => event.target.closest(selector);
  let target;
  if (on("[data-back]")) open(null);
  else if ((target = on("[data-act]"))) {
    const kind = target.dataset.act;
    if (await act(kind, kind === "take-over" || kind === "release" || kind === "resolve" || kind === "unread" ? undefined : {})) {
      if (kind === "take-over") composer?.focus();
    }
  } else if ((target = on("[data-assign]"))) act("assign", JSON.parse(target.dataset.assign));
  else if ((target = on("[data-snooze]"))) act("snooze", { until: new Date(Date.now() + 3600e3 * target.dataset.snooze).toISOString() });
  else if ((target = on("[data-priority]"))) act("priority", { priority: target.dataset.priority });
  else if ((target = on(".gallery a[data-shows]"))) { event.preventDefault(); lightbox(target); }
  else if (on("[data-panel]")) document.body.classList.toggle("panel");
  else if ((target = on("[data-unlabel]"))) label((labels) => labels.filter((one) => one !== target.dataset.unlabel));
  else if ((target = on("[data-merge], [data-dismiss], [data-unmerge]"))) same(target.dataset);
  else if ((target = on("[data-resend]"))) act(`messages/${target.closest("[data-message]").dataset.message}/resend`);
  else if ((target = on("[data-quote]"))) composer?.quote(target.closest("[data-message]"));
  else if ((target = on("[data-earlier]"))) earlier(target);
  else if ((target = on("[data-unschedule]"))) {
    await attempt(() => api("DELETE", `/threads/${opened}/scheduled/${target.dataset.unschedule}`));
    refresh();
  }
});

async function earlier(button) {
  const log = document.getElementById("messages");
  const height = log.scrollHeight;
  const html = await part(`/inbox/threads/${opened}/messages?before=${button.dataset.earlier}`);
  if (html === null) return;
  button.outerHTML = html;
  log.scrollTop += log.scrollHeight - height;
}

async function label(change) {
  const labels = [...document.querySelectorAll(".labels li:not(.new)")].map((one) => one.firstChild.textContent.trim());
  if (await attempt(() => api("POST", `/threads/${opened}/labels`, { labels: change(labels) }))) {
    document.activeElement?.blur();
    panel();
  }
}

/** Two contacts are one person, or are not, or were not after all. */
async function same({ merge, dismiss, unmerge }) {
  const keep = document.querySelector("[data-contact]")?.dataset.contact;
  const [path, body] = merge ? [`${merge}/merge`, { keep }] : dismiss ? [`${dismiss}/dismiss`, {}] : [`${unmerge}/undo`, {}];
  if (await attempt(() => api("POST", `/merge-suggestions/${path}`, body))) { panel(); refresh(); }
}

function bear(field) {
  const word = field.value.trim();
  field.value = "";  // the field is left next, and says so again
  if (word) label((labels) => [...labels, word]);
}
conversation.addEventListener("input", (event) => {
  const chosen = !event.inputType || event.inputType === "insertReplacementText";
  if (chosen && event.target.matches("[data-label]")) bear(event.target);
});
conversation.addEventListener("change", (event) => {
  const field = event.target;
  const contact = field.closest("[data-contact]")?.dataset.contact;
  if (field.matches("[data-label]")) bear(field);
  else if (contact) {
    const value = field.value.trim();
    attempt(() => api("PATCH", `/contacts/${contact}`, { [field.name]: value || (field.name === "name" ? undefined : null) }));
  }
});

// what happens elsewhere

let leaving;
function present(name) {
  const line = document.getElementById("presence");
  if (!line) return;
  line.textContent = line.dataset.words.replace("{}", name);
  line.hidden = false;
  clearTimeout(leaving);
  leaving = setTimeout(() => { line.hidden = true; }, 9000);
}

follow({
  thread: (told) => { if (threads.dataset.view === "mentions" && !find.value) list(); else place(told); count(); if (told.id === opened) refresh(); },
  presence: (told) => { if (told.thread === opened && told.member !== me) present(told.name); },
  gone: (told) => { document.getElementById(`row-${told.id}`)?.remove(); count(); if (told.id === opened) open(null); },
  resync: () => { list(); count(); refresh(); },
});

// the keyboard

const neighbour = (step) => {
  const rows = [...threads.querySelectorAll(".row")];
  const at = rows.findIndex((row) => row.dataset.thread === opened);
  const next = rows[at < 0 ? 0 : at + step];
  if (next) { next.scrollIntoView({ block: "nearest" }); open(next.dataset.thread); }
};
const KEYS = {
  j: () => neighbour(1), k: () => neighbour(-1), "/": () => find.focus(), r: () => composer?.mode("reply"), n: () => composer?.mode("note"),
  t: () => opened && act("take-over"), b: () => opened && act("release"), e: () => opened && act("resolve"), u: () => opened && act("unread"),
  x: () => choosing.toggle(opened),
  i: () => document.body.classList.toggle("panel"), "?": () => document.getElementById("keys").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "Escape" && document.activeElement?.matches("input, textarea")) return document.activeElement.blur();
  if (event.target.closest("input, textarea, select, dialog, [popover]")) return;
  const key = KEYS[event.key];
  if (key) { event.preventDefault(); key(); }
});

watchEnd();
settle();
