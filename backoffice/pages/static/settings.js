// The settings' forms and buttons. A form says what it sends: data-send="PATCH /organization". Its fields' names are the
// API's, with dots for what lies inside; data-as says what a text stands for, data-blank="null" that empty is none.
// data-reload shows the page anew once it is done; data-secret="link" shows that part of the answer, this once.
import { api, attempt, morph, part, Problem, toast } from "./app.js";

const AS = {
  number: (text) => Number(text),
  words: (text) => text.split(",").map((one) => one.trim()).filter(Boolean),
  json: (text) => JSON.parse(text),
};

/** What a form says, as the API takes it. */
export function said(form) {
  const given = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
    let value;
    if (field.type === "checkbox" && !field.dataset.as) value = field.checked;
    else if (field.type === "checkbox" && !field.checked) continue;
    else if (field.multiple) value = [...field.selectedOptions].map((one) => one.value);
    else if (field.value.trim() === "" && field.dataset.blank === "null") value = null;
    else if (field.value.trim() === "" && field.dataset.blank === "out") continue;
    else value = (AS[field.dataset.as] ?? ((text) => text))(field.value);
    const path = field.name.split(".");
    const last = path.pop();
    const inside = path.reduce((at, name) => (at[name] ??= {}), given);
    if (field.type === "checkbox" && field.dataset.as === "each") (inside[last] ??= []).push(field.value);
    else inside[last] = value;
  }
  form.querySelectorAll("[data-each]").forEach((group) => { given[group.dataset.each] ??= group.dataset.blank === "null" ? null : []; });
  form.querySelectorAll("[data-intervals]").forEach((group) => {
    const times = [...group.querySelectorAll("input[type=time]")].map((field) => field.value);
    const pairs = times.flatMap((time, at) => (at % 2 ? [[times[at - 1], time === "00:00" ? "24:00" : time]] : []));
    const path = group.dataset.intervals.split(".");
    const last = path.pop();
    const inside = path.reduce((at, name) => (at[name] ??= {}), given);
    inside[last] = pairs.length || group.dataset.blank !== "null" ? pairs : null;
  });
  return given;
}

/** `PUT /holidays/{day}` with what the form says put in; that leaves what is sent. */
function addressed(send, given) {
  const [method, path] = send.split(" ");
  return [method, path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = given[name];
    delete given[name];
    return encodeURIComponent(value);
  })];
}

// What is unfolded stays so, and what is being written in it is left alone.
const STAYS = {
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details")),
  beforeNodeMorphed: (node) => !(node.nodeType === 1 && node.matches("details[open]") && node.querySelector(":scope > form")),
};

/** The page as it is now; the reader stays where they are. */
export async function renew() {
  const html = await part(location.pathname + location.search);
  if (!html) return location.reload();
  morph(document.querySelector(".sheet"), new DOMParser().parseFromString(html, "text/html").querySelector(".sheet").innerHTML, { callbacks: STAYS });
}

/** What follows what was sent: words, a secret shown this once, the page anew. */
async function done(sent, answer) {
  sent.dispatchEvent(new CustomEvent("sent", { detail: answer, bubbles: true }));
  if (sent.dataset.done) toast(sent.dataset.done);
  if (sent.dataset.secret && answer[sent.dataset.secret]) return tell(answer[sent.dataset.secret], sent.hasAttribute("data-reload"));
  if (!sent.hasAttribute("data-reload")) return;
  sent.closest("details:has(> form)")?.removeAttribute("open");
  await renew();
  document.dispatchEvent(new CustomEvent("renewed", { detail: answer }));
}

async function tell(secret, anew) {
  const dialog = document.getElementById("secret");
  dialog.querySelector("input").value = secret;
  dialog.showModal();
  if (anew) dialog.addEventListener("close", renew, { once: true });
}

/** Send a form; what came back, or undefined when it was refused, which the form then says. */
export async function send(form, given = said(form)) {
  const [method, path] = addressed(form.dataset.send, given);
  const problem = form.querySelector(".problem");
  const button = form.querySelector("button:not([type=button])");
  if (problem) problem.hidden = true;
  if (button) button.disabled = true;
  try {
    const answer = await api(method, path, given);
    if (form.hasAttribute("data-reset")) form.reset();
    await done(form, answer);
    return answer;
  } catch (refused) {
    if (!(refused instanceof Problem)) throw refused;
    if (!problem) return void toast(refused.message, true);
    problem.textContent = refused.message;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    if (button) button.disabled = false;
  }
}

document.querySelector(".matters [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-send]")) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-send]");
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
  attempt(async () => {
    const [method, path] = button.dataset.send.split(" ");
    const answer = await api(method, path, button.dataset.body ? JSON.parse(button.dataset.body) : undefined);
    await done(button, answer);
  });
});
document.addEventListener("click", async (event) => {
  const copying = event.target.closest("[data-copy]");
  if (!copying) return;
  const field = copying.parentElement.querySelector("input");
  field.select();
  await navigator.clipboard?.writeText(field.value).catch(() => {});
  toast(copying.dataset.copy);
});

// a list narrowed to what one looks for
const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.dataset.find) return;
  for (const one of document.querySelectorAll(field.dataset.find)) one.hidden = !plain(one.textContent).includes(plain(field.value.trim()));
});

// intervals of a day: as many as there are
document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-more-hours]"), less = event.target.closest("[data-less-hours]");
  const group = event.target.closest("[data-intervals]");
  if (more) {
    group.querySelector("ul").append(document.getElementById("interval").content.cloneNode(true));
    group.querySelector("li:last-child input").focus();
  } else if (less) {
    less.closest("li").remove();
    group.querySelector("[data-more-hours]").focus();
  } else return;
  group.classList.toggle("closed", !group.querySelector("li"));
});
