// Schedules: cron text in words, the next ten fire times on a strip, activate and change with the JSON Patch shown.

import { control, observe, request, send, UPS } from "./api.js";
import { $, fill, h } from "./dom.js";
import { day, dayAndTime, distance, instant, ms, short, timeOfDay } from "./format.js";
import { now, onChange, onTick, overview, refresh } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { button, carryOut, empty, field, idOf, json, pane, requestCard, say, statusOf, table, timeOf } from "./widgets.js";

const PATH = `${UPS}/config/schedules`;
const DAY = 86400000;
const EXAMPLES = [["0 0 1 * * ?", "every night at 01:00"], ["0 30 6 ? * MON-FRI", "weekdays at 06:30"], ["0 0 12 1 * ?", "the first of the month"], ["0 0 9 ? * 6L", "the last Friday of the month"], ["0 0/15 * * * ?", "each quarter of an hour: too often"]];
const TYPES = { batch_segmentation: "segment job", export: "export job" };

let known = [];
let editing = ""; // what the form is about, so that a refresh leaves it alone

async function list() {
  known = (await observe(PATH, { limit: 100 })).children;
  const { id } = parameters();
  fill($("#actions"), button("New schedule", { kind: known.length ? "" : "primary", key: "new" }, () => go({ new: "1", id: null })));
  fill($("#list"), known.length
    ? table("Schedules", [["Schedule"], ["State"], ["Cron", "mono"], ["Starts"], ["Next", "num"]], known.map((each) => ({ key: each.id, current: each.id === id, href: link(undefined, { id: each.id }),
        cells: [each.name, statusOf(each.state), each.schedule, TYPES[each.type] ?? each.type, next(each.id)] })))
    : empty("No schedule yet", "A schedule starts a job by itself, at the instants of a Quartz cron text, once a day at most. Make one, then press +1 day and watch it fire.", button("Make a nightly schedule", { kind: "primary", key: "nightly" }, () => go({ new: "1", id: null }))));
}

function next(id) {
  const due = overview?.next.find((each) => each.type === "schedule" && each.id === id);
  return due ? h("span", { data: { at: ms(due.at) }, title: instant(due.at) }, distance(due.at, now())) : h("span.muted", "–");
}

// -- one schedule

async function detail() {
  const { id } = parameters();
  if (parameters().new) return editing === "new" || create();
  if (!id) { editing = ""; return pane("", null); }
  const schedule = known.find((each) => each.id === id) ?? (await observe(`${PATH}/${encodeURIComponent(id)}`).catch(() => null));
  if (!schedule) { editing = ""; return pane("No such schedule", h("p.muted", `There is none with the id ${id} in this sandbox.`)); }
  const same = `${id} ${schedule.schedule} ${schedule.state}`;
  if (editing === same) {
    fill($("#fired"), history(id));
    return fires(schedule, $("#fires"));
  }
  editing = same;
  const active = schedule.state === "active";
  const patch = (operations) => request("PATCH", `${PATH}/${schedule.id}`, operations);
  const flip = patch([{ op: "replace", path: "/state", value: active ? "inactive" : "active" }]);
  const sent = h("div.stack");
  const carry = (button, asked, done) => carryOut(button, async () => {
    await send(asked);
    say(done, "good");
    editing = "";
    await refresh();
    await all();
  });
  const cron = h("input.mono", { name: "cron", id: "cron", value: schedule.schedule, autocomplete: "off", spellcheck: "false", ariaDescribedby: "cron-said" });
  const said = h("div#cron-said.stack");
  const change = button("Change", { kind: "primary small", key: "change", disabled: true }, () => carry(null, patch([{ op: "replace", path: "/schedule", value: cron.value }]), "The schedule has its new times"));
  const shown = requestCard(flip, { title: "The JSON Patch" });
  cron.addEventListener("input", () => {
    const changed = cron.value !== schedule.schedule;
    shown.show(changed ? patch([{ op: "replace", path: "/schedule", value: cron.value }]) : flip);
    preview(cron.value, said, (report) => (change.disabled = !changed || !report.accepted));
  });
  fill(sent, shown);
  const strip = h("div#fires.stack");
  pane(schedule.name, h("div.stack",
    h("div.verdict", statusOf(schedule.state), h("span.actions",
      button(active ? "Deactivate" : "Activate", { kind: active ? "small" : "primary small", key: "flip" }, () => carry(null, flip, active ? "It fires no more" : "Active: see the river")),
      button("Delete", { kind: "danger small", key: "delete" }, async () => { await send(request("DELETE", `${PATH}/${schedule.id}`)); say("The schedule is gone", "good"); go({ id: null }); await refresh(); }))),
    strip,
    field("Quartz cron text", h("div.joined", cron, change)), said, sent,
    h("dl.facts", [["Id", idOf(schedule.id)], ["Starts", TYPES[schedule.type] ?? schedule.type], ["Over", (schedule.properties.segments ?? []).map((each) => (each === "*" ? "all segments" : short(each))).join(", ") || "–"],
      ["Made", timeOf(schedule.createEpoch * 1000)], ["Changed", timeOf(schedule.updateEpoch * 1000)]].map(([name, value]) => [h("dt", name), h("dd", value)])),
    h("div#fired", history(schedule.id)), json(schedule, { label: "The schedule as JSON" })));
  return fires(schedule, strip);
}

