// The page: two phones, each showing one chat of its channel and acting as its person.
import { call, samplePhoto, sampleSticker, sampleVoice, upload } from "/page/api.js";
import { bubble, el, gist, icon } from "/page/bubbles.js";
import { openScenario } from "/page/scenario.js";

const FIRST = {
  whatsapp: { id: "5491150001111", fields: { name: "Ana Ruiz", phone: "+54 9 11 5000-1111" } },
  telegram: { id: "900100200", fields: { name: "Teo", last_name: "Paz", username: "teo_paz", phone: "+5491150002222" } },
};
const FACES = ["👍", "❤️", "😂", "😮", "🙏"];

export class Phone {
  constructor(root) {
    this.root = root;
    this.channel = root.dataset.channel;
    root.append(document.getElementById("phone-template").content.cloneNode(true));
    this.log = root.querySelector(".log");
    this.input = root.querySelector("textarea");
    this.file = root.querySelector("input[type=file]");
    this.account = null;
    this.people = [];
    this.person = null;
    this.chat = { messages: [] };
    this.shown = new Map();
    this.listen();
  }

  listen() {
    const find = (selector) => this.root.querySelector(selector);
    find(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") this.quote(null);
    });
    find(".attach").addEventListener("click", (event) => this.openAttach(event.currentTarget));
    find(".quoting button").addEventListener("click", () => this.quote(null));
    find(".person").addEventListener("change", (event) => this.choose(event.target.value));
    this.stuck = true;
    this.log.addEventListener("scroll", () => { this.stuck = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60; });
    this.log.addEventListener("load", () => this.settle(), true);
    new ResizeObserver(() => this.settle()).observe(this.log);
    this.file.addEventListener("change", () => this.sendFiles());
  }

  get path() { return `/${this.channel}/${this.account.id}/people/${this.person.id}`; }

  async adopt(state) {
    const account = state[this.channel][0];
    this.account = account && { ...account, id: String(account.phone_number_id ?? account.bot_id), key: `${this.channel}:${account.phone_number_id ?? account.bot_id}` };
    this.people = this.account ? state.people.filter((p) => p.account === this.account.key) : [];
    if (this.account && !this.people.length) {
      const first = FIRST[this.channel];
      this.people = [await call("PUT", `/${this.channel}/${this.account.id}/people/${first.id}`, first.fields)];
    }
    const kept = this.person?.id ?? sessionStorage.getItem("person-" + this.channel);
    this.person = this.people.find((p) => p.id === kept) ?? this.people[0] ?? null;
    const names = this.people.map((p) => el("option", { value: p.id, textContent: [p.name, p.last_name].filter(Boolean).join(" "), selected: p === this.person }));
    this.root.querySelector(".person").replaceChildren(...names);
    this.root.querySelector(".name").textContent = this.account?.name ?? "Sin conectar";
    this.root.querySelector(".face").textContent = (this.account?.name ?? "?").replace(/^(Clínica|Estética|Dr\.?a?)\s+/i, "")[0] ?? "?";
    this.root.querySelector(".as").hidden = !this.person;
    this.root.querySelector(".composer").inert = !this.person;
    await this.refresh();
  }

  async choose(id) {
    this.person = this.people.find((p) => p.id === id);
    sessionStorage.setItem("person-" + this.channel, id);
    this.shown.clear();
    this.log.replaceChildren();
    this.quote(null);
    await this.refresh();
  }

  async refresh() {
    if (!this.person) return this.renderEmpty();
    const asked = this.person.id;
    const chat = await call("GET", `/chats/${this.channel}/${this.account.id}/${asked}`);
    if (asked !== this.person.id) return;
    this.chat = chat;
    this.person = { ...this.person, ...chat.person };
    this.render();
    this.markRead();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh().catch((error) => this.toast(error.message)), 40);
  }

  visible() { return document.visibilityState === "visible" && this.root.offsetParent !== null; }

  markRead() {
    const fresh = this.chat.messages.some((m) => m.direction === "out" && m.status === "delivered");
    if (this.channel === "whatsapp" && fresh && this.visible()) call("POST", this.path + "/read", {}).catch(() => {});
  }

  renderEmpty() {
    this.shown.clear();
    this.log.replaceChildren(el("li", { className: "empty" }, "Todavía no hay un negocio conectado. Aparece aquí en cuanto Hilo se conecta al emulador."));
  }

  render() {
    const first = this.shown.size === 0;
    const keep = new Set();
    let before = null;
    if (this.chat.messages.length || !this.log.querySelector(".invitation")) this.log.querySelector(".empty")?.remove();
    for (const message of this.chat.messages) {
      keep.add(message.id);
      const print = JSON.stringify(message);
      const known = this.shown.get(message.id);
      let node = known?.node;
      if (known?.print !== print) {
        node = bubble(message, this);
        if (known) known.node.replaceWith(node);
        else {
          if (!first) node.querySelector(".bubble").classList.add("fresh");
          if (before) before.after(node); else this.log.prepend(node);
        }
        this.shown.set(message.id, { node, print });
      }
      before = node;
    }
    for (const [id, { node }] of this.shown) if (!keep.has(id)) { node.remove(); this.shown.delete(id); }
    if (!this.chat.messages.length && !this.log.querySelector(".empty")) this.log.append(this.invitation());
    this.renderState();
    this.renderKeys();
    const newest = this.chat.messages.at(-1);
    if (first || (newest?.direction === "in" && newest.id !== this.newest)) this.stuck = true;
    this.newest = newest?.id;
    this.settle();
  }

  invitation() {
    const start = el("button", { type: "button", textContent: this.channel === "telegram" ? "Iniciar" : "Saludar" });
    start.addEventListener("click", () => this.act(this.channel === "telegram" ? { type: "start" } : { type: "text", text: "Hola" }));
    return el("li", { className: "empty invitation" }, `Escribe a ${this.account.name} como lo haría un cliente.`, el("br"), start);
  }

  renderState() {
    const typing = this.chat.typing_seconds > 0;
    const state = typing ? "escribiendo…" : this.person.blocked ? "bot bloqueado" : this.channel === "telegram" ? "bot" : "cuenta de empresa";
    this.root.querySelector(".state").textContent = state;
    clearTimeout(this.typing);
    if (typing) this.typing = setTimeout(() => this.soon(), this.chat.typing_seconds * 1000 + 50);
    const notice = this.root.querySelector(".notice");
    const closed = this.channel === "whatsapp" && !this.chat.window_open && this.chat.messages.length > 0;
    notice.hidden = !closed && !this.person.blocked;
    notice.textContent = this.person.blocked ? "Bloqueaste al negocio. Escribe para desbloquearlo." : "Ventana de 24 horas cerrada: solo llegan plantillas.";
  }

  renderKeys() {
    const keys = this.root.querySelector(".keys");
    const rows = this.chat.keyboard?.keyboard ?? [];
    const print = JSON.stringify(rows);
    if (keys.dataset.print === print) return;
    keys.dataset.print = print;
    keys.hidden = !rows.length;
    keys.replaceChildren(...rows.map((row) => el("div", {}, ...row.map((key) => {
      const text = key.text ?? key;
      const button = el("button", { type: "button", textContent: text });
      button.addEventListener("click", () => {
        if (key.request_contact) this.act({ type: "contact", own: true, phone_number: this.person.phone || "+5491150002222" });
        else if (key.request_location) this.sendPlace();
        else this.act({ type: "text", text });
      });
      return button;
    }))));
  }

  /** Stay at the end when the reader was there, whatever grew: a bubble, a picture, a notice, the keyboard. */
  settle() { if (this.stuck) this.log.scrollTop = this.log.scrollHeight; }

  find(id) { return this.chat.messages.find((m) => m.id === id); }

  scrollTo(id) { this.shown.get(id)?.node.scrollIntoView({ block: "center", behavior: "smooth" }); }

  async act(fields) {
    if (!this.person) return this.toast("Todavía no hay un negocio conectado.");
    try {
      await call("POST", this.path + "/messages", fields);
    } catch (error) { this.toast(error.message); }
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text || !this.person) return;
    this.input.value = "";
    const editing = this.editing;
    const reply_to = this.quoted?.id;
    this.quote(null);
    if (editing) await this.act({ type: "edit", message_id: editing.id, text });
    else if (text.startsWith("/start") && this.channel === "telegram") await this.act({ type: "start", payload: text.slice(6).trim() });
    else await this.act({ type: "text", text, reply_to });
  }

  quote(message, editing = false) {
    this.quoted = editing ? null : message;
    this.editing = editing ? message : null;
    const strip = this.root.querySelector(".quoting");
    strip.hidden = !message;
    if (!message) return;
    strip.querySelector("b").textContent = editing ? "Editar mensaje" : message.direction === "in" ? "Responderte" : `Responder a ${this.account.name}`;
    strip.querySelector("span").textContent = gist(message);
    if (editing) this.input.value = gist(message);
    this.input.focus();
  }

  toast(text) {
    const node = this.root.querySelector(".toast");
    node.textContent = text;
    node.hidden = false;
    clearTimeout(this.toasting);
    this.toasting = setTimeout(() => { node.hidden = true; }, 4000);
  }

  /** A popup near `anchor`: arrows move, Escape closes, focus goes back. */
  popup(anchor, nodes, label) {
    this.closePopup?.();
    const menu = el("div", { className: "menu", role: "menu", ariaLabel: label }, ...nodes);
    this.root.append(menu);
    anchor.setAttribute("aria-expanded", "true");
    const [frame, at] = [this.root.getBoundingClientRect(), anchor.getBoundingClientRect()];
    const top = Math.min(at.bottom - frame.top + 4, frame.height - menu.offsetHeight - 8);
    menu.style.left = Math.max(8, Math.min(at.left - frame.left, frame.width - menu.offsetWidth - 8)) + "px";
    menu.style.top = Math.max(8, at.bottom > frame.bottom - 120 ? at.top - frame.top - menu.offsetHeight - 6 : top) + "px";
    const buttons = [...menu.querySelectorAll("button")];
    const away = (event) => { if (!menu.contains(event.target) && !anchor.contains(event.target)) this.closePopup(); };
    this.closePopup = () => {
      menu.remove();
      anchor.setAttribute("aria-expanded", "false");
      document.removeEventListener("pointerdown", away);
      this.closePopup = null;
    };
    menu.addEventListener("click", (event) => { if (event.target.closest("button")) { this.closePopup?.(); this.input.focus(); } });
    menu.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") { this.closePopup(); anchor.focus(); }
      if (step) { event.preventDefault(); buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus(); }
    });
    document.addEventListener("pointerdown", away);
    buttons[0]?.focus();
  }

  item(text, run) {
    const button = el("button", { type: "button", role: "menuitem", textContent: text });
    button.addEventListener("click", run);
    return button;
  }

  openMenu(message, anchor) {
    const now = message.reactions.person;
    const faces = el("div", { className: "faces" }, ...FACES.map((face) => {
      const button = this.item(face, () => this.act({ type: "reaction", message_id: message.id, emoji: face === now ? "" : face }));
      button.ariaLabel = "Reaccionar " + face;
      return button;
    }));
    const items = [faces, this.item("Responder", () => this.quote(message))];
    if (message.direction === "in") {
      const text = message.content.type === "text" || typeof message.content.text === "string";
      if (text) items.push(this.item("Editar", () => this.quote(message, true)));
      items.push(this.item("Eliminar", () => this.act({ type: this.channel === "whatsapp" ? "revoke" : "delete", message_id: message.id })));
    }
    this.popup(anchor.offsetParent ? anchor : anchor.parentElement, items, "Acciones del mensaje");
  }

  openAttach(anchor) {
    if (!this.person) return;
    const photo = this.channel === "whatsapp" ? "image" : "photo";
    this.popup(anchor, [
      this.item("Foto o video…", () => this.pick("image/*,video/*", false)),
      this.item("Documento…", () => this.pick("", true)),
      this.item("Foto de ejemplo", async () => this.sendBlob(photo, await samplePhoto(), "foto.jpg")),
      this.item("Nota de voz de ejemplo", async () => this.sendBlob("voice", await sampleVoice(), "voz.ogg")),
      this.item("Sticker de ejemplo", async () => this.sendBlob("sticker", await sampleSticker(), "sticker.webp")),
      this.item("Ubicación", () => this.sendPlace()),
      this.item("Mi contacto", () => this.sendSelf({})),
    ], "Adjuntar");
  }

  pick(accept, asDocument) {
    this.file.accept = accept;
    this.asDocument = asDocument;
    this.file.value = "";
    this.file.click();
  }

  async sendFiles() {
    for (const file of this.file.files) {
      const family = file.type.split("/")[0];
      const known = { image: this.channel === "whatsapp" ? "image" : "photo", video: "video", audio: "audio" }[family];
      await this.sendBlob(this.asDocument ? "document" : known ?? "document", file, file.name);
    }
  }

  async sendBlob(type, blob, name) {
    try {
      const media_id = await upload(this.channel, this.account.id, blob, name);
      const caption = ["sticker", "voice"].includes(type) ? "" : this.input.value.trim();
      if (caption) this.input.value = "";
      await this.act({ type, media_id, filename: name, caption, duration: type === "voice" ? 3 : undefined });
    } catch (error) { this.toast(error.message); }
  }

  sendPlace(reply_to) { return this.act({ type: "location", latitude: -34.58112, longitude: -58.42094, reply_to }); }

  sendSelf(extra) {
    const phone = this.person.phone || "+" + this.person.id;
    return this.act(this.channel === "whatsapp" ? { type: "contacts", name: this.person.name, phone, ...extra } : { type: "contact", own: true, phone_number: phone });
  }

  openList(message) {
    const { action, body } = message.content.interactive;
    const close = el("button", { type: "button", className: "icon", ariaLabel: "Cerrar" }, icon("close"));
    const title = el("h2", { textContent: action.button });
    const panel = el("div", { role: "dialog", ariaModal: "true", ariaLabel: body.text }, el("header", {}, title, close));
    const sheet = el("div", { className: "sheet" }, panel);
    const back = document.activeElement;
    const end = () => { sheet.remove(); back?.focus(); };
    for (const section of action.sections) {
      if (section.title) panel.append(el("h3", { textContent: section.title }));
      for (const row of section.rows) {
        const button = el("button", { type: "button", className: "row" }, row.title, row.description ? el("span", { textContent: row.description }) : null);
        button.addEventListener("click", () => { end(); this.act({ type: "list_reply", ...row, reply_to: message.id }); });
        panel.append(button);
      }
    }
    close.addEventListener("click", end);
    sheet.addEventListener("click", (event) => { if (event.target === sheet) end(); });
    sheet.addEventListener("keydown", (event) => {
      const buttons = [...sheet.querySelectorAll("button")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? (event.key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
      if (event.key === "Escape") end();
      if (step) { event.preventDefault(); buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus(); }
    });
    this.root.append(sheet);
    panel.querySelector(".row")?.focus();
  }
}

const phones = [...document.querySelectorAll(".phone")].map((root) => new Phone(root));

async function reload() {
  const state = await call("GET", "/state");
  await Promise.all(phones.map((phone) => phone.adopt(state)));
}

function show(channel) {
  document.body.dataset.shown = channel;
  for (const tab of document.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.show === channel));
  const phone = phones.find((p) => p.channel === channel);
  phone.settle();
  phone.markRead();
}

function listen() {
  const events = new EventSource("/emulator/events");
  events.onopen = () => reload();
  events.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (["accounts", "people", "reset"].includes(event.type)) return reload();
    const phone = phones.find((p) => p.account?.key === event.account);
    if (event.type === "log" || event.type === "faults") return document.dispatchEvent(new CustomEvent("emulator-" + event.type));
    if (event.type === "tap_answered" && event.person === phone?.person?.id && event.text) phone.toast(event.text);
    phone?.soon();
  };
}

for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => show(tab.dataset.show));
document.getElementById("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
document.getElementById("open-scenario").addEventListener("click", () => openScenario(phones, reload));
document.addEventListener("visibilitychange", () => phones.forEach((phone) => phone.person && phone.markRead()));
show("whatsapp");
listen();
