// Writing in a conversation. A draft is kept until it is sent; a message is sent once, however bad the network is.
import { api, attempt, Problem } from "./app.js";
import { book, smile } from "./composing.js";

let canned = null;

export class Composer {
  /** `sent` is called after something was sent, `booked` after an appointment was made. */
  constructor(form, sent, booked) {
    this.form = form;
    this.sent = sent;
    this.booked = booked;
    this.thread = form.dataset.thread;
    this.text = form.elements.text;
    this.files = [];
    this.quoted = null;
    this.noting = false;
    this.draft = `hilo-draft-${this.thread}`;
    this.text.value = localStorage.getItem(this.draft) ?? "";
    this.grow();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.form.addEventListener("click", (event) => this.clicked(event));
    this.form.addEventListener("input", (event) => this.typed(event));
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("paste", (event) => this.take(event.clipboardData.files, event));
    for (const chooser of this.form.querySelectorAll("[type=file]")) chooser.addEventListener("change", (event) => { this.take(event.target.files); event.target.value = ""; });
    this.form.querySelector("#smiles").addEventListener("toggle", (event) => { if (event.newState === "open") smile(event.target, (emoji) => this.put(emoji)); });
    const talk = form.closest(".talk");
    talk.addEventListener("dragover", (event) => { event.preventDefault(); talk.classList.add("dropping"); });
    talk.addEventListener("dragleave", (event) => { if (!talk.contains(event.relatedTarget)) talk.classList.remove("dropping"); });
    talk.addEventListener("drop", (event) => { talk.classList.remove("dropping"); this.take(event.dataTransfer.files, event); });
    form.querySelectorAll(".template").forEach(preview);
    this.shut();
  }

  get closed() { return this.form.querySelector("#shut") !== null; }
  focus() { this.text.focus(); }
  leave() { clearTimeout(this.typing); }

  mode(which) {
    this.noting = which === "note";
    this.form.classList.toggle("noting", this.noting);
    this.form.querySelectorAll("[data-mode]").forEach((one) => one.setAttribute("aria-selected", String(one.dataset.mode === which)));
    [this.text.placeholder, this.text.dataset.notePlaceholder] = this.noting !== (this.swapped ?? false)
      ? [this.text.dataset.notePlaceholder, this.text.placeholder] : [this.text.placeholder, this.text.dataset.notePlaceholder];
    this.swapped = this.noting;
    this.shut();
    this.focus();
  }

