// The calendar, drawn from the list of the days: it knows no more than what stands there.

const VIEWS = { day: "resourceTimeGridDay", week: "timeGridWeek", month: "dayGridMonth" };
const two = (number) => String(number).padStart(2, "0");
/** EventCalendar gives dates whose local hours are those of the wall. */
const wall = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;

export class Calendar {
  /** `acts`: open(id), create(wall, professional), day(day), drop(id, wall, professional or null) → whether it moved. */
  constructor(place, acts) {
    Object.assign(this, { place, acts, dragging: false, drawn: null, stretch: null });
  }

  element(id) { return this.place.querySelector(`[data-event="${id}"]`)?.closest(".ec-event"); }

  show(stretch) {
    this.stretch = stretch;
    const options = this.options();
    if (this.drawn?.getOption("view") !== options.view && this.drawn) { window.EventCalendar.destroy(this.drawn); this.drawn = null; }
    if (!this.drawn) this.drawn = window.EventCalendar.create(this.place, options);
    else for (const [name, value] of Object.entries(options)) if (typeof value !== "function") this.drawn.setOption(name, value);
  }

  options() {
    const { view, day, opens, closes, ahead } = this.stretch.dataset;
    const writes = "writes" in this.stretch.dataset;
    const { columns, events } = this.read();
    const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return {
      view: VIEWS[view], date: day, events, resources: columns,
      timeZone: `${ahead.slice(0, 3)}:${ahead.slice(3)}`, locale: document.documentElement.lang, firstDay: 1,
      headerToolbar: { start: "", center: "", end: "" }, allDaySlot: false, nowIndicator: true, height: "100%", slotEventOverlap: false,
      slotMinTime: `${two(opens)}:00`, slotMaxTime: `${two(closes)}:00`, slotDuration: "00:30", snapDuration: "00:15", slotHeight: 36,
      slotLabelFormat: hour, eventTimeFormat: hour, dayHeaderFormat: view === "month" ? { weekday: "short" } : { weekday: "short", day: "numeric" },
      dayMaxEvents: true, moreLinkContent: (info) => this.place.clientWidth < 600 ? `+${info.num}` : `+${info.num} ${this.place.dataset.more}`,
      selectable: writes && view !== "month", eventStartEditable: true,
      eventDurationEditable: false, // how long a visit takes is its service's, and the professional's
      longPressDelay: 400, customScrollbars: true,
      eventContent: (info) => this.content(info.event),
      eventClick: (info) => info.event.display !== "background" && this.acts.open(info.event.id),
      dateClick: (info) => view === "month" ? this.acts.day(wall(info.date).slice(0, 10)) : this.create(info.date, info.resource),
      select: (info) => { this.drawn.unselect(); this.create(info.start, info.resource); },
      dragConstraint: (info) => !info.newResource || (this.stretch.dataset.by === "professional" && info.newResource.id !== ""),
      eventDragStart: () => { this.dragging = true; },
      eventDragStop: () => { this.dragging = false; },
      eventDrop: (info) => this.drop(info),
    };
  }

  /** Columns, visits and what is shut, as they stand in the list. */
  read() {
    const { view } = this.stretch.dataset;
    const all = (selector) => [...this.stretch.querySelectorAll(selector)];
    const columns = all("[data-column]").map((one) => ({ id: one.dataset.column, title: one.dataset.name }));
    const known = new Set(columns.map((one) => one.id));
    const visits = all(".visit").map((one) => {
      const { visit, start, end, look, occupied } = one.dataset;
      const there = occupied.split(" ").filter((id) => known.has(id));
      return {
        id: visit, start, end, resourceIds: there.length ? there : [""], startEditable: "movable" in one.dataset,
        classNames: [`look-${look}`], extendedProps: { row: one },
      };
    });
    if (!columns.length || visits.some((one) => one.resourceIds[0] === "")) columns.push({ id: "", title: "—" });
    const shut = all("[data-shut]").filter((one) => view !== "month" || one.dataset.shut === "day").map((one, place) => ({
      id: `shut-${place}`, start: one.dataset.start, end: one.dataset.end, display: "background", allDay: one.dataset.shut === "day", title: one.dataset.why,
      resourceIds: one.dataset.in ? [one.dataset.in] : columns.map((column) => column.id), classNames: [`shut-${one.dataset.shut}`],
    }));
    return { columns, events: [...visits, ...shut] };
  }

  content(event) {
    const row = event.extendedProps.row;
    if (!row) return event.title;
    const { view, by } = this.stretch.dataset; // a column of one professional need not name them
    const service = view === "day" && by === "professional" ? row.dataset.service : row.querySelector(".what span").textContent;
    const make = (name, className, textContent) => Object.assign(document.createElement(name), { className, textContent });
    const time = make("span", "at", row.dataset.start.slice(11));
    const name = make("strong", "", row.dataset.patient);
    name.dataset.event = event.id;
    const sign = row.querySelector(".look").cloneNode(true);
    return { domNodes: [sign, time, name, make("span", "service", service)] };
  }

  create(date, resource) {
    if (!("writes" in this.stretch.dataset)) return;
    this.acts.create(wall(date), this.stretch.dataset.by === "professional" ? resource?.id : "");
  }

  /** A visit that two give moves columns only with the first of them. */
  async drop(info) {
    const { professional } = info.event.extendedProps.row.dataset;
    const other = this.stretch.dataset.by === "professional" && info.newResource?.id;
    if (other && info.oldResource?.id !== professional) return info.revert();
    if (!(await this.acts.drop(info.event.id, wall(info.event.start), other || null))) info.revert();
  }
}
