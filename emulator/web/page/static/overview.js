// Overview: what is due, what happened on the last move, what there is.

import { place, request, UPS } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, dayAndTime, distance, instant, length, ms, number, short, timeOfDay } from "./format.js";
import { move, now, onChange, onMove, onTick, overview } from "./live.js";
import { link } from "./url.js";
import { act, button, idOf, requestCard, statusOf } from "./widgets.js";

const KINDS = {
  segmentJob: ["segment job", (id) => link("jobs", { id })],
  exportJob: ["export job", (id) => link("jobs", { kind: "export", id })],
  schedule: ["schedule", (id) => link("schedules", { id })],
  preview: ["preview", () => null],
  query: ["query", () => null],
};

const board = $("#overview");
const due = h("section.card"), happened = h("section.card"), there = h("ul.tallies", { ariaLabel: "In this sandbox" });
let last = null;

$("#counts").replaceWith(there);
fill(board, due, happened);
onMove((moved) => { last = moved; if (overview) showHappened(overview); });
onChange((told) => { showDue(told); showHappened(told); showThere(told); });
onTick(() => { for (const each of due.querySelectorAll("[data-at]")) each.textContent = distance(Number(each.dataset.at), now()); });

/** A thing by its kind and id, as a link where a panel shows it. */
function thing({ type, id }) {
  const [name, to] = KINDS[type] ?? [type, () => null];
  const href = to(id);
  return [href ? h("a", { href }, name) : name, " ", idOf(id)];
}

function showDue({ next, counts }) {
  fill(due, h("header", h("h2", "Due next"), next.length > 0 && button("Go there", { kind: "small", key: "go-there", title: "Move the clock to the next event" }, () => move({ to_next_event: true }))),
    next.length
      ? h("ol.events", next.slice(0, 8).map((each) => h("li", h("span.when", { data: { at: ms(each.at) }, title: instant(each.at) }, distance(each.at, now())),
          h("span.what", thing(each)), each.type === "schedule" ? h("span.muted", each.status === "FIRED" ? "fires" : "would be skipped") : statusOf(each.status),
          h("small.muted", dayAndTime(each.at)))))
      : h("div.stack",
          h("p.muted", counts.segmentJobs.total ? "Nothing is planned: all jobs have ended and no schedule is active." : "Nothing is planned yet. Start a job and watch it on the river; or make a schedule, press +1 day, and see it fire."),
          h("div.actions", startAll(), h("a.button", { href: link("schedules", { new: counts.schedules.total ? "" : "1" }) }, counts.schedules.total ? "Look at the schedule" : "Make a schedule"), h("a.button.ghost", { href: link("tour") }, "Take the tour")),
          requestCard(evaluation(), { title: "Evaluate sends", open: false })));
}

/** The button that evaluates everything: what a first visitor presses. */
function startAll() {
  return button("Evaluate all segments", { kind: "primary", key: "start-all" },
    () => act(null, evaluation(), ({ body }) => `Segment job ${short(body.id)} is ${body.status}`));
}

function evaluation() {
  return request("POST", `${UPS}/segment/jobs`, { schema: { name: "_xdm.context.profile" }, segments: [{ segmentId: "*" }] });
}

function showHappened({ happened: told }) {
  const events = last ? last.events.filter((each) => each.sandbox === place.sandbox) : told;
  const header = last ? `On the last move, ${length(last.now - last.before)}` : "What happened";
  const newest = last ? [...events].reverse() : events;
  fill(happened, h("header", h("h2", header), h("span.muted", events.length ? count(events.length, "event") : "")),
    newest.length
      ? h("ol.events", newest.slice(0, 12).map((each) => h("li", h("span.when", { title: instant(each.at) }, sameDay(each.at) ? timeOfDay(each.at) : dayAndTime(each.at)),
          h("span.what", thing(each)), each.type === "schedule" ? h("span", "fired") : statusOf(each.status), each.detail && h("small.muted", detailOf(each.detail)))),
          newest.length > 12 && h("li.muted", `and ${count(newest.length - 12, "event")} before`))
      : h("p.muted", last ? "Nothing fell due on the way." : "Nothing yet. Jobs that end and schedules that fire are told here."));
}

/** What came of an event; a job that was started is a link. */
function detailOf(detail) {
  const [, kind, id] = /^(segment|export) job (\S+)$/.exec(detail) ?? [];
  return id ? ["started ", h("a", { href: link("jobs", { kind: kind === "export" ? kind : "", id }) }, `${kind} job ${short(id)}`)] : detail;
}

function sameDay(at) {
  return Math.floor(ms(at) / 86400000) === Math.floor(now() / 86400000);
}

function showThere({ counts }) {
  const rows = [
    ["Profiles", counts.profiles, "profiles"],
    ["Segments", counts.definitions, "segments"],
    ["External audiences", counts.audiences, "segments"],
    ["Segment jobs", counts.segmentJobs.total, "jobs", running(counts.segmentJobs)],
    ["Export jobs", counts.exportJobs.total, "jobs", running(counts.exportJobs), { kind: "export" }],
    ["Schedules", counts.schedules.total, "schedules", counts.schedules.active ? `${counts.schedules.active} active` : counts.schedules.total ? "inactive" : ""],
    ["Datasets", counts.datasets, "exports"],
    ["Batches", counts.batches, "exports"],
    ["Fault rules", counts.faults.total, "faults", counts.faults.fired ? counts.faults.fired === 1 ? "fired once" : `fired ${number(counts.faults.fired)} times` : ""],
    ["Requests", counts.requests, "requests"],
  ];
  fill(there, rows.map(([name, many, panel, more, query]) => h("li", h("a", { href: link(panel, query) }, h("b", number(many)), h("span", name), more && h("small", more)))));
}

function running({ running }) {
  return (running ? `${number(running)} running` : "");
}
