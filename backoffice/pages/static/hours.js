// The opening hours: a day like another, and which appointments what was just saved leaves outside.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-like-monday]")) return;
  const monday = document.querySelector("#week [data-intervals='hours.mon']");
  const times = [...monday.querySelectorAll("input")].map((field) => field.value);
  for (const day of ["tue", "wed", "thu", "fri"]) {
    const group = document.querySelector(`#week [data-intervals='hours.${day}']`);
    group.querySelector("ul").replaceChildren(...[...monday.querySelectorAll("li")].map((one) => one.cloneNode(true)));
    group.querySelectorAll("input").forEach((field, at) => { field.value = times[at]; });
    group.classList.toggle("closed", !times.length);
  }
});
document.addEventListener("renewed", ({ detail }) => {
  const stranded = detail?.stranded ?? [];
  for (const one of stranded) document.querySelector(`[data-appointment="${one.id}"] .tag`).hidden = false;
  if (stranded.length) document.getElementById("stranded").focus();
});
