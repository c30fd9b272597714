// The dashboard's charts: each is drawn from the table beneath it, which stays for whoever cannot see the drawing.
import { follow, part } from "./app.js";

const period = document.getElementById("period");
period.addEventListener("change", () => period.requestSubmit());

const KINDS = {
  bar: { type: "bar" },
  bars: { type: "bar", indexAxis: "y" },
  stack: { type: "bar", indexAxis: "y", stacked: true },
};

/** The table's columns of numbers as chart.js takes them. */
function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const numbers = heads.map((_, column) => column).filter((column) => rows[0]?.cells[column].dataset.n !== undefined);
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    datasets: numbers.map((column) => ({ label: heads[column].textContent.trim(), data: rows.map((row) => Number(row.cells[column].dataset.n)) })),
  };
}

const probe = document.createElement("i");
document.body.append(probe);
/** A colour of app.css as the canvas knows it: light-dark() and color-mix() are worked out by the browser. */
const colour = (value) => { probe.style.color = value; return getComputedStyle(probe).color; };

function draw(table) {
  const { type, indexAxis = "x", stacked = false } = KINDS[table.dataset.chart];
  const data = read(table);
  const inks = [["var(--brand)"], ["var(--brand)", "color-mix(in srgb, var(--brand) 45%, var(--panel))"], ["color-mix(in srgb, var(--brand) 32%, var(--panel))", "color-mix(in srgb, var(--brand) 65%, var(--panel))", "var(--brand)"]];
  const states = ["var(--danger)", "var(--brand)", "color-mix(in srgb, var(--soft) 55%, var(--panel))"];
  const chosen = stacked ? states : inks[Math.min(data.datasets.length, 3) - 1];
  data.datasets.forEach((set, number) => Object.assign(set, { backgroundColor: colour(chosen[number]), borderRadius: 4, maxBarThickness: 34 }));
  const soft = colour("var(--soft)"), line = colour("var(--line)");
  const counts = { beginAtZero: true, stacked, border: { display: false }, grid: { color: line }, ticks: { color: soft, precision: 0 } };
  const names = { stacked, border: { color: line }, grid: { display: false }, ticks: { color: soft, maxRotation: 0, autoSkipPadding: 14 } };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return new window.Chart(table.previousElementSibling.firstElementChild, {
    type,
    data,
    options: {
      indexAxis,
      animation: still ? false : { duration: 250 },
      maintainAspectRatio: false,
      scales: indexAxis === "x" ? { x: names, y: counts } : { x: counts, y: names },
      plugins: { legend: { display: data.datasets.length > 1, position: "bottom", labels: { color: soft, boxWidth: 12, boxHeight: 12 } } },
      font: { family: getComputedStyle(document.body).fontFamily },
    },
  });
}

let charts = [];
/** Room for a drawing above each table, and the drawings. */
function drawAll() {
  charts.forEach((chart) => chart.destroy());
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  charts = [...document.querySelectorAll("[data-chart]")].map((table) => {
    if (!table.previousElementSibling?.matches(".chart")) {
      const holder = Object.assign(document.createElement("div"), { className: "chart" });
      if (table.dataset.chart === "stack") holder.style.height = "330px";
      if (table.dataset.chart === "bars") holder.style.height = `${90 + 46 * table.tBodies[0].rows.length}px`;
      holder.append(document.createElement("canvas"));
      holder.firstElementChild.setAttribute("aria-hidden", "true");
      table.before(holder);
    }
    return draw(table);
  });
}
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });

// what happens meanwhile: the numbers are read anew, but no more often than one would look
const EVERY = 20_000;
let due = null;
function hear() {
  due ??= setTimeout(async () => {
    due = null;
    const html = await part(location.pathname + location.search);
    if (!html) return;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const place of [".tiles", ".reports"]) document.querySelector(place).replaceWith(fresh.querySelector(place));
    drawAll();
  }, EVERY);
}
follow({ thread: hear, lead: hear, appointment: hear, resync: hear });
