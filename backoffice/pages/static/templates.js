// Message templates: what Meta answered to those submitted, and writing one while it is shown as the person will see it.
import { api, Problem } from "./app.js";

const by = (id) => document.getElementById(id);

/** What Meta did not take; whether it took everything. */
function tell(outcomes) {
  const wrong = outcomes.filter((one) => one.problem);
  const list = by("outcomes");
  list.replaceChildren(...wrong.map((one) => Object.assign(document.createElement("li"), { textContent: `${one.name} (${one.language}): ${one.problem}` })));
  list.hidden = !wrong.length;
  if (wrong.length) list.scrollIntoView({ block: "nearest" });
  return !wrong.length;
}
document.addEventListener("sent", (event) => {
  if (event.target.matches("[data-submit]") && tell(event.detail.outcomes)) location.reload();
});
document.querySelector("[data-choose]")?.addEventListener("change", (event) => event.target.form.submit());

const form = by("write");
if (form) {
  const examples = by("examples");
  const kept = JSON.parse(examples.dataset.known);
  const { body, footer } = form.elements;
  const kind = by("kind");

  /** A field for each variable of the text; what was typed stays. */
  const ask = () => {
    const wanted = new Set([...body.value.matchAll(/\{\{(\d+)\}\}/g)].map((found) => Number(found[1])));
    examples.querySelectorAll("input").forEach((field) => { kept[Number(field.dataset.number) - 1] = field.value; });
    const shown = [...examples.querySelectorAll("input")].map((field) => Number(field.dataset.number));
    if (shown.join() !== [...wanted].join()) {
      examples.querySelectorAll("label").forEach((one) => one.remove());
      for (const number of wanted) {
        const field = Object.assign(document.createElement("input"), { value: kept[number - 1] ?? "", maxLength: 200, required: true });
        field.dataset.number = number;
        const label = document.createElement("label");
        label.append(`${examples.dataset.label} {{${number}}}`, field);
        examples.append(label);
      }
    }
    examples.hidden = !wanted.size;
  };

  const buttons = () => {
    if (kind.value === "none") return [];
    const texts = [...form.querySelectorAll("[data-button]")].map((one) => one.value.trim());
    if (kind.value === "url") return [{ kind: "url", text: texts[0], url: form.querySelector("[data-url]").value.trim() }];
    return texts.filter(Boolean).map((text) => ({ kind: "quick_reply", text }));
  };

  const preview = () => {
    ask();
    form.querySelectorAll("[data-of]").forEach((one) => { one.hidden = !one.dataset.of.split(" ").includes(kind.value); });
    const values = Object.fromEntries([...examples.querySelectorAll("input")].map((one) => [one.dataset.number, one.value]));
    const words = document.createElement("p");
    words.textContent = body.value.replace(/\{\{(\d+)\}\}/g, (whole, number) => values[number] || whole);
    const small = Object.assign(document.createElement("small"), { textContent: footer.value });
    by("said").replaceChildren(...(body.value ? [words, ...(footer.value ? [small] : [])] : []));
    by("options").replaceChildren(...buttons().map((one) => Object.assign(document.createElement("span"), { className: "option", textContent: one.text })));
  };

  form.addEventListener("input", preview);
  preview();

  const given = () => {
    const told = { category: form.elements.category.value, body: body.value, footer: footer.value.trim(), buttons: buttons() };
    told.examples = [...examples.querySelectorAll("input")].map((one) => one.value.trim());
    if (form.elements.name) Object.assign(told, { name: form.elements.name.value.trim(), language: form.elements.language.value, channel: form.dataset.channel });
    return told;
  };

  // Before the settings' own listener: the form says more than its fields do.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const problem = form.querySelector(".problem");
    const button = form.querySelector("button.primary");
    problem.hidden = button.disabled = true;
    try {
      const [method, path] = form.dataset.send.split(" ");
      const written = await api(method, path, given());
      form.dataset.send = `PUT /templates/${written.id}`; // kept now: what is corrected after a refusal is this one
      form.elements.name?.closest("label").remove();
      const wanted = { name: written.name, language: written.language };
      const { outcomes } = await api("POST", "/templates/submit", { channel: form.dataset.channel, templates: [wanted] });
      const wrong = outcomes.find((one) => one.problem);
      if (wrong) throw new Problem(409, { message: wrong.problem });
      location.assign(`/settings/templates?channel=${form.dataset.channel}`);
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      problem.textContent = refused.message;
      problem.hidden = false;
      problem.scrollIntoView({ block: "nearest" });
    } finally {
      button.disabled = false;
    }
  });
}
