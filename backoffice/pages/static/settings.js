// The settings' forms and buttons. A form says what it sends: data-send="PATCH /organization". Its fields' names are the
// API's, with dots for what lies inside; data-as says what a text stands for, data-blank="null" that empty is none.
import { api, attempt, Problem, toast } from "./app.js";

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
  form.querySelectorAll("[data-each]").forEach((group) => { given[group.dataset.each] ??= []; });
  return given;
}

/** Send a form; what came back, or undefined when it was refused, which the form then says. */
export async function send(form, given = said(form)) {
  const [method, path] = form.dataset.send.split(" ");
  const problem = form.querySelector(".problem");
  const button = form.querySelector("button:not([type=button])");
  if (problem) problem.hidden = true;
  if (button) button.disabled = true;
  try {
    const answer = await api(method, path, given);
    form.dispatchEvent(new CustomEvent("sent", { detail: answer, bubbles: true }));
    if (form.dataset.done) toast(form.dataset.done);
    if (form.hasAttribute("data-reload")) location.reload();
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
    button.dispatchEvent(new CustomEvent("sent", { detail: answer, bubbles: true }));
    if (button.dataset.done) toast(button.dataset.done);
    if (button.hasAttribute("data-reload")) location.reload();
  });
});
// A secret comes back once: it is shown instead of the page being read anew.
document.addEventListener("sent", (event) => {
  if (!event.target.hasAttribute("data-secret")) return;
  const shown = document.getElementById("secret");
  const code = Object.assign(document.createElement("code"), { textContent: event.detail.secret });
  shown.replaceChildren(`${shown.dataset.words} `, code);
  shown.hidden = false;
  shown.scrollIntoView({ block: "center" });
});