function history(id) {
  const fired = (overview?.happened ?? []).filter((each) => each.type === "schedule" && each.id === id);
  if (!fired.length) return null;
  return h("section", h("h2", "Fired"), h("ol.events", fired.slice(0, 10).map((each) => {
    const job = /job (\S+)$/.exec(each.detail ?? "")?.[1];
    return h("li", h("span.when", dayAndTime(each.at)), job ? h("a", { href: link("jobs", { id: job, kind: /^export/.test(each.detail) ? "export" : "" }) }, each.detail.replace(job, short(job))) : h("span", each.detail));
  })));
}

async function fires(schedule, where) {
  const report = await control("POST", "/cron", { schedule: schedule.schedule, count: 10 });
  fill(where, calendar(report.next, schedule.state === "active"), h("p", report.description, schedule.state === "active" ? "" : h("span.muted", " – once it is active")), upcoming(report.next));
}

/** The next ten fire times in words, and how far off each is. */
function upcoming(times) {
  return times.length ? h("ol.fire-list", times.map((each) => h("li", h("time", { datetime: each }, h("b", day(each)), " ", timeOfDay(each)), h("span.muted", { data: { at: ms(each) } }, distance(each, now()))))) : h("p.muted", "It never fires again.");
}

/** Up to six weeks as a strip of days: those on which it fires are marked, today is framed. */
function calendar(times, active) {
  const today = Math.floor(now() / DAY);
  const monday = today - ((today + 3) % 7);
  const on = new Map(times.map((each) => [Math.floor(ms(each) / DAY), each]));
  const weeks = Math.min(6, Math.max(2, Math.ceil((Math.max(...on.keys(), today) - monday + 1) / 7)));
  const cells = Array.from({ length: 7 * weeks }, (_, index) => {
    const date = monday + index, at = on.get(date);
    return h("span.day", { class: `${at ? "fires" : ""} ${date === today ? "today" : ""} ${active ? "" : "asleep"}`, title: at ? dayAndTime(at) : day(date * DAY) }, new Date(date * DAY).getUTCDate());
  });
  return h("div.calendar", { role: "img", ariaLabel: `Fires on ${times.map((each) => day(each)).join(", ") || "no day"}` }, ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"].map((name) => h("span.weekday", name)), cells);
}

// -- cron text as it is typed

let wanted = 0;
async function preview(text, where, done) {
  const mine = ++wanted;
  const report = await control("POST", "/cron", { schedule: text, count: 10 });
  if (mine !== wanted) return;
  fill(where, report.accepted ? [h("p", h("span.good", "✓ "), report.description, report.reason && h("span.muted", ` – ${report.reason}`)), calendar(report.next, true), upcoming(report.next)]
    : h("p.error", { role: "alert" }, report.reason));
  done(report);
}

// -- a new one

function create() {
  editing = "new";
  const name = h("input", { name: "name", value: "Every night", required: true });
  const type = h("select", { name: "type" }, h("option", { value: "batch_segmentation" }, "segment job over all segments"), h("option", { value: "export" }, "export job"));
  const cron = h("input.mono", { name: "cron", id: "cron", value: EXAMPLES[0][0], autocomplete: "off", spellcheck: "false" });
  const active = h("input", { type: "checkbox", checked: true });
  const said = h("div.stack");
  const asked = () => request("POST", PATH, { name: name.value, type: type.value, properties: type.value === "export" ? {} : { segments: ["*"] }, schedule: cron.value, state: active.checked ? "active" : "inactive" });
  const card = requestCard(asked());
  const make = button("Make the schedule", { kind: "primary", key: "make" }, async () => {
    const { body } = await send(asked());
    say(`${body.name} is ${body.state}`, "good");
    editing = "";
    go({ new: null, id: body.id });
    await refresh();
  });
  const changed = () => { card.show(asked()); preview(cron.value, said, (report) => (make.disabled = !report.accepted)); };
  pane("A new schedule", h("form.stack", { onsubmit: (event) => { event.preventDefault(); make.click(); }, oninput: changed },
    h("div.row-fields", field("Name", name), field("Starts a", type)),
    field("Quartz cron text", cron), h("div.chips", EXAMPLES.map(([text, words]) => h("button.small", { type: "button", title: text, onclick: () => { cron.value = text; changed(); } }, words))),
    said, h("label.field.inline", active, "active from the start"), h("div.actions", make, button("Never mind", { kind: "ghost" }, () => go({ new: null }))), card), "new");
  changed();
}

// -- alive

async function all() {
  await carryOut(null, list);
  await carryOut(null, detail);
}

onTick((at) => { for (const each of document.querySelectorAll("[data-at]")) each.textContent = distance(Number(each.dataset.at), at); });
onChange(all);
onNavigate(all);
