// A flow being edited. What changed is kept as edits by key; the server puts them into the YAML and says what it finds.
import { api, attempt, Problem, toast } from "./app.js";
import { follow, refresh, startAt } from "./flow_phone.js";

const editor = document.getElementById("editor");
const flow = editor.dataset.flow;
const words = document.getElementById("words").dataset;
const original = JSON.parse(document.getElementById("draft").textContent);
const yaml = document.getElementById("yaml");
const file = document.getElementById("file");
const publish = document.getElementById("publish");
const texts = document.getElementById("texts");
let base = { source: original.source, translations: { ...original.translations } };
let written = false; // whether the YAML itself was edited, which is sent whole from then on
let latest = base; // with the edits made
let found = [];
let published = false;

const changed = (field) => field.value !== field.defaultValue;

/** What the API takes: the edits, over the YAML where it was edited. */
function draft() {
  const given = { texts: {}, translated: {}, orders: {} };
  for (const field of texts.querySelectorAll("[data-key]")) {
    if (!changed(field)) continue;
    if (field.dataset.language) (given.translated[field.dataset.language] ??= {})[field.dataset.key] = field.value;
    else given.texts[field.dataset.key] = field.value;
  }
  for (const kept of texts.querySelectorAll("[data-keep]:checked")) {
    const field = texts.querySelector(`[data-key="${kept.dataset.keep}"][data-language="${kept.dataset.language}"]`);
    (given.translated[kept.dataset.language] ??= {})[kept.dataset.keep] = field.value;
  }
  for (const list of texts.querySelectorAll("[data-order]")) {
    const order = [...list.children].map((one) => one.dataset.option);
    if (order.join() !== list.dataset.was) given.orders[list.dataset.order] = order;
  }
  return written ? { ...given, ...base } : given;
}

const isTouched = () => {
  const { texts: some, translated, orders } = draft();
  return written || [some, translated, orders].some((one) => Object.keys(one).length);
};

/** Ask what the linter says; `rehearse` plays the examples as well. */
async function check(rehearse = false) {
  const answer = await api("POST", `/flows/${flow}/check`, { ...draft(), rehearse });
  latest = { source: answer.source, translations: answer.translations };
  found = answer.troubles;
  const warned = found.filter((one) => !one.blocks);
  tell(document.getElementById("troubles"), [...found.filter((one) => one.blocks), ...warned.slice(0, 1)]);
  if (warned.length > 1) document.querySelector("#troubles li:last-child").append(` (${warned.length} ${words.warnings})`);
  drawLines();
  return answer;
}

function tell(list, troubles) {
  list.replaceChildren(...troubles.slice(0, 30).map((one) => {
    const line = document.createElement("li");
    line.className = one.blocks ? "blocks" : "";
    const where = [one.step && `${words.step} ${one.step}`, one.language && named(one.language), one.line && `${words.line} ${one.line}`].filter(Boolean).join(", ");
    line.append(`${where ? `${where}: ` : ""}${one.message} ${one.fix}`);
    if (one.step && document.getElementById(`step-${one.step}`)) line.append(goTo(one.step));
    return line;
  }));
}

function goTo(step) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.go });
  button.addEventListener("click", () => { dialog?.close(); reveal(step); });
  return button;
}

function reveal(step) {
  show("texts");
  const section = document.getElementById(`step-${step}`);
  section.scrollIntoView({ block: "start" });
  section.classList.add("shown");
  setTimeout(() => section.classList.remove("shown"), 2500);
}

const named = (language) => file.querySelector(`[value="${language}"]`)?.textContent ?? language;

let waiting;
let checking;
function touched() {
  for (const field of texts.querySelectorAll("[data-key]")) field.toggleAttribute("data-changed", changed(field));
  if (publish) publish.disabled = !isTouched();
  clearTimeout(waiting);
  clearTimeout(checking);
  waiting = setTimeout(refresh, 450);
  checking = setTimeout(() => attempt(check), 1200);
}

function count(field) {
  const room = field.parentElement.querySelector(".room");
  const length = [...field.value].length;
  room.textContent = `${length}/${field.dataset.limit}`;
  room.classList.toggle("over-limit", length > Number(field.dataset.limit));
}

texts.addEventListener("input", (event) => { if (event.target.dataset.limit) count(event.target); touched(); });
texts.addEventListener("click", (event) => {
  const from = event.target.closest("[data-from]");
  const move = event.target.closest("[data-move]");
  if (from) startAt(from.dataset.from);
  if (!move) return;
  const item = move.closest("li");
  const other = move.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
  if (!other) return;
  if (move.dataset.move === "1") other.after(item);
  else other.before(item);
  move.focus();
  touched();
});
for (const field of texts.querySelectorAll("[data-limit]")) count(field);
for (const list of texts.querySelectorAll("[data-order]")) list.dataset.was = [...list.children].map((one) => one.dataset.option).join();

