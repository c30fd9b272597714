// My account: the password, the second factor, the browsers I am in with.
import { api, attempt, toast } from "./app.js";

const on = (id, event, work) => document.getElementById(id)?.addEventListener(event, async (told) => {
  told.preventDefault();
  await attempt(() => work(told.target));
});
let secret;

on("password", "submit", async (form) => {
  await api("POST", "/password", { current: form.elements.current.value, new: form.elements.new.value });
  form.reset();
  toast(form.dataset.done);
});
on("begin-factor", "click", async (button) => {
  const begun = await api("POST", "/second-factor");
  secret = begun.secret;
  button.hidden = true;
  const form = document.getElementById("confirm-factor");
  form.querySelector("img").src = begun.picture;
  form.querySelector("code").textContent = begun.secret.match(/.{4}/g).join(" ");
  form.hidden = false;
  form.elements.code.focus();
});
on("confirm-factor", "submit", async (form) => {
  const { codes } = await api("POST", "/second-factor/confirm", { secret, code: form.elements.code.value });
  form.hidden = true;
  const shown = document.getElementById("codes");
  shown.querySelector("pre").textContent = codes.join("\n");
  shown.hidden = false;
});
on("end-factor", "submit", async (form) => {
  await api("POST", "/second-factor/end", { password: form.elements.password.value });
  location.reload();
});
on("end-others", "click", async () => { await api("DELETE", "/sessions"); location.reload(); });
document.querySelectorAll("[data-end]").forEach((button) => button.addEventListener("click", () => attempt(async () => {
  await api("DELETE", `/sessions/${button.dataset.end}`);
  button.closest("li").remove();
})));
