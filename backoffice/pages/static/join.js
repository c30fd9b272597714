// Choosing a password. The secret of the link stands behind the #, which no server sees but in this form's body.
const form = document.getElementById("join");
const problem = form.querySelector(".problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    const answer = await fetch("/api/password-link", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: location.hash.slice(1) || "-", password: form.elements.password.value }),
    });
    if (answer.ok) return location.assign("/login");
    problem.textContent = (await answer.json()).message;
  } catch {
    problem.textContent = form.dataset.away;
  }
  problem.hidden = false;
});
