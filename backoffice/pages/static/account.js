// My account: the password, the second factor, the browsers I am in with.
import { api, attempt, Problem, toast } from "./app.js";
import { isThis, state, test, turnOff, turnOn } from "./push.js";

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

// notices on this device

const push = document.getElementById("push"), turned = document.getElementById("push-on");

async function show() {
  const now = await state();
  turned.checked = now === "on";
  turned.disabled = !["on", "off"].includes(now);
  document.getElementById("push-test").hidden = now !== "on";
  for (const line of push.querySelectorAll("[data-push]")) line.hidden = line.dataset.push !== now;
  for (const line of push.querySelectorAll("[data-device]")) line.querySelector("[data-here]").hidden = !isThis(line.dataset.device);
}

if (push) {
  show();
  turned.addEventListener("change", () => attempt(async () => {
    turned.disabled = true;
    try {
      if (turned.checked) await turnOn(); else await turnOff();
    } catch (problem) {
      if (problem instanceof Problem) throw problem;
      toast(push.dataset.away, true);
    } finally {
      await show();
    }
  }));
  on("push-test", "click", async () => { await test(); toast(push.dataset.tried); });
  push.querySelectorAll("[data-forget-device]").forEach((button) => button.addEventListener("click", () => attempt(async () => {
    const id = button.dataset.forgetDevice;
    if (isThis(id)) await turnOff(); else await api("DELETE", `/push/subscriptions/${id}`);
    button.closest("li").remove();
    await show();
  })));
}
