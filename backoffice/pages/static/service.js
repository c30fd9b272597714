// The promises' table: a row that says nothing is left out, and follows the one of all.
import { said, send } from "./settings.js";

const form = document.getElementById("service");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const { warn_percent, auto_resolve_hours, survey } = said(form);
  const rows = {};
  for (const field of form.querySelectorAll("[data-kind]")) (rows[field.dataset.priority] ??= {})[field.dataset.kind] = Number(field.value || 0);
  const { "": targets, ...others } = rows;
  const by_priority = Object.fromEntries(Object.entries(others).filter(([, one]) => Object.values(one).some(Boolean)));
  send(form, { targets, by_priority, warn_percent, auto_resolve_hours, survey });
});
