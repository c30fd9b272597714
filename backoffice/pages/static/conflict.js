// What stands in the way of a time, explained: the rules, free times instead, or taking it all the same.
import { api } from "./app.js";
import { instantOf, said, wallAt } from "./wall.js";

/** The answer of a dialog: the `value` of the button, "" when it was closed otherwise. */
const answer = (dialog) => new Promise((resolve) => {
  const clicked = (event) => {
    const button = event.target.closest("button");
    if (button) dialog.close(button.value);
  };
  dialog.returnValue = "";
  dialog.addEventListener("click", clicked);
  dialog.addEventListener("close", () => { dialog.removeEventListener("click", clicked); resolve(dialog.returnValue); }, { once: true });
  dialog.showModal();
});

/** API messages name the field first («start: …»); people need only the rest. */
export const readable = (message) => message.replace(/(^|\s)(start|professional|patient|service|location): /g, "$1").replace(/^./u, (first) => first.toUpperCase());

async function explain(problem, zone) {
  const dialog = document.getElementById("conflict");
  const { reasons = [], alternatives = [] } = problem.details;
  const lines = [...new Set(reasons.length ? reasons.map((one) => one.message) : [problem.message])];
  dialog.querySelector(".reasons").replaceChildren(...lines.map((one) => Object.assign(document.createElement("li"), { textContent: readable(one) })));
  dialog.querySelector(".alternatives").replaceChildren(...alternatives.map((one) =>
    Object.assign(document.createElement("button"), { value: one, textContent: said(wallAt(one, zone)) })));
  dialog.querySelector(".instead").hidden = !alternatives.length;
  dialog.querySelector("[data-overbook]").value = "overbook";
  dialog.querySelector("[data-overbook]").hidden = reasons.some((one) => one.rule === "not_given");
  const chosen = await answer(dialog);
  if (!chosen) return null;
  return chosen === "overbook" ? { overbook: true } : { start: chosen };
}

/** Send until it is taken or given up: `send` gets what was chosen instead. Null when nothing was done. */
export async function settle(send, zone) {
  let instead = {};
  for (;;) {
    try {
      return await send(instead);
    } catch (problem) {
      if (problem.code !== "taken") throw problem;
      const chosen = await explain(problem, zone);
      if (chosen === null) return null;
      instead = { ...instead, ...chosen };
    }
  }
}

export const move = (id, given, zone) => settle((instead) => api("POST", `/appointments/${id}/move`, { ...given, ...instead }), zone);

/** A drag is easily made by mistake, and nobody tells the person: ask first. Whether it was moved. */
export async function moveWithCare(id, name, { start, version, professional }, zone) {
  const dialog = document.getElementById("sure"), title = dialog.querySelector("h2");
  title.textContent = `${title.dataset.move} ${name}?`;
  dialog.querySelector(".words").textContent = said(start);
  if ((await answer(dialog)) !== "yes") return false;
  const given = { start: instantOf(start, zone), version, ...(professional ? { professional } : {}) };
  return (await move(id, given, zone)) !== null;
}
