// The time river: one axis through every panel. The past to the left of the now line, what is planned to the right.
//
// The axis is logarithmic around now unless a window is chosen: seconds are wide where things happen, days narrow where
// they lie far off, so that a job of five seconds and a schedule of tomorrow are seen at once.

import { place } from "./api.js";
import { $, fill, h, svg } from "./dom.js";
import { count, dayAndTime, distance, instant, length, ms, number, short } from "./format.js";
import * as live from "./live.js";
import { now, onChange, onMove, onTick, rate } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";

const MINUTE = 60000, HOUR = 3600000, DAY = 86400000;
const NOW = 0.6; // where the now line stands, of the width
const HEIGHT = 178, BAR = 11, TINY = 9, GUTTER = 128; // the names of lanes stand in the gutter
const SCALES = { "near and far": null, "1 min": MINUTE, "1 h": HOUR, "1 day": DAY, "1 week": 7 * DAY, "30 days": 30 * DAY };
const STEPS = [[1000, "1 s"], [5000, "5 s"], [20000, "20 s"], [MINUTE, "1 min"], [5 * MINUTE, "5 min"], [30 * MINUTE, "30 min"],
  [2 * HOUR, "2 h"], [8 * HOUR, "8 h"], [DAY, "1 day"], [3 * DAY, "3 days"], [7 * DAY, "1 week"], [30 * DAY, "30 days"],
  [120 * DAY, "4 months"], [365 * DAY, "1 year"], [1826 * DAY, "5 years"], [7305 * DAY, "20 years"]];
const GRID = [1000, 5000, 10000, 30000, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const LANES = [
  { types: ["segmentJob"], title: "segment jobs", top: 46, rows: 3, panel: "jobs" },
  { types: ["exportJob"], title: "export jobs", top: 98, rows: 2, panel: "jobs" },
  { types: ["preview", "query"], title: "previews, queries", top: 135, rows: 1 },
];
const ENDS = new Set(["SUCCEEDED", "FAILED", "CANCELLED", "RESULT_READY", "SUCCESS", "KILLED"]);
const AS = { RESULT_READY: "SUCCEEDED", SUCCESS: "SUCCEEDED", KILLED: "CANCELLED", CANCELLING: "CANCELLED", RUNNING: "PROCESSING", IN_PROGRESS: "PROCESSING", SUBMITTED: "NEW" };
const WORSE = ["SUCCEEDED", "CANCELLED", "NEW", "QUEUED", "PROCESSING", "FAILED"];
const DRY = { lanes: [], planned: [], happened: [] };
const KEPT = `river of ${place.org} ${place.sandbox}`;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const river = $("#river");
let timeline = remembered(); // until the first answer
let shown = now(); // the instant that the river is drawn for; runs after the clock when it is moved
let gliding = 0;
let rested = 0;
let water, tip;

if (river) {
  water = svg("svg.water", { height: HEIGHT, role: "group", ariaLabel: "Time river" });
  tip = h("div.tip", { hidden: true });
  const flow = h("div.flow", { tabindex: "0", role: "region", ariaLabel: "Time river, scrolls sideways" }, water);
  const scale = h("select", { ariaLabel: "Scale of the river", title: "Scale of the river: seconds wide near now and days narrow far off, or a window",
    onchange: () => go({ scale: scale.value }, { replace: true }) },
    Object.keys(SCALES).map((name) => h("option", { value: SCALES[name] ? name : "", selected: name === parameters().scale }, SCALES[name] ? `window of ${name}` : "near and far")));
  $(".pace", river).append(scale);
  for (const fallback of river.querySelectorAll(".fallback")) fallback.remove();
  river.append(flow, tip);
  flow.addEventListener("pointerover", tell);
  flow.addEventListener("focusin", tell);
  flow.addEventListener("pointerleave", () => (tip.hidden = true));
  flow.addEventListener("focusout", () => (tip.hidden = true));
  flow.addEventListener("scroll", keepNames, { passive: true });
  new ResizeObserver(draw).observe(flow);
  flow.scrollLeft = (flow.scrollWidth - flow.clientWidth) * NOW;
  onChange(fetchTimeline);
  onNavigate(draw);
  onMove(({ before, now: after }) => glide(before, after));
  onTick((at) => { if (!gliding && at !== shown) { shown = at; draw(); } });
  setInterval(flowOn, 80);
}

async function fetchTimeline() {
  timeline = await live.timeline().catch(() => timeline);
  try { sessionStorage.setItem(KEPT, JSON.stringify(timeline)); } catch { /* too much to keep, or not allowed to */ }
  if (!gliding) { shown = now(); draw(); }
}

/** The river as the panel before showed it, so that it does not go dry on the way to the next panel. */
function remembered() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? DRY; } catch { return DRY; }
}

