// The drawer "Escenario": who writes, how the chat begins, what goes wrong, and the raw exchanges.
import { call } from "/page/api.js";
import { clock, el, icon } from "/page/bubbles.js";

const drawer = document.getElementById("scenario");
const ERRORS = {
  "": null,
  429: { graph_error: { status: 429, code: 130429 }, telegram_error: { status: 429, retry_after: 3 } },
  pair: { graph_error: { status: 400, code: 131056 } },
  500: { graph_error: { status: 500, code: 131000 }, telegram_error: { status: 500 } },
  503: { graph_error: { status: 503, code: 131016 }, telegram_error: { status: 502 } },
};
let phones = [];

function field(label, control, hint) {
  return el("label", { className: "field" }, el("span", { textContent: label }), control, hint ? el("small", { textContent: hint }) : null);
}

function check(label, checked, change, hint) {
  const box = el("input", { type: "checkbox", checked });
  box.addEventListener("change", () => change(box.checked));
  return el("label", { className: "check" }, box, el("span", {}, label, hint ? el("small", { textContent: hint }) : null));
}

function button(text, run, quiet) {
  const node = el("button", { type: "button", className: quiet ? "act quiet" : "act", textContent: text });
  node.addEventListener("click", run);
  return node;
}

function section(title, ...nodes) {
  return el("section", {}, el("h3", { textContent: title }), ...nodes);
}

function input(value, properties = {}) { return el("input", { value, ...properties }); }

