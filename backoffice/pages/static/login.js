// Coming in. Whoever works in several organizations is asked which.
const form = document.getElementById("login");
const problem = form.querySelector(".problem");
const organizations = form.elements.organization;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  form.querySelector("button").disabled = true;
  const given = { email: form.elements.email.value, password: form.elements.password.value };
  if (form.elements.code.value) given.code = form.elements.code.value;
  if (organizations.value) given.organization = organizations.value;
  try {
    const answer = await fetch("/api/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
    if (answer.ok) return location.assign(form.dataset.next);
    const told = await answer.json();
    if (told.code === "choose_organization") {
      organizations.replaceChildren(...told.details.organizations.map((one) => new Option(one.name, one.id)));
      organizations.closest("label").hidden = false;
      organizations.focus();
    }
    if (told.code === "second_factor") {
      form.elements.code.closest("label").hidden = false;
      form.elements.code.value = "";
      form.elements.code.focus();
    }
    problem.textContent = told.message;
  } catch {
    problem.textContent = form.dataset.away;
  }
  problem.hidden = false;
  form.querySelector("button").disabled = false;
});
