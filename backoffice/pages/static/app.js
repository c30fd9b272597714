// What every page shares: calls to the API, the person's choices, the live stream, messages to the reader.

const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

/** A refusal of the API: `code` for programs, `message` for people. */
export class Problem extends Error {
  constructor(status, { code = "", message = "", details = {} } = {}) {
    super(message);
    Object.assign(this, { status, code, details });
  }
}

/** Call the API; gives its answer, or null for none. Throws Problem. */
export async function api(method, path, body, headers = {}) {
  const form = body instanceof FormData;
  const given = { "X-CSRF-Token": cookie("hilo_csrf") ?? "", ...headers };
  if (body !== undefined && !form) given["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api${path}`, { method, headers: given, body: form || body === undefined ? body : JSON.stringify(body) });
  } catch {
    throw new Problem(0, { code: "away", message: document.getElementById("away")?.textContent.trim() ?? "" });
  }
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(answer.status, told ?? {});
  return told;
}

/** Part of a page, as HTML. Null when there is none (any more), undefined when nobody answers: what is shown stays. */
export async function part(path, signal) {
  const answer = await fetch(path, { headers: { "X-Part": "1" }, signal }).catch(() => undefined);
  if (answer?.status === 401) location.assign("/login");
  if (!answer || answer.status >= 500) return undefined;
  return answer.ok ? answer.text() : null;
}

export function toast(words, bad = false) {
  const line = Object.assign(document.createElement("p"), { textContent: words, className: bad ? "toast bad" : "toast" });
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), bad ? 8000 : 4000);
}

/** Do something, and tell the reader when it is refused; whether it was done. */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    toast(problem.message, true);
    return false;
  }
}

export const morph = (target, html, options = {}) => window.Idiomorph.morph(target, html, { morphStyle: "innerHTML", ...options });

/** The live stream: `listeners` by event. It comes back by itself and says what it saw last. */
export function follow(listeners) {
  const stream = new EventSource("/live");
  const away = document.getElementById("away");
  let slow;
  stream.onopen = () => { clearTimeout(slow); away.hidden = true; };
  stream.onerror = () => {
    clearTimeout(slow);
    slow = setTimeout(() => { away.hidden = false; }, 2500);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  };
  stream.addEventListener("out", () => location.assign("/login"));
  for (const [event, listener] of Object.entries(listeners)) {
    stream.addEventListener(event, (told) => listener(JSON.parse(told.data)));
  }
  return stream;
}

const theme = (chosen) => {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  document.querySelectorAll("[data-theme-choice]").forEach((one) => one.setAttribute("aria-pressed", one.dataset.themeChoice === chosen));
};
theme(localStorage.getItem("hilo-theme") ?? "");

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("button[data-language]")) {
    document.cookie = `hilo_language=${on("button[data-language]").dataset.language}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  } else if (on("[data-theme-choice]")) {
    localStorage.setItem("hilo-theme", on("[data-theme-choice]").dataset.themeChoice);
    theme(on("[data-theme-choice]").dataset.themeChoice);
  } else if (on("[data-logout]")) {
    const first = [];
    on("[data-logout]").dispatchEvent(new CustomEvent("leaving", { detail: first }));
    attempt(async () => { await Promise.all(first); await api("POST", "/logout"); location.assign("/login"); });
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-available]")) attempt(() => api("PATCH", "/me", { available: event.target.checked }));
});
