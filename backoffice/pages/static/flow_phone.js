// A phone on which a draft is tried. The server plays the whole conversation again from what was said so far.
import { api, Problem, toast } from "./app.js";

const phone = document.getElementById("phone");
const talk = document.getElementById("talk");
const chosen = (name) => document.getElementById(`try-${name}`);
let did = [];
let asked = 0;
let draft = () => ({});

/** Begin to follow a draft: `given` answers what the API takes of it. */
export function follow(given) {
  draft = given;
  if (matchMedia("(min-width: 1081px)").matches) restart();
}

/** Play the conversation again with the draft as it is now. */
export async function refresh() {
  const mine = ++asked;
  const start = chosen("start").value;
  const where = ["hello", "flow"].includes(start) ? { start } : { start: "step", step: start };
  const language = chosen("language").value || null;
  talk.setAttribute("aria-busy", "true");
  try {
    const flow = document.getElementById("editor").dataset.flow;
    const shown = await api("POST", `/flows/${flow}/preview`, { ...draft(), channel: chosen("channel").value, language, ...where, did });
    if (mine !== asked) return;
    if (shown.troubles.length) return void note(shown.troubles[0]);
    talk.className = `screen ${chosen("channel").value}`;
    talk.replaceChildren(...shown.bubbles.map(bubble));
    talk.scrollTop = talk.scrollHeight;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (mine === asked) toast(problem.message, true);
  } finally {
    if (mine === asked) talk.removeAttribute("aria-busy");
  }
}

function note(trouble) {
  talk.replaceChildren(made("p", "heard by-note", `${trouble.message} ${trouble.fix}`));
}

function made(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

/** *bold* and _italic_ as chats show them; everything else as it is. */
function rich(text) {
  const parts = text.split(/((?<!\w)\*[^*\n]+\*(?!\w)|(?<!\w)_[^_\n]+_(?!\w))/);
  return parts.map((part, index) => (index % 2 ? made(part[0] === "*" ? "strong" : "em", "", part.slice(1, -1)) : part));
}

function bubble(one, index, all) {
  const whole = document.createDocumentFragment();
  if (one.text) {
    const said = made("p", `heard by-${one.who}`);
    said.append(...rich(one.text));
    whole.append(said);
  }
  if (one.keys.length) whole.append(taps(one, index === all.length - 1));
  return whole;
}

function taps(one) {
  const group = made(one.widget === "list" ? "details" : "div", `taps ${one.widget}`);
  if (one.widget === "list") group.append(made("summary", "", `☰ ${one.opener}`));
  for (const key of one.keys) {
    const button = made("button", "", key.title);
    button.type = "button";
    if (key.about) button.append(made("small", "", key.about));
    button.addEventListener("click", () => act(key.id ? { kind: "tapped", id: key.id, text: key.title } : { kind: "said", text: key.title }));
    group.append(button);
  }
  return group;
}

function act(what) {
  did = [...did, what].slice(0, 60);
  return refresh();
}

/** From the beginning; a person who says hello says it at once. */
export function restart() {
  did = chosen("start").value === "hello" ? [{ kind: "said", text: "Hola" }] : [];
  return refresh();
}

export function startAt(step) {
  chosen("start").value = step;
  open();
  return restart();
}

function open() {
  phone.classList.add("open");
  if (getComputedStyle(phone).position === "fixed") chosen("text").focus();
}

function shut() {
  phone.classList.remove("open");
  document.querySelector("[data-try]").focus();
}

phone.querySelector(".write").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = chosen("text").value.trim();
  chosen("text").value = "";
  if (text) act({ kind: "said", text });
});
phone.addEventListener("change", (event) => { if (event.target.id === "try-start") restart(); else if (event.target.matches("select")) refresh(); });
phone.addEventListener("click", (event) => {
  if (event.target.closest("[data-restart]")) restart();
  else if (event.target.closest("[data-shut]")) shut();
  else if (event.target.closest("[data-wait]")) act({ kind: "waited", seconds: Number(event.target.closest("[data-wait]").dataset.wait) });
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && phone.classList.contains("open")) shut(); });
document.querySelector("[data-try]").addEventListener("click", () => { open(); if (!did.length) restart(); });
