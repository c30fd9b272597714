// A canned response as the person would read it, while it is written.
const fill = (form) => {
  const shown = form?.querySelector("[data-preview]");
  if (!shown) return;
  const { contact, member } = shown.dataset;
  const words = form.elements.text.value;
  shown.textContent = words.replaceAll("{contact}", contact).replaceAll("{member}", member);
  shown.parentElement.hidden = !words.trim();
};
document.addEventListener("input", (event) => fill(event.target.closest("form")));
document.addEventListener("toggle", (event) => event.target.querySelectorAll("form").forEach(fill), true);