/** Draw the river as it runs, at most a fifth of the time. */
function flowOn() {
  const began = performance.now();
  if (!rate() || gliding || document.hidden || calm.matches || began < rested) return;
  shown = now();
  draw();
  rested = began + 5 * (performance.now() - began);
}

/** Let the river run from one instant to another, as long as the eye needs. */
function glide(before, after) {
  cancelAnimationFrame(gliding);
  gliding = 0;
  if (calm.matches || after <= before) { shown = now(); return draw(); }
  const began = performance.now(), lasts = after - before > HOUR ? 1100 : 800;
  const step = (at) => {
    const share = Math.min(1, (at - began) / lasts);
    const eased = share < 0.5 ? 2 * share * share : 1 - (-2 * share + 2) ** 2 / 2;
    shown = share < 1 ? before + (now() - before) * eased : now();
    gliding = share < 1 ? requestAnimationFrame(step) : 0;
    draw();
  };
  gliding = requestAnimationFrame(step);
}

// -- the axis

function axis(width) {
  const wanted = SCALES[parameters().scale] ?? null;
  const middle = Math.round(width * NOW);
  if (wanted) {
    const per = width / wanted;
    return { middle, wanted, x: (at) => middle + (at - shown) * per };
  }
  const past = reach(earliest(), HOUR), future = reach(latest(), DAY);
  const side = (away, range, room) => (Math.log1p(Math.min(away, range * 1.3) / 1000) / Math.log1p(range / 1000)) * room;
  const left = middle - GUTTER, right = width - middle - 40;
  return { middle, past, future, x: (at) => (at <= shown ? middle - side(shown - at, past, left) : middle + side(at - shown, future, right)) };
}

/** The first step of the axis that holds a length. */
function reach(away, least) {
  return (STEPS.find(([step]) => step >= Math.max(away, least)) ?? STEPS.at(-1))[0];
}

function earliest() {
  const lanes = timeline.lanes;
  const begins = lanes.flatMap((lane) => [...lane.jobs.slice(-1).map((job) => ms(job.phases[0].from)), ...lane.earlier.slice(-1).map((crowd) => ms(crowd.from))]);
  const happened = timeline.happened.map((each) => ms(each.at));
  return shown - Math.min(shown, ...begins, ...happened);
}

function latest() {
  return Math.max(shown, ...timeline.planned.slice(0, 12).map((each) => ms(each.at))) - shown;
}

// -- drawing

function draw() {
  const width = Math.max(river.clientWidth, 440);
  const to = axis(width);
  water.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  fill(water, patterns(), banks(to, width), grid(to, width), LANES.flatMap((lane) => laneOf(lane, to, width)), firings(to, width), silence(to, width),
    svg("line.now", { x1: to.middle, x2: to.middle, y1: 0, y2: HEIGHT - 24 }), nowFlag(to));
  keepNames();
}

/** The names of the lanes stay at the left edge when the river scrolls sideways. */
function keepNames() {
  const x = water.parentElement.scrollLeft + 10;
  for (const name of water.querySelectorAll(".lane")) name.setAttribute("x", x);
}

