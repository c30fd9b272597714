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
  return given;
}

/** The page as it is now; the reader stays where they are. */
export async function renew() {
  const html = await part(location.pathname + location.search);
  if (!html) return location.reload();
  morph(document.querySelector(".sheet"), new DOMParser().parseFromString(html, "text/html").querySelector(".sheet").innerHTML);
}

/** What follows what was sent: words, a secret shown this once, the page anew. */
function done(sent, answer) {
  sent.dispatchEvent(new CustomEvent("sent", { detail: answer, bubbles: true }));
  if (sent.dataset.done) toast(sent.dataset.done);
  if (sent.dataset.secret && answer[sent.dataset.secret]) return tell(answer[sent.dataset.secret], sent.hasAttribute("data-reload"));
  if (sent.hasAttribute("data-reload")) return renew();
}

async function tell(secret, anew) {
  const dialog = document.getElementById("secret");
  dialog.querySelector("input").value = secret;
  dialog.showModal();
  if (anew) dialog.addEventListener("close", renew, { once: true });
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
