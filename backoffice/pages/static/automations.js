// The editor of automations: rows of conditions and of actions, tried on the last month before they are saved.
import { api, attempt, Problem, toast } from "./app.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { events, facts, actions, choices } = read("known");
const words = read("words");
const editor = document.getElementById("editor");
const form = editor.querySelector("form");
const conditionsList = document.getElementById("conditions");
const actionsList = document.getElementById("actions");
let editing = null;

const make = (tag, properties = {}, ...inside) => {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...inside);
  return made;
};
const select = (label, options, chosen, properties = {}) => {
  const made = make("select", { ariaLabel: label, ...properties }, ...options.map(([value, name]) => new Option(name, value)));
  if (chosen !== undefined && chosen !== null) made.value = chosen;
  return made;
};
const labelled = (name, field) => make("label", {}, name, field);
const remove = (row) => make("button", { type: "button", textContent: words.remove, onclick: () => row.remove() });
const subject = () => form.elements.event.value.split("_")[0];

function conditionRow({ fact = "text", any = [], none = false } = {}) {
  const row = make("li", { className: "row" });
  const offered = facts.filter(([, , only]) => !only || only === subject());
  const which = select(words.condition, offered, offered.some(([one]) => one === fact) ? fact : offered[0][0]);
  const sign = make("span");
  const value = make("span", { className: "value" });
  const draw = (given, is) => {
    const text = which.value === "text";
    const free = text || which.value === "interest";
    const set = !text && which.value !== "open" && !free;
    sign.replaceChildren(select("", [["", text ? words.says : words.is], ["not", text ? words.says_not : words.not]], is ? "not" : ""));
    if (free) value.replaceChildren(make("input", { value: given.join(", "), placeholder: words.words, ariaLabel: words.value, required: text }));
    else {
      const options = [...(set && which.value !== "state" && which.value !== "priority" ? [["", words.nothing]] : []), ...(choices[which.value] ?? [])];
      const boxes = options.map(([one, name]) => make("label", { className: "switch" }, make("input", { type: "checkbox", value: one, checked: one === "" ? !given.length && row.dataset.drawn : given.includes(one) }), name));
      value.replaceChildren(make("div", { className: "boxes" }, ...boxes));
    }
  };
  which.onchange = () => { delete row.dataset.drawn; draw([], false); };
  row.dataset.drawn = "1";
  row.append(which, sign, value, remove(row));
  draw(any, none);
  row.said = () => {
    const input = value.querySelector("input:not([type=checkbox])");
    const chosen = input ? input.value.split(",").map((one) => one.trim()).filter(Boolean) : [...value.querySelectorAll(":checked")].map((one) => one.value).filter(Boolean);
    return { fact: which.value, any: chosen, none: sign.querySelector("select").value === "not" };
  };
  return row;
}

const FIELDS = {
  assign(given, into) {
    const who = given.round_robin ? "turn" : given.member ?? (given.team ? "team" : choices.owner[0]?.[0]);
    const to = select(words.to, [["turn", words.turn], ["team", words.team_only], ...choices.owner], who);
    const team = select(words.team, [["", words.any_team], ...choices.team], given.team ?? "");
    into.append(labelled(words.to, to), labelled(words.team, team));
    return () => ({ ...(to.value === "turn" ? { round_robin: true } : to.value === "team" ? {} : { member: to.value }), ...(team.value ? { team: team.value } : {}) });
  },
  label(given, into) {
    const how = select(words.label, [["", words.put], ["take", words.take]], given.remove ? "take" : "");
    const label = make("input", { value: given.label ?? "", maxLength: 60, required: true });
    label.setAttribute("list", "labels-known");
    into.append(how, labelled(words.label, label));
    return () => ({ label: label.value, remove: how.value === "take" });
  },
  priority(given, into) {
    const level = select(words.level, choices.priority, given.level ?? "high");
    into.append(labelled(words.level, level));
    return () => ({ level: level.value });
  },
  note(given, into) {
    const text = make("textarea", { value: given.text ?? "", rows: 2, required: true, maxLength: 8000 });
    into.append(labelled(words.note, text));
    return () => ({ text: text.value });
  },
  send(given, into) {
    const text = make("textarea", { value: given.text ?? "", rows: 3, maxLength: 4000 });
    const known = choices.template.map((one, n) => [String(n), `${one.name.replaceAll("_", " ")} (${one.language})`]);
    const at = choices.template.findIndex((one) => one.name === given.template?.name && one.language === given.template?.language);
    const template = select(words.template, [["", words.no_template], ...known], at < 0 ? "" : String(at));
    const data = make("div", { className: "pair" });
    const draw = (parameters) => data.replaceChildren(...(choices.template[template.value]?.examples ?? []).map((example, n) =>
      labelled(`${words.datum} ${n + 1}`, make("input", { placeholder: example, value: parameters[n] ?? "", required: true, maxLength: 200 }))));
    template.onchange = () => draw([]);
    draw(given.template?.parameters ?? []);
    into.append(labelled(words.text, text), labelled(words.template, template), data);
    return () => {
      const chosen = choices.template[template.value];
      const parameters = [...data.querySelectorAll("input")].map((one) => one.value);
      return { ...(text.value.trim() ? { text: text.value } : {}), ...(chosen ? { template: { name: chosen.name, language: chosen.language, body: chosen.body, parameters } } : {}) };
    };
  },
  stage(given, into) {
    const stage = select(words.stage, choices.stage, given.stage ?? choices.stage[0]?.[0]);
    const reason = make("input", { value: given.reason ?? "", maxLength: 200 });
    const asked = labelled(words.reason, reason);
    const draw = () => { asked.hidden = !choices.lost.includes(stage.value); reason.required = !asked.hidden; };
    stage.onchange = draw;
    draw();
    into.append(labelled(words.stage, stage), asked);
    return () => ({ stage: stage.value, ...(asked.hidden ? {} : { reason: reason.value }) });
  },
  resolve: () => () => ({}),
  webhook(given, into) {
    const webhook = select(words.webhook, choices.webhook, given.webhook ?? choices.webhook[0]?.[0], { required: true });
    into.append(labelled(words.webhook, webhook));
    return () => ({ webhook: webhook.value });
  },
};