  /** With the window closed only notes and templates may be written. */
  shut() {
    const shut = this.closed && !this.noting;
    this.form.querySelector(".line").hidden = shut;
    const box = this.form.querySelector("#shut");
    if (box) box.hidden = this.noting;
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 180)}px`;
  }

  typed(event) {
    const template = event.target.closest(".template");
    if (template) return preview(template);
    if (event.target !== this.text) return;
    this.grow();
    if (this.text.value) localStorage.setItem(this.draft, this.text.value); else localStorage.removeItem(this.draft);
    this.offer();
    if (!this.noting && this.text.value && !this.typing) {
      api("POST", `/threads/${this.thread}/typing`).catch(() => {});
      this.typing = setTimeout(() => { this.typing = null; }, 8000);
    }
  }

  pressed(event) {
    const list = this.form.querySelector("#canned");
    if (!list.hidden && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(event.key)) {
      event.preventDefault();
      const options = [...list.children], at = options.findIndex((one) => one.ariaSelected === "true");
      if (event.key === "Escape") list.hidden = true;
      else if (event.key.startsWith("Arrow")) {
        const next = options[(at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length];
        options.forEach((one) => { one.ariaSelected = String(one === next); });
      } else this.choose(options[at]);
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
  }

  /** Canned responses, while the text is a `/` and the beginning of one. */
  async offer() {
    const named = /@([\p{L}]*)$/u.exec(this.text.value.slice(0, this.text.selectionStart));
    if (this.noting && named) return this.show(this.colleagues.filter((one) => like(one.name, named[1])).map((one) => ["mention", one.name, `@${one.name}`, ""]));
    const asked = /^\/([\p{L}\p{N}_-]*)$/u.exec(this.text.value);
    if (!asked) return this.show([]);
    canned ??= await api("GET", "/canned-responses").catch(() => []);
    this.show(canned.filter((one) => one.shortcut.startsWith(asked[1].toLowerCase())).map((one) => ["shortcut", one.shortcut, `/${one.shortcut}`, one.text]));
  }

  /** What may be chosen: [kind, value, its name, what it stands for]. */
  show(found) {
    const list = this.form.querySelector("#canned");
    list.replaceChildren(...found.slice(0, 8).map(([kind, value, name, text], index) => {
      const line = Object.assign(document.createElement("li"), { role: "option", ariaSelected: String(index === 0) });
      line.dataset[kind] = value;
      line.append(Object.assign(document.createElement("b"), { textContent: name }), text);
      return line;
    }));
    list.hidden = !found.length;
  }

  get colleagues() {
    return [...this.form.querySelectorAll("#colleagues option")].map((one) => ({ id: one.value, name: one.textContent }));
  }

  /** The members a note names. */
  get mentions() {
    return this.colleagues.filter((one) => this.text.value.includes(`@${one.name}`)).map((one) => one.id);
  }

  choose(line) {
    if (line?.dataset.mention === undefined) return this.fill(line?.dataset.shortcut);
    const at = this.text.selectionStart;
    this.text.value = this.text.value.slice(0, at).replace(/@[\p{L}]*$/u, `@${line.dataset.mention} `) + this.text.value.slice(at);
    this.form.querySelector("#canned").hidden = true;
    this.focus();
  }

  async fill(shortcut) {
    this.form.querySelector("#canned").hidden = true;
    if (!shortcut) return;
    await attempt(async () => {
      this.text.value = (await api("GET", `/threads/${this.thread}/canned-responses/${encodeURIComponent(shortcut)}`)).text;
      localStorage.setItem(this.draft, this.text.value);
    });
    this.grow();
    this.focus();
  }

  clicked(event) {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-mode]")) this.mode(on("[data-mode]").dataset.mode);
    else if (on("[data-unquote]")) this.quote(null);
    else if (on("#canned li")) this.choose(on("#canned li"));
    else if (on("[data-drop]")) { this.files.splice(Number(on("[data-drop]").dataset.drop), 1); this.showFiles(); }
    else if (on("[data-send-template]")) this.sendTemplate(on(".template"));
    else if (on("[data-pay]")) this.put(on("[data-pay]").dataset.pay);
    else if (on("[data-book-contact]")) attempt(() => book(on("[data-book-contact]").dataset, this.booked));
    else if (on("[data-later]")) this.send(on("[data-later]").dataset.later);
    else if (on("[data-later-at]")) {
      const chosen = this.form.querySelector("#later-at").value;
      if (chosen) this.send(new Date(chosen).toISOString());
    }
  }

  /** Where the cursor is; what of it is still to be filled in is chosen, so that typing takes its place. */
  put(words) {
    if (this.closed) this.mode("note");
    const before = this.text.value.slice(0, this.text.selectionStart);
    const given = /\w$/.test(before) && words.length > 8 ? ` ${words}` : words;
    this.text.setRangeText(given, this.text.selectionStart, this.text.selectionEnd, "end");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    const open = /\{\w+\}/.exec(given);
    this.focus();
    if (open) this.text.setSelectionRange(before.length + open.index, before.length + open.index + open[0].length);
  }

  quote(message) {
    this.quoted = message?.dataset.message ?? null;
    const box = this.form.querySelector("#quoting");
    box.hidden = !message;
    box.firstElementChild.textContent = message?.querySelector(".said")?.textContent.trim().slice(0, 140) ?? "";
    if (message) this.mode("reply");
  }

  take(files, event) {
    if (!files?.length) return;
    event?.preventDefault();
    this.files.push(...files);
    this.showFiles();
    this.focus();
  }

  showFiles() {
    const list = this.form.querySelector("#files");
    list.hidden = !this.files.length;
    list.replaceChildren(...this.files.map((file, index) => {
      const line = document.createElement("li");
      const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "×", ariaLabel: file.name });
      drop.dataset.drop = index;
      line.append(file.name, drop);
      return line;
    }));
  }

  /** One key a message: trying again after a lost answer does not send it twice. */
  async post(body, key) {
    if (this.at) return api("POST", `/threads/${this.thread}/scheduled`, { content: body.content, at: this.at });
    for (let turn = 0; ; turn += 1) {
      try {
        return await api("POST", `/threads/${this.thread}/messages`, body, { "Idempotency-Key": key });
      } catch (problem) {
        if (!(problem instanceof Problem) || (problem.status !== 0 && problem.status !== 503) || turn >= 4) throw problem;
        await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** turn));
      }
    }
  }

  /** Now, or at an instant. */
  async send(at = null) {
    const text = this.text.value.trim();
    if (this.busy || (!text && !this.files.length)) return this.focus();
    this.form.querySelector("#later")?.hidePopover();
    this.busy = true;
    this.at = this.noting ? null : at;
    this.form.classList.add("sending");
    await attempt(async () => {
      if (this.noting) await api("POST", `/threads/${this.thread}/notes`, { text, mentions: this.mentions });
      else await this.sendAll(text);
      this.text.value = "";
      localStorage.removeItem(this.draft);
      this.quote(null);
      this.grow();
    });
    this.busy = false;
    this.form.classList.remove("sending");
    this.sent();
    if (this.noting) this.mode("reply");
    this.focus();
  }

  async sendAll(text) {
    const quoted = this.quoted ? { reply_to: this.quoted } : {};
    let caption = text;
    while (this.files.length) {
      const form = new FormData();
      form.append("file", this.files[0]);
      const kept = await api("POST", "/attachments", form);
      const family = kept.mime.split("/")[0];
      const type = ["image", "audio", "video"].includes(family) ? family : "document";
      const said = type !== "audio" && caption.length <= 1024 ? caption : "";
      const content = { kind: "media", type, attachment: kept.id, caption: said, ...(kept.filename ? { filename: kept.filename } : {}) };
      await this.post({ content, ...quoted }, crypto.randomUUID());
      if (said) caption = "";
      this.files.shift();
      this.showFiles();
    }
    if (caption) await this.post({ content: { kind: "text", text: caption }, ...quoted }, crypto.randomUUID());
  }

  async sendTemplate(template) {
    const inputs = [...template.querySelectorAll("input")];
    const missing = inputs.find((one) => !one.value.trim());
    if (missing) { missing.focus(); return; }
    const parameters = inputs.map((one) => one.value.trim());
    const content = { kind: "template", name: template.dataset.template, language: template.dataset.language, text: preview(template), parameters };
    if (await attempt(() => this.post({ content }, crypto.randomUUID()))) this.sent();
  }
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const like = (name, asked) => fold(name).split(" ").some((word) => word.startsWith(fold(asked)));

/** The template with what is filled in; shown, and given back. */
function preview(template) {
  const values = [...template.querySelectorAll("input")].map((one) => one.value.trim() || one.placeholder);
  const text = template.dataset.body.replace(/\{\{(\d+)\}\}/g, (_, number) => values[number - 1] ?? "");
  template.querySelector(".preview").textContent = text;
  return text;
}