function newPerson(reload) {
  const kind = el("select", {}, el("option", { value: "whatsapp", textContent: "WhatsApp" }), el("option", { value: "telegram", textContent: "Telegram" }));
  const name = input("", { placeholder: "Beto Paz", required: true });
  const number = input("", { placeholder: "5491150003333", required: true, inputMode: "numeric", pattern: "[0-9]{5,15}" });
  const hide = el("input", { type: "checkbox" });
  const form = el("form", { className: "grid" },
    field("Canal", kind), field("Nombre", name), field("Número o id", number, "Solo dígitos"),
    el("label", { className: "check" }, hide, el("span", {}, "Oculta su número", el("small", { textContent: "WhatsApp envía solo el identificador de usuario" }))),
    el("button", { className: "act", textContent: "Agregar persona" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const phone = phones.find((p) => p.channel === kind.value);
    if (!phone.account) return;
    await call("PUT", `/${kind.value}/${phone.account.id}/people/${number.value}`, {
      name: name.value, phone: "+" + number.value, hide_phone: hide.checked && kind.value === "whatsapp",
    });
    await reload();
    await phone.choose(number.value);
    drawer.close();
  });
  return el("details", {}, el("summary", { textContent: "Nueva persona" }), form);
}

function beginnings() {
  const [whatsapp, telegram] = phones;
  const title = input("Botox: primera consulta sin cargo");
  const ad = input("120210001234");
  const click = input("ARAkLkA8rmlFeiCktEJQ-emulador");
  const payload = input("ig_bio", { pattern: "[A-Za-z0-9_\\-]{0,64}" });
  const tapAd = button("Tocar el anuncio", () => {
    drawer.close();
    whatsapp.act({ type: "text", text: "¡Hola! Quiero más información.", referral: {
      source_url: "https://fb.me/" + ad.value, source_id: ad.value, source_type: "ad", headline: title.value,
      body: "Reserva por WhatsApp", media_type: "image", image_url: "https://example.org/anuncio.jpg", ctwa_clid: click.value,
    } });
  });
  const follow = button("Abrir el enlace", () => { drawer.close(); telegram.act({ type: "start", payload: payload.value }); });
  return section("Cómo empieza",
    el("div", { className: "grid" }, field("Título del anuncio", title), field("Id del anuncio", ad), field("Clic (ctwa_clid)", click), tapAd),
    el("div", { className: "grid" }, field("Enlace de Telegram: start=", payload, "Hasta 64 letras, números, _ y -"), follow));
}

function faultsForm(faults) {
  const put = (changes) => { Object.assign(faults, changes); return call("PUT", "/faults", faults); };
  const number = (name, max) => {
    const control = input(faults[name], { type: "number", min: name === "batch" ? 1 : 0, max });
    control.addEventListener("change", () => control.reportValidity() && put({ [name]: Number(control.value || 0) }));
    return control;
  };
  const chosen = Object.keys(ERRORS).find((k) => k && faults.graph_error?.status === ERRORS[k].graph_error.status && faults.graph_error?.code === ERRORS[k].graph_error.code) ?? "";
  const names = { "": "No", 429: "429 demasiados", pair: "131056 límite por persona", 500: "500 error interno", 503: "503 no disponible" };
  const errors = el("select", {}, ...["", "429", "pair", "500", "503"].map((k) => el("option", { value: k, textContent: names[k], selected: k === chosen })));
  errors.addEventListener("change", () => put({ graph_error: null, telegram_error: null, ...ERRORS[errors.value] }));
  return section("Qué sale mal",
    el("div", { className: "pair" }, field("Repetir cada aviso", number("redeliver", 20), "veces más"), field("Juntar avisos", number("batch", 100), "en un cuerpo")),
    el("div", { className: "pair" }, field("Demorar", number("delay_ms", 600000), "milisegundos"), field("Rechazar envíos", errors)),
    check("Desordenar los avisos", faults.reorder, (on) => put({ reorder: on })),
    check("Perder las respuestas", faults.drop_reply !== 0, (on) => put({ drop_reply: on ? -1 : 0 }), "El envío se acepta y la conexión se corta"),
    check("No enviar estados", faults.mute_statuses, (on) => put({ mute_statuses: on })));
}

function personForm(reload) {
  const [whatsapp, telegram] = phones;
  const words = input("Hola, te escribo desde el mostrador.");
  const nodes = [];
  if (whatsapp.person) {
    nodes.push(
      check(`Ventana de 24 horas cerrada para ${whatsapp.person.name}`, whatsapp.person.window === "closed", (on) => call("PUT", whatsapp.path, { window: on ? "closed" : "auto" }).then(() => whatsapp.refresh()), "Se abre cuando vuelve a escribir"),
      el("div", { className: "grid" }, field("El negocio responde desde su teléfono", words), button("Responder", () => { drawer.close(); call("POST", whatsapp.path + "/echo", { text: words.value }); })));
  }
  if (telegram.person) {
    nodes.push(check(`${telegram.person.name} bloquea al bot`, telegram.person.blocked, (on) => telegram.act({ type: on ? "block" : "unblock" })));
  }
  const wipe = button("Borrar conversaciones y problemas", async () => {
    await call("DELETE", "/state");
    await reload();
    drawer.close();
  }, true);
  return section("Esta conversación", ...nodes, wipe);
}

function exchange(entry) {
  const good = entry.status >= 200 && entry.status < 300;
  const mark = entry.status ? String(entry.status) : entry.kind === "request" ? "sin respuesta" : "sin conexión";
  const words = entry.kind === "webhook" ? `Aviso a Hilo · ${entry.summary}` : `Hilo pide · ${entry.summary}`;
  const head = el("summary", {}, el("span", { className: good ? "code good" : "code bad", textContent: mark }), ` ${words} `, el("time", { textContent: clock(entry.at) }));
  const item = el("details", { className: "exchange" }, head);
  item.addEventListener("toggle", () => {
    if (item.open && item.childElementCount === 1) {
      item.append(el("pre", { textContent: JSON.stringify(entry.request, null, 2), tabIndex: 0 }), el("pre", { textContent: entry.error ?? (typeof entry.response === "string" ? entry.response || "(vacío)" : JSON.stringify(entry.response, null, 2)), tabIndex: 0 }));
    }
  });
  return item;
}

async function logSection() {
  const list = el("div");
  const seen = new Set();
  const fill = async () => {
    for (const entry of (await call("GET", "/log")).slice(-60)) {
      if (!seen.has(entry.n)) { seen.add(entry.n); list.prepend(exchange(entry)); }
    }
    if (!seen.size) list.replaceChildren(el("p", { className: "none", textContent: "Todavía no hubo intercambios." }));
    else list.querySelector(".none")?.remove();
  };
  await fill();
  let timer;
  const later = () => { clearTimeout(timer); timer = setTimeout(fill, 150); };
  document.addEventListener("emulator-log", later);
  drawer.addEventListener("close", () => document.removeEventListener("emulator-log", later), { once: true });
  return section("Últimos intercambios", list);
}

export async function openScenario(all, reload) {
  phones = all;
  const close = el("button", { type: "button", className: "icon", ariaLabel: "Cerrar" }, icon("close"));
  close.addEventListener("click", () => drawer.close());
  drawer.replaceChildren(
    el("header", {}, el("h2", { id: "scenario-title", textContent: "Escenario" }), close),
    section("Personas", newPerson(reload)),
    beginnings(),
    faultsForm(await call("GET", "/faults")),
    personForm(reload),
    await logSection());
  drawer.showModal();
  drawer.scrollTop = 0;
}

drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