function actionRow(given = { do: "assign" }) {
  const row = make("li", { className: "row" });
  const which = select(words.action, actions, given.do);
  const into = make("div", { className: "fields" });
  let fields;
  const draw = (from) => { into.replaceChildren(); fields = FIELDS[which.value](from, into); };
  which.onchange = () => draw({});
  const up = make("button", { type: "button", textContent: "↑", ariaLabel: words.up, onclick: () => row.previousElementSibling?.before(row) });
  row.append(which, up, remove(row), into);
  draw(given);
  row.said = () => ({ do: which.value, ...fields() });
  return row;
}

const said = () => ({
  name: form.elements.name.value,
  event: form.elements.event.value,
  conditions: [...conditionsList.children].map((row) => row.said()),
  actions: [...actionsList.children].map((row) => row.said()),
  pause_hours: Number(form.elements.pause_hours.value),
});

function open(given, id = null) {
  editing = id;
  form.elements.event.replaceChildren(...events.map(([value, name]) => new Option(name, value)));
  form.elements.event.value = given.event;
  form.elements.name.value = given.name;
  form.elements.pause_hours.value = given.pause_hours;
  conditionsList.replaceChildren(...given.conditions.map(conditionRow));
  actionsList.replaceChildren(...given.actions.map(actionRow));
  document.getElementById("tried").hidden = true;
  document.getElementById("remove").hidden = id === null;
  form.querySelector(".problem").hidden = true;
  editor.showModal();
}

const told = (problem) => {
  const line = form.querySelector(".problem");
  line.textContent = problem.message;
  line.hidden = false;
};
const guarded = async (work) => {
  try { await work(); } catch (problem) { if (!(problem instanceof Problem)) throw problem; told(problem); }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(async () => {
    if (editing) await api("PATCH", `/automations/${editing}`, said());
    else await api("POST", "/automations", said());
    location.reload();
  });
});
form.elements.event.addEventListener("change", () => conditionsList.replaceChildren(...[...conditionsList.children].map((row) => conditionRow(row.said()))));
document.getElementById("add-condition").onclick = () => conditionsList.append(conditionRow({ fact: facts.find(([, , only]) => !only || only === subject())[0] }));
document.getElementById("add-action").onclick = () => actionsList.append(actionRow());
document.getElementById("cancel").onclick = () => editor.close();
document.getElementById("remove").onclick = () => confirm(words.sure) && guarded(async () => { await api("DELETE", `/automations/${editing}`); location.reload(); });
document.getElementById("try").onclick = () => guarded(async () => {
  const { event, conditions, pause_hours } = said();
  const found = await api("POST", "/automations/try", { event, conditions, pause_hours });
  const shown = document.getElementById("tried");
  const sum = words.looked.replace("{looked}", found.looked).replace("{matched}", found.matched).replace("{people}", found.people);
  const names = found.as_now.map((fact) => facts.find(([one]) => one === fact)[1].toLowerCase()).join(", ");
  shown.replaceChildren(
    make("p", {}, make("strong", { textContent: sum })),
    ...(names ? [make("p", { textContent: words.as_now.replace("{facts}", names) })] : []),
    make("ul", {}, ...found.examples.map((one) => make("li", {}, make("a", { href: `/inbox?thread=${one.thread}`, target: "_blank", textContent: one.contact }), ` ${new Date(one.at).toLocaleString()} ${one.text}`))),
  );
  shown.hidden = false;
});
document.getElementById("new")?.addEventListener("click", () => open({ name: "", event: "message_received", conditions: [], actions: [{ do: "assign" }], pause_hours: 0 }));

document.addEventListener("click", async (event) => {
  const on = (selector) => event.target.closest(selector);
  const recipe = on("[data-recipe]");
  if (recipe) return open(JSON.parse(recipe.dataset.recipe));
  const item = on("[data-automation]");
  if (!item) return;
  const one = JSON.parse(item.dataset.automation);
  if (on("[data-edit]")) open(one, one.id);
  if (on("[data-runs]")) {
    const list = item.querySelector(".runs");
    const button = on("[data-runs]");
    if (list.hidden) {
      await attempt(async () => {
        const runs = await api("GET", `/automations/${one.id}/runs`);
        list.replaceChildren(...runs.map((run) => make("li", {}, make("a", { href: run.thread ? `/inbox?thread=${run.thread}` : "#", textContent: run.contact.name }), ` ${new Date(run.at).toLocaleString()}`,
          ...run.outcomes.filter((each) => each.refused).map((each) => make("em", { className: "tag bad", textContent: `${actions.find(([known]) => known === each.do)?.[1] ?? each.do}: ${each.refused}` })))));
        if (!runs.length) list.replaceChildren(make("li", { textContent: words.did_nothing }));
      });
    }
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
  }
});
document.addEventListener("change", (event) => {
  const item = event.target.closest("[data-automation]");
  if (!item || !event.target.matches("[data-switch]")) return;
  const { id } = JSON.parse(item.dataset.automation);
  attempt(async () => { await api("PATCH", `/automations/${id}`, { active: event.target.checked }); toast(words.done); });
});
document.body.append(make("datalist", { id: "labels-known" }, ...choices.label.map(([one]) => new Option(one, one))));
