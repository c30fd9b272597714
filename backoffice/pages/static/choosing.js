// Several conversations at once: chosen by `x` or by a long press, then given, read or resolved one after the other.
import { api, attempt, toast } from "./app.js";

export class Choosing {
  constructor(threads, bar) {
    this.threads = threads;
    this.bar = bar;
    this.chosen = new Set();
    let pressing;
    threads.addEventListener("pointerdown", (event) => {
      const row = event.target.closest(".row");
      clearTimeout(pressing);
      if (row) pressing = setTimeout(() => { this.toggle(row.dataset.thread); this.pressed = true; }, 500);
    });
    for (const end of ["pointerup", "pointercancel", "pointermove"]) threads.addEventListener(end, () => clearTimeout(pressing));
    threads.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row && (this.pressed || event.ctrlKey || event.metaKey || this.chosen.size)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (!this.pressed) this.toggle(row.dataset.thread);
        this.pressed = false;
      }
    }, { capture: true });
    bar.addEventListener("click", (event) => {
      const act = event.target.closest("[data-bulk]")?.dataset.bulk;
      if (act) this.each((id) => api("POST", `/threads/${id}/${act}`));
      else if (event.target.closest("[data-bulk-none]")) this.none();
    });
    bar.addEventListener("change", (event) => {
      if (event.target.value) this.each((id) => api("POST", `/threads/${id}/assign`, JSON.parse(event.target.value)));
      event.target.value = "";
    });
  }

  toggle(id) {
    if (!id || this.chosen.delete(id)) return this.show();
    this.chosen.add(id);
    this.show();
  }

  none() { this.chosen.clear(); this.show(); }

  show() {
    this.bar.hidden = !this.chosen.size;
    this.bar.querySelector("strong").textContent = this.chosen.size;
    this.threads.querySelectorAll(".row").forEach((row) => row.classList.toggle("chosen", this.chosen.has(row.dataset.thread)));
  }

  /** One after the other, so that the first refusal says what is wrong and what is left stays chosen. */
  async each(work) {
    for (const id of [...this.chosen]) {
      if (!await attempt(() => work(id))) break;
      this.chosen.delete(id);
      this.show();
    }
    if (!this.chosen.size) toast("✓");
  }
}