// the YAML
const shownFile = () => (file.value ? latest.translations[file.value] : latest.source);
function drawLines() {
  const bad = new Map(found.filter((one) => (one.language ?? "") === file.value && one.line).map((one) => [one.line, one]));
  const count = yaml.value.split("\n").length;
  document.getElementById("lines").replaceChildren(...Array.from({ length: count }, (_, index) => {
    const line = document.createElement("span");
    const trouble = bad.get(index + 1);
    line.textContent = `${index + 1}\n`;
    if (trouble) Object.assign(line, { className: trouble.blocks ? "bad" : "warned", title: `${trouble.message} ${trouble.fix}` });
    return line;
  }));
  document.getElementById("lines").scrollTop = yaml.scrollTop;
}
yaml.addEventListener("scroll", () => { document.getElementById("lines").scrollTop = yaml.scrollTop; });
file.addEventListener("change", () => { yaml.value = shownFile(); drawLines(); });
yaml.addEventListener("input", () => {
  if (!written) takeOver();
  if (file.value) base.translations[file.value] = yaml.value;
  else base.source = yaml.value;
  latest = base;
  drawLines();
  touched();
});

/** From now on the YAML is the draft: what the form changed is in it, and the form cannot change it any more. */
function takeOver() {
  written = true;
  base = { source: latest.source, translations: { ...latest.translations } };
  for (const field of texts.querySelectorAll("[data-key]")) field.value = field.defaultValue;
  for (const list of texts.querySelectorAll("[data-order]")) {
    list.append(...list.dataset.was.split(",").map((id) => list.querySelector(`:scope > [data-option="${CSS.escape(id)}"]`)));
  }
  for (const part of texts.querySelectorAll("input, textarea, .moves button")) part.disabled = true;
}

// panes
const tabs = [...editor.querySelectorAll("[role=tab]")];
async function show(name) {
  for (const tab of tabs) {
    const on = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  }
  if (name === "advanced" && !written) {
    if (isTouched()) await attempt(check);
    yaml.value = shownFile();
    drawLines();
  }
}
editor.querySelector("[role=tablist]").addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) show(tab.getAttribute("aria-controls"));
});
editor.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
  next.focus();
  show(next.getAttribute("aria-controls"));
});
document.getElementById("map").addEventListener("click", (event) => {
  const go = event.target.closest("[data-go]");
  if (!go) return;
  event.preventDefault();
  if (document.getElementById(`step-${go.dataset.go}`)) reveal(go.dataset.go);
  else show("advanced");
});

// publishing
const dialog = document.getElementById("publishing");
if (dialog) {
  const say = dialog.querySelector("#publishing-checks");
  const go = dialog.querySelector("[value=publish]");
  const problem = dialog.querySelector(".problem");
  publish.addEventListener("click", async () => {
    dialog.showModal();
    go.disabled = true;
    problem.hidden = true;
    dialog.querySelector(".changed").hidden = true;
    dialog.querySelector(".troubles").replaceChildren();
    const done = await attempt(async () => {
      const answer = await check(true);
      const blocked = answer.troubles.filter((one) => one.blocks);
      say.textContent = blocked.length ? words.blocked : answer.troubles.length ? words.warned : words.ready;
      tell(dialog.querySelector(".troubles"), blocked.length ? blocked : answer.troubles);
      showChanged(answer);
      go.disabled = blocked.length > 0;
    });
    if (!done) dialog.close();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      const given = { ...draft(), note: dialog.querySelector("[name=note]").value, after: Number(editor.dataset.number) };
      await api("POST", `/flows/${flow}/versions`, given);
      published = true;
      dialog.close();
      toast(words.published);
      setTimeout(() => location.reload(), 1200);
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      problem.textContent = refused.message;
      problem.hidden = false;
      go.disabled = false;
    }
  });
}

function showChanged(answer) {
  const box = dialog.querySelector(".changed");
  box.hidden = !answer.changed.length;
  const lines = answer.changed.map((one) => {
    const item = document.createElement("li");
    const title = document.createElement("strong");
    title.textContent = one.times > 1 ? `${one.example} (${one.times} ${words.times})` : one.example;
    item.append(title, document.createElement("br"), `${words.before}: ${one.before || words.nothing}`, document.createElement("br"), `${words.now}: ${one.now || words.nothing}`);
    return item;
  });
  box.querySelector("ul").replaceChildren(...lines);
  if (answer.changed_count > answer.changed.length) {
    box.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: `… ${words.more} ${answer.changed_count - answer.changed.length}` }));
  }
}

if (!editor.dataset.may) for (const part of texts.querySelectorAll("input, textarea, .moves button")) part.disabled = true;
addEventListener("beforeunload", (event) => { if (!published && isTouched()) event.preventDefault(); });
follow(draft);
