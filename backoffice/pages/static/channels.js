// Connecting a channel: looking at a bot, what is pasted at Meta, and the check that goes on by itself until all is well.
import { api, attempt, morph, part, toast } from "./app.js";

const by = (id) => document.getElementById(id);
const steps = by("steps");
const EVERY = 2000; // ms between two looks at what we know ourselves
let seen = "";

/** Ask the provider, and show every step. */
async function look() {
  if (!steps?.dataset.channel) return;
  by("again").disabled = true;
  const html = await part(`/settings/channels/${steps.dataset.channel}/steps`);
  by("again").disabled = false;
  if (html) morph(steps, html);
}

/** What came in since is known here: the provider is asked again only when something did. */
async function watch() {
  if (steps?.dataset.channel && !document.hidden && steps.querySelector('[data-state="waiting"]')) {
    const { heard_at: heard, verified_at: verified } = await api("GET", `/channels/${steps.dataset.channel}`).catch(() => ({}));
    if (`${heard ?? ""} ${verified ?? ""}` !== seen) {
      seen = `${heard ?? ""} ${verified ?? ""}`;
      await look();
    }
  }
  setTimeout(watch, EVERY);
}

by("again")?.addEventListener("click", look);
steps?.addEventListener("sent", look);
if (steps) look().then(watch);

by("look")?.addEventListener("sent", (event) => {
  const { name, username, connected } = event.detail;
  const shown = by("bot");
  shown.querySelector("strong").textContent = name;
  shown.querySelector("span").textContent = `@${username}`;
  by("connected").hidden = !connected;
  shown.hidden = false;
  by("connect").focus();
});
by("look")?.addEventListener("input", () => { by("bot").hidden = true; });
by("connect")?.addEventListener("click", (event) => attempt(async () => {
  event.target.disabled = true;
  try {
    const { channel } = await api("POST", "/channels", { kind: "telegram", token: by("look").elements.token.value });
    location.assign(`/settings/channels/${channel.id}`);
  } finally {
    event.target.disabled = false;
  }
}));

by("number")?.addEventListener("sent", (event) => {
  const { channel, webhook, verify_token: token } = event.detail;
  by("number").reset();
  by("keys").hidden = true;
  by("callback").value = webhook;
  by("verify-token").value = token;
  by("whole").href = `/settings/channels/${channel.id}`;
  by("paste").hidden = by("looking").hidden = false;
  steps.dataset.channel = channel.id;
  by("paste").scrollIntoView();
  look();
});
by("new-token")?.addEventListener("sent", (event) => {
  by("verify-token").value = event.detail.verify_token;
  by("token-made").hidden = false;
});
by("remove")?.addEventListener("sent", () => location.assign("/settings/channels"));

let drawing;
by("link")?.addEventListener("submit", (event) => event.preventDefault());
by("link")?.addEventListener("input", (event) => {
  const form = event.currentTarget;
  clearTimeout(drawing);
  if (!form.reportValidity()) return;
  drawing = setTimeout(() => attempt(async () => {
    const asked = new URLSearchParams([...new FormData(form)]);
    const { address, picture } = await api("GET", `/channels/${form.dataset.channel}/link?${asked}`);
    by("address").value = address;
    by("drawn").src = by("save-drawn").href = picture;
  }), 250);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = by(button.dataset.copy);
  field.select();
  if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(() => toast(button.dataset.done), () => {});
  else if (document.execCommand("copy")) toast(button.dataset.done);
});
