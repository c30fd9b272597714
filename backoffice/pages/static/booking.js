// Booking and moving by a form: everything the mouse does on the calendar, and the only way on a keyboard or a phone.
import { api, Problem } from "./app.js";
import { move, readable, settle } from "./conflict.js";
import { dayOf, instantOf, said, wallAt } from "./wall.js";

const make = (name, given = {}) => Object.assign(document.createElement(name), given);

export class Booking {
  /** `done` is called after something was booked or moved. */
  constructor(done) {
    this.done = done;
    this.dialog = document.getElementById("booking");
    this.form = this.dialog.querySelector("form");
    this.field = this.form.elements;
    this.people = document.getElementById("people");
    this.dialog.addEventListener("click", (event) => this.clicked(event));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.field.person.addEventListener("input", () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.search(), 200); });
    this.field.person.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); this.people.querySelector("button")?.focus(); }
      if (event.key === "Enter") event.preventDefault();
    });
    this.people.addEventListener("keydown", (event) => {
      const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (next) { event.preventDefault(); (event.target.closest("li")[next]?.firstElementChild ?? this.field.person).focus(); }
    });
  }

  get zone() { return this.field.location.selectedOptions[0]?.dataset.zone ?? this.form.dataset.organizationZone; }
  query(selector) { return this.dialog.querySelector(selector); }

  /** `start` on the wall, or a `day`; a `contact`, or `patient` with `name`; `service`; `professional`; `moving`: the
   *  panel's data. */
  open({ start, day, professional, location, contact, patient, name, service, moving } = {}) {
    this.form.reset();
    Object.assign(this, { moving: moving ?? null, contact: null, patient: patient ?? null, made: null, keys: new Map() });
    this.say("");
    for (const one of this.dialog.querySelectorAll("[data-new][data-move]")) one.textContent = moving ? one.dataset.move : one.dataset.new;
    if (moving) this.query("h2").textContent += ` ${moving.name}`;
    this.query(".who").hidden = Boolean(moving);
    this.query(".service").hidden = Boolean(moving);
    this.field.service.required = !moving;
    this.choose(contact ?? null, patient ? name : "");
    this.people.hidden = true;
    const known = moving ?? { service, professional, location };
    for (const one of ["service", "location", "professional"]) {
      const option = [...this.field[one].options].find((each) => each.value === known[one]);
      if (option) this.field[one].value = option.value;
    }
    this.pool();
    const at = moving?.start ?? start ?? "";
    this.field.day.value = at.slice(0, 10) || day || "";
    this.field.hour.value = at.slice(11, 16);
    this.openings();
    this.dialog.showModal();
    (moving ? this.field.day : patient || contact ? this.field.service : this.field.person).focus();
  }

  say(words) {
    const line = this.query(".problem");
    Object.assign(line, { hidden: !words, textContent: words });
  }

  clicked(event) {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-close]")) this.dialog.close();
    else if (on("[data-unchoose]")) { this.choose(null); this.field.person.focus(); }
    else if (on("button[data-create]")) this.create(on("button[data-create]").dataset.create);
    else if (on("#people button")) this.choose(on("#people button").contact);
    else if (on(".openings button")) this.take(on(".openings button").dataset.start);
  }

  changed(field) {
    if (field.name === "service") this.pool();
    if (field.name === "patient") { this.query(".new").hidden = field.value !== "new"; if (field.value === "new") this.field.new_patient.focus(); }
    if (["service", "location", "professional", "day", "patient"].includes(field.name)) this.openings();
    this.say("");
  }

  // the person

  async search() {
    const words = this.field.person.value.trim();
    if (words.length < 2) { this.people.hidden = true; return; }
    const found = await this.ask(`/contacts?${new URLSearchParams({ search: words, limit: 8 })}`);
    if (!found || words !== this.field.person.value.trim()) return;
    this.people.replaceChildren(...found.items.map((contact) => {
      const button = make("button", { type: "button", contact });
      button.append(make("strong", { textContent: contact.name }), make("small", { textContent: contact.phone ?? contact.email ?? "" }));
      const line = make("li");
      line.append(button);
      return line;
    }));
    if (!found.items.length) this.people.append(make("li", { textContent: this.people.dataset.nobody }));
    const create = make("button", { type: "button", textContent: this.people.dataset.create.replace("{}", words) });
    create.dataset.create = words;
    const last = make("li");
    last.append(create);
    this.people.append(last);
    this.people.hidden = false;
  }

  /** Somebody new, by what was typed: a name, and a phone if there is one in it. */
  async create(words) {
    const phone = /\+?[\d\s().-]{7,}/.exec(words)?.[0].trim();
    const name = (phone ? words.replace(phone, "") : words).trim() || words;
    const made = await this.trying(() => api("POST", "/contacts", { name, ...(phone ? { phone } : {}) }));
    if (made) this.choose(made);
  }

  /** A contact, whose patients are then read; or only a name, of a patient who is known already. */
  async choose(contact, name = "") {
    this.contact = contact;
    if (contact || !name) this.patient = null;
    const chosen = contact?.name ?? name;
    this.people.hidden = true;
    this.field.person.closest("label").hidden = Boolean(chosen);
    this.query(".chosen").hidden = !chosen;
    this.query(".chosen strong").textContent = chosen;
    const patients = this.query(".patients");
    patients.hidden = true;
    patients.querySelector("div").replaceChildren();
    if (!contact) return;
    const found = (await this.ask(`/contacts/${contact.id}/patients`)) ?? [];
    if (this.contact !== contact) return;
    const rows = found.length ? found : [{ id: "", name: contact.name }]; // the contact, who never had a visit
    patients.querySelector("div").replaceChildren(...rows.map((one, place) => {
      const label = make("label", { className: "switch" });
      label.append(make("input", { type: "radio", name: "patient", value: one.id, checked: place === 0 }), ` ${one.name}`);
      return label;
    }));
    this.query(".new")?.toggleAttribute("hidden", true);
    patients.hidden = false;
    this.field.service.focus();
    this.openings();
  }

  get chosenPatient() {
    const radio = this.form.querySelector("[name=patient]:checked")?.value;
    return this.patient ?? (radio && radio !== "new" ? radio : null);
  }

  // the time

  /** Only those who give the service. */
  pool() {
    const pool = this.field.service.selectedOptions[0]?.dataset.pool;
    for (const one of this.field.professional.options) {
      const away = Boolean(one.value) && pool !== undefined && !pool.split(" ").includes(one.value);
      one.hidden = one.disabled = away;
      if (away && one.selected) this.field.professional.value = [...this.field.professional.options].find((each) => !each.disabled)?.value ?? "";
    }
  }

  async openings() {
    const place = this.query(".openings"), service = this.field.service.value;
    const asked = new URLSearchParams({ service, limit: 20 });
    for (const name of ["location", "professional"]) if (this.field[name].value) asked.set(name, this.field[name].value);
    if (this.moving) asked.set("moving", this.moving.appointment);
    else if (this.chosenPatient) asked.set("patient", this.chosenPatient);
    const day = this.field.day.value;
    if (day && day > wallAt(Date.now(), this.zone).slice(0, 10)) asked.set("since", instantOf(`${day}T00:00`, this.zone));
    this.asked = String(asked);
    if (!service) { place.replaceChildren(); return; }
    const found = await this.ask(`/openings?${asked}`);
    if (!found || this.asked !== String(asked)) return;
    const rows = new Map();
    for (const one of found.items) {
      const day = dayOf(one.local_start);
      if (!rows.has(day)) {
        rows.set(day, make("div", { className: "chips" }));
        rows.get(day).append(make("span", { textContent: day }));
      }
      const names = one.professionals.map((each) => each.name).join(", ");
      const button = make("button", { type: "button", textContent: one.local_start.slice(11), title: names, ariaLabel: `${said(one.local_start)}, ${names}` });
      button.dataset.start = one.local_start;
      rows.get(day).append(button);
    }
    place.replaceChildren(make("h3", { textContent: place.dataset[found.items.length ? "title" : "none"] }), ...rows.values());
  }

  take(start) {
    [this.field.day.value, this.field.hour.value] = [start.slice(0, 10), start.slice(11, 16)];
    this.say("");
  }

  // sending

  async ask(path) {
    return this.trying(() => api("GET", path));
  }

  async trying(work) {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.say(readable(problem.message));
      return undefined;
    }
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    this.say("");
    const start = instantOf(`${this.field.day.value}T${this.field.hour.value}`, this.zone);
    const booked = await this.trying(() => (this.moving ? this.move(start) : this.book(start)));
    this.busy = false;
    if (!booked) return;
    this.dialog.close();
    this.done();
  }

  move(start) {
    const { appointment, version, location } = this.moving;
    const professional = this.field.professional.value, place = this.field.location.value;
    const given = { start, version: Number(version), ...(professional ? { professional } : {}), ...(place && place !== location ? { location: place } : {}) };
    return move(appointment, given, this.zone);
  }

  async book(start) {
    const line = this.query(".problem");
    const radio = this.form.querySelector("[name=patient]:checked")?.value;
    if (!this.patient && !this.contact) { this.say(line.dataset.nobody); this.field.person.focus(); return null; }
    if (!this.patient && radio === "new") {
      const name = this.field.new_patient.value.trim();
      if (!name) { this.say(line.dataset.nameless); this.field.new_patient.focus(); return null; }
      if (this.made?.name !== name) this.made = await api("POST", `/contacts/${this.contact.id}/patients`, { name });
    }
    const patient = this.patient ?? (radio === "new" ? this.made.id : radio);
    const given = { service: this.field.service.value, start, ...(patient ? { patient } : { contact: this.contact.id }) };
    for (const name of ["location", "professional"]) if (this.field[name].value) given[name] = this.field[name].value;
    return settle((instead) => this.post({ ...given, ...instead }), this.zone);
  }

  /** One key for each thing asked: trying the same again after a lost answer does not book it twice. */
  post(body) {
    const asked = JSON.stringify(body);
    if (!this.keys.has(asked)) this.keys.set(asked, crypto.randomUUID());
    return api("POST", "/appointments", body, { "Idempotency-Key": this.keys.get(asked) });
  }
}