function patterns() {
  return svg("defs",
    svg("pattern", { id: "stripes", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(25)" },
      svg("rect.stripe-a", { width: 7, height: 7 }), svg("line.stripe-b", { x1: (performance.now() / 90) % 7, x2: (performance.now() / 90) % 7, y1: 0, y2: 7 })),
    svg("pattern", { id: "dots", width: 4, height: 4, patternUnits: "userSpaceOnUse" }, svg("rect.dot-a", { width: 4, height: 4 }), svg("circle.dot-b", { cx: 2, cy: 2, r: 0.9 })));
}

function banks(to, width) {
  const phase = (shown / 1000) % 96;
  return [svg("rect.future", { x: to.middle, width: width - to.middle, height: HEIGHT - 24 }),
    ...[40, 92, 129].map((y, index) => svg("path.current-line", { d: wave(y, width, 96, 2.5 + index, -(calm.matches ? 0 : phase * (rate() > 0 ? 1 : 0))) })),
    svg("rect.bank", { y: HEIGHT - 24, width, height: 24 })];
}

function wave(y, width, period, height, shift) {
  let path = `M${shift - period} ${y}`;
  for (let x = shift - period; x < width; x += period) path += `q${period / 4} ${-height} ${period / 2} 0t${period / 2} 0`;
  return path;
}

function grid(to, width) {
  const marks = to.wanted ? linearMarks(to, width) : logMarks(to);
  let free = -Infinity;
  const kept = marks.filter(({ x }) => x > 20 && x < width - 26 && Math.abs(x - to.middle) > 34).sort((a, b) => a.x - b.x)
    .filter((mark) => { const fits = mark.x - free > mark.text.length * 3 + 10; if (fits) free = mark.x + mark.text.length * 3; return fits; });
  return kept.map(({ x, text }) => [svg("line.grid", { x1: x, x2: x, y1: 0, y2: HEIGHT - 24 }), svg("text.tick", { x, y: HEIGHT - 8 }, text)]);
}

function logMarks(to) {
  const marks = [];
  for (const [step, name] of STEPS) {
    if (step <= to.past) marks.push({ x: to.x(shown - step), text: `−${name}` });
    if (step <= to.future) marks.push({ x: to.x(shown + step), text: `+${name}` });
  }
  return marks.reverse();
}

function linearMarks(to, width) {
  const step = GRID.find((each) => (each / to.wanted) * width > 90) ?? GRID.at(-1);
  const marks = [];
  const first = Math.ceil((shown - to.wanted * NOW) / step) * step;
  for (let at = first; at < shown + to.wanted * (1 - NOW); at += step) {
    const text = step >= DAY ? dayAndTime(at).slice(0, -7) : step >= MINUTE ? instant(at).slice(11, 16) : instant(at).slice(11);
    marks.push({ x: to.x(at), text: step < DAY && at % DAY === 0 ? dayAndTime(at).slice(4, -7) : text });
  }
  return marks;
}

function nowFlag(to) {
  return [svg("rect.now-flag", { x: to.middle - 19, y: HEIGHT - 22, width: 38, height: 18, rx: 9 }), svg("text.now-text", { x: to.middle, y: HEIGHT - 9 }, "now")];
}

/** The jobs of a lane: what is too small to tell apart is put into one mark with its number. */
function laneOf(lane, to, width) {
  const told = timeline.lanes.filter((each) => lane.types.includes(each.type));
  const jobs = told.flatMap((each) => each.jobs.map((job) => ({ ...job, type: each.type })));
  const total = told.reduce((sum, each) => sum + each.total, 0);
  const tiny = new Map();
  const spans = [];
  for (const job of jobs) {
    const begins = ms(job.phases[0].from);
    if (begins > shown) continue;
    const x1 = to.x(begins), x2 = to.x(job.ends ? ms(job.phases.at(-1).from) : Math.max(shown, begins) + 1e15);
    if (Math.min(x2, width + 20) < -20 || x1 > width) continue;
    const status = statusAt(job, shown);
    if (x2 - x1 > TINY) spans.push({ x1, x2: Math.min(x2, width + 20), job, status });
    else {
      const place = Math.round(x1 / 14);
      if (!tiny.has(place)) tiny.set(place, { x1, x2: x1 + TINY, jobs: [], statuses: {} });
      const mark = tiny.get(place);
      mark.jobs.push(job);
      mark.statuses[status] = (mark.statuses[status] ?? 0) + 1;
    }
  }
  for (const mark of tiny.values()) {
    if (mark.jobs.length === 1) spans.push({ ...mark, job: mark.jobs[0], status: statusAt(mark.jobs[0], shown) });
    else spans.push({ ...mark, x1: mark.x1 - 3, x2: mark.x1 + 13 + 6 * String(mark.jobs.length).length, count: mark.jobs.length });
  }
  const ends = Array(lane.rows).fill(-Infinity);
  spans.sort((a, b) => a.x1 - b.x1);
  let more = 0;
  const drawn = spans.map((span) => {
    const row = ends.findIndex((end) => end + 3 < span.x1);
    if (row < 0) {
      more += span.count ?? 1;
      return null;
    }
    ends[row] = span.x2;
    const y = lane.top + row * (BAR + 4);
    return span.count ? crowdMark(span, y, lane) : jobMark(span, y, to);
  });
  const title = svg("text.lane", { x: 10, y: lane.top - 3 }, lane.title, total ? ` · ${number(total)}` : "", more ? `, ${number(more)} behind others` : "");
  return [sediment(told.flatMap((each) => each.earlier), lane, to), drawn, title];
}

function statusAt(job, at) {
  let status = job.phases[0].status;
  for (const phase of job.phases) if (ms(phase.from) <= at) status = phase.status;
  return status;
}

function jobMark({ x1, x2, job, status }, y, to) {
  const as = AS[status] ?? status;
  const over = ENDS.has(status);
  const panel = job.type === "segmentJob" || job.type === "exportJob";
  const href = panel ? link("jobs", { kind: job.type === "exportJob" ? "export" : "", id: job.id }) : undefined;
  const parts = [];
  if (x2 - x1 <= TINY) parts.push(svg(`rect.edge.by-${as}.fill-${as}`, { x: x1, y, width: TINY, height: BAR, rx: 3 }), ending(as, x1, x1 + TINY, y));
  else {
    job.phases.forEach((phase, index) => {
      const from = to.x(ms(phase.from));
      const until = index + 1 < job.phases.length ? to.x(ms(job.phases[index + 1].from)) : x2;
      if (until - from < 0.5 || (ENDS.has(phase.status) && job.ends)) return;
      const lived = Math.min(until, to.middle);
      if (lived > from) parts.push(svg(`rect.phase.${phase.status}`, { x: from, y, width: lived - from, height: BAR, rx: 2, class: over ? "gone" : "" }));
    });
    const lived = over ? x2 : Math.min(x2, to.middle);
    parts.push(svg(`rect.edge.by-${as}`, { x: x1, y, width: Math.max(2, lived - x1), height: BAR, rx: 3 }));
    if (x2 > lived) parts.push(svg("rect.planned-end", { x: lived, y: y + 0.5, width: x2 - lived, height: BAR - 1, rx: 3 }));
    if (over) parts.push(svg(`rect.edge.by-${as}.fill-${as}`, { x: x2 - TINY, y, width: TINY, height: BAR, rx: 3 }), ending(as, x2 - TINY, x2, y));
  }
  if (job.faults) parts.push(svg("line.flag-pole", { x1, x2: x1, y1: y - 7, y2: y + BAR }), svg("path.flag", { d: `M${x1} ${y - 8}h7l-2 2.500 2 2.500h-7z` }));
  const current = parameters().id === job.id && document.body.dataset.panel === "jobs";
  return mark(href, tipOf(job, status), { class: current ? "current" : "", data: { key: `river-${job.type}-${job.id}` } }, parts);
}

/** The shape of an end: crossed for failed, struck for cancelled; succeeded is solid. */
function ending(as, x1, x2, y) {
  if (as === "FAILED") return svg("path.cross", { d: `M${x1 + 2} ${y + 2.5}l${x2 - x1 - 4} ${BAR - 5}m0 ${5 - BAR}l${x1 - x2 + 4} ${BAR - 5}` });
  return as === "CANCELLED" ? svg("line.strike", { x1: x1 + 1, x2: x2 - 1, y1: y + BAR / 2, y2: y + BAR / 2 }) : null;
}

function crowdMark({ x1, x2, statuses, count: many, jobs }, y, lane) {
  const worst = Object.keys(statuses).map((each) => AS[each] ?? each).sort((a, b) => WORSE.indexOf(b) - WORSE.indexOf(a))[0];
  const href = lane.panel ? link(lane.panel, { kind: jobs[0].type === "exportJob" ? "export" : "" }) : undefined;
  return mark(href, `${count(many, "job")} at ${instant(jobs[0].phases[0].from)}: ${shares(statuses)}`, {},
    svg(`rect.edge.by-${worst}`, { x: x1, y: y - 1, width: x2 - x1, height: BAR + 2, rx: 6.5 }),
    svg("text.crowd-text", { x: (x1 + x2) / 2, y: y + BAR - 1.5, "text-anchor": "middle" }, number(many)));
}

/** The jobs that are told in crowds: as high as they lie dense on the axis, and layered by how they ended. */
function sediment(crowds, lane, to) {
  const layers = crowds.map((crowd) => {
    const x1 = to.x(ms(crowd.from)), x2 = Math.max(x1 + 2, Math.min(to.x(ms(crowd.to)), to.middle));
    return { crowd, x1, x2, dense: crowd.count / (x2 - x1) };
  });
  const densest = Math.max(...layers.map(({ dense }) => dense));
  const tall = lane.rows * (BAR + 4) - 4;
  return layers.map(({ crowd, x1, x2, dense }) => {
    let y = lane.top + tall;
    const high = tall * (0.3 + 0.7 * Math.sqrt(dense / densest));
    return mark(undefined, `${count(crowd.count, "job")} from ${instant(crowd.from)} to ${instant(crowd.to)}: ${shares(crowd.statuses)}`, {},
      Object.entries(crowd.statuses).map(([status, many]) => {
        const part = Math.max(1, (high * many) / crowd.count);
        y -= part;
        return svg("rect.crowd", { x: x1, y, width: Math.max(1, x2 - x1 - 0.5), height: part, class: `of-${AS[status] ?? status}` });
      }));
  });
}

const shares = (statuses) => Object.entries(statuses).map(([status, many]) => `${number(many)} ${status.toLowerCase()}`).join(", ");

function firings(to, width) {
  const past = timeline.happened.filter((each) => each.type === "schedule").map((each) => ({ at: ms(each.at), id: each.id, detail: each.detail ?? "fired" }));
  const planned = timeline.planned.filter((each) => each.type === "schedule").map((each) => ({ at: ms(each.at), id: each.id, detail: each.status.toLowerCase(), planned: true }));
  const all = [...past, ...planned].map((each) => ({ ...each, x: to.x(each.at) })).filter(({ x, at }) => x > 0 && x < width && (at <= shown || x >= to.middle));
  const soonest = Math.min(...all.filter(({ at }) => at > shown).map(({ at }) => at));
  const marks = all.map(({ at, id, detail, planned, x }) => {
    const ahead = planned || at > shown;
    const kind = ahead ? "planned" : /missed|skipped/.test(detail) ? "missed" : "";
    return mark(link("schedules", { id }), `Schedule ${short(id)}: ${ahead ? `${detail === "skipped" ? "would be skipped" : "fires"} ${distance(at, shown)}` : detail}, ${dayAndTime(at)}`, {},
      svg(`line.firing`, { x1: x, x2: x, y1: 22, y2: 34, class: ahead ? "planned" : "" }), svg("circle.firing-dot", { cx: x, cy: 17, r: 4, class: kind }),
      at === soonest && svg("text.planned-text", { x: x < width - 90 ? x + 9 : x - 9, y: 21, "text-anchor": x < width - 90 ? "start" : "end" }, distance(at, shown)));
  });
  return [svg("text.lane", { x: 10, y: 16 }, "schedules"), marks];
}

/** What an empty river says on either bank. */
function silence(to, width) {
  const empty = timeline !== DRY && timeline.lanes.every((lane) => !lane.total) && !timeline.happened.length;
  return [empty && svg("text.silence", { x: (GUTTER + to.middle) / 2, y: 78 }, "Nothing has happened here yet"),
    empty && !timeline.planned.length && svg("text.silence", { x: (to.middle + width) / 2, y: 78 }, "and nothing is planned")].filter(Boolean);
}

// -- words on hover, which are the names of the links as well

/** A mark on the river: a link where a panel shows more, with its words for the eye and the ear. */
function mark(href, words, { data, ...rest }, ...parts) {
  const attributes = { ...rest, ariaLabel: words, data: { ...data, tip: words } };
  return href ? svg("a.job", { href, tabindex: "-1", ...attributes }, parts) : svg("g.job", { role: "img", ...attributes }, parts);
}

function tipOf(job, status) {
  const phases = job.phases.map((phase, index) => {
    const next = job.phases[index + 1];
    return next ? `${phase.status.toLowerCase()} ${length(ms(next.from) - ms(phase.from))}` : null;
  }).filter(Boolean).join(", ");
  const what = { segmentJob: "Segment job", exportJob: "Export job", preview: "Preview", query: "Query" }[job.type];
  return `${what} ${short(job.id)}: ${status.toLowerCase()}${phases ? ` · ${phases}` : ""}${job.schedule ? " · by schedule" : ""}${job.faults ? ` · fault: ${job.faults.join(", ")}` : ""} · ${instant(job.phases[0].from)}`;
}

function tell(event) {
  const target = event.target.closest("[data-tip]");
  tip.hidden = !target;
  if (!target) return;
  tip.textContent = target.dataset.tip;
  const box = target.getBoundingClientRect(), frame = river.getBoundingClientRect();
  tip.style.left = `${Math.max(6, Math.min(box.left - frame.left, frame.width - tip.offsetWidth - 8))}px`;
  const above = box.top - frame.top - tip.offsetHeight - 8;
  tip.style.top = `${above > 2 ? above : box.bottom - frame.top + 8}px`;
}
