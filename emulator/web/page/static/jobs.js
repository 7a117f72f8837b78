// Jobs: segment and export jobs as lists, each with its phases; start, cancel, fail on demand.

import { CATALOG, observe, place, request, send, UPS } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, distance, instant, length, ms, number, percent, short } from "./format.js";
import { move, now, onChange, onTick, refresh, timeline } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { act, button, carryOut, empty, field, idOf, json, pane, requestCard, say, statusOf, table, timeOf } from "./widgets.js";

const PAGE = 25;
const OVER = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);
const STATUSES = ["NEW", "QUEUED", "PROCESSING", "SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED"];
const UNION = { id: "https://ns.adobe.com/xdm/context/profile__union", contentType: "application/vnd.adobe.xed+json;version=1" };

const isExport = () => parameters().kind === "export";
const path = () => `${UPS}/${isExport() ? "export" : "segment"}/jobs`;
const names = new Map();

let asked = 0;
let courses = new Map();
let shown = null; // the job beside the list, as last read
let starting = false;

// -- the list, paged by the API's own paging

async function list() {
  const mine = ++asked;
  const { start, status, offset } = parameters();
  const query = isExport() ? { limit: PAGE, offset, status } : { limit: PAGE, start: start ?? 0, status };
  const [answer, { lanes }] = await Promise.all([observe(path(), query), timeline()]);
  if (mine !== asked) return;
  const lane = lanes.find((each) => each.type === (isExport() ? "exportJob" : "segmentJob"));
  courses = new Map(lane.jobs.map((job) => [job.id, job]));
  const jobs = answer.children ?? answer.records;
  fill($("#list"), filters(lane), jobs.length ? [rows(jobs), pager(answer, lane)] : nothing());
}

function filters({ statuses }) {
  const { status } = parameters();
  const all = Object.values(statuses).reduce((sum, many) => sum + many, 0);
  const chip = (name, many, text) => h("button.small", { type: "button", data: { key: `status-${name}` }, ariaPressed: String((status ?? "") === name),
    onclick: () => go({ status: name, start: null, offset: null, id: null }) }, text, " ", h("span.muted", number(many)));
  return all ? h("div.chips", { role: "group", ariaLabel: "Status" }, chip("", all, "all"), STATUSES.filter((each) => statuses[each] || each === status).map((each) => chip(each, statuses[each] ?? 0, statusOf(each)))) : null;
}

function rows(jobs) {
  const { id } = parameters();
  const exports = isExport();
  return table(exports ? "Export jobs, newest first" : "Segment jobs, newest first",
    [["Job"], ["Status"], [exports ? "Exports" : "Evaluates", "wide"], ["Course", "course"], [exports ? "Profiles" : "Memberships", "num extra"], ["Made", "num"]],
    jobs.map((job) => ({
      key: job.id, current: String(job.id) === id, href: link(undefined, { ...kept(), id: job.id }),
      cells: [h("span.id", { title: job.id }, short(job.id)), statusOf(job.status), exports ? exported(job) : evaluated(job), bar(job), reached(job), h("span", { title: instant(job.creationTime) }, distance(job.creationTime, now()))],
    })));
}

const kept = () => { const { org, sandbox, id, new: _, ...rest } = parameters(); return rest; };

function evaluated(job) {
  const by = job.source === "scheduler" ? h("span.chip", "scheduled") : null;
  if (job.segments[0]?.segmentId === "*") return [h("span", "all segments "), by];
  const first = names.get(job.segments[0]?.segmentId) ?? short(job.segments[0]?.segmentId ?? "");
  return [h("span", job.segments.length > 1 ? `${count(job.segments.length, "segment")} ` : `${first} `), by];
}

function exported(job) {
  const segments = job.filter?.segments ?? [];
  return segments.length ? count(segments.length, "segment") : "all profiles";
}

function reached(job) {
  if (job.status !== "SUCCEEDED") return "";
  if (isExport()) return number(job.metrics?.totalExportedProfileCounter ?? 0);
  return number(Object.values(job.metrics?.segmentedProfileCounter ?? {}).reduce((sum, many) => sum + many, 0));
}

/** The phases of a job as a bar of its own length: what is lived is drawn full, what is planned dashed. */
function bar(job, width = 120) {
  const course = courses.get(String(job.id)) ?? outline(job);
  const from = ms(course.phases[0].from);
  const until = course.ends ? ms(course.phases.at(-1).from) : Math.max(now(), from) + 4000;
  const whole = until - from || 1;
  const lived = Math.min(1, Math.max(0, (now() - from) / whole));
  const parts = course.phases.slice(0, course.ends ? -1 : undefined).map((phase, index) => {
    const begins = (ms(phase.from) - from) / whole;
    const ends = index + 1 < course.phases.length ? (ms(course.phases[index + 1].from) - from) / whole : 1;
    return h("span.phase", { data: { status: phase.status }, title: `${phase.status.toLowerCase()} ${length((ends - begins) * whole)}`, style: { left: `${begins * 100}%`, width: `${(ends - begins) * 100}%` } });
  });
  return h("span.course-bar", { data: { status: job.status, job: job.id }, style: { "--lived": lived, width: `${width}px` }, title: `${length(whole)} in all` }, parts, h("i"), course.faults && h("b.flag", { title: course.faults.join(", ") }, "⚑"));
}

/** The course of a job that is too old to be told phase by phase. */
function outline({ creationTime, updateTime, status }) {
  return { phases: [{ status: "PROCESSING", from: creationTime }, { status, from: updateTime }], ends: OVER.has(status) };
}

function pager(answer, { total }) {
  const { start = "0", offset, status } = parameters();
  const many = answer._page?.totalCount;
  const next = isExport() ? answer.link.next && answer.page.pageOffset : answer._page.next;
  const step = place.start === "page" ? 1 : PAGE;
  const first = place.start === "page" ? Number(start) * PAGE : Number(start);
  const size = (answer.children ?? answer.records).length;
  return h("nav.pager", { ariaLabel: "Pages" },
    h("span", isExport() ? `${count(size, "job")} of ${number(status ? size : total)}` : `${number(first + 1)}–${number(first + size)} of ${count(many, "job")}`),
    h("span.actions",
      isExport() ? offset && button("Newest", { kind: "small", key: "first" }, () => go({ offset: null })) : Number(start) > 0 && button("← Newer", { kind: "small", key: "newer" }, () => go({ start: Math.max(0, Number(start) - step) || null })),
      next !== undefined && next !== "" && button("Older →", { kind: "small", key: "older" }, () => go(isExport() ? { offset: next } : { start: next }))));
}

function nothing() {
  if (parameters().status || parameters().start || parameters().offset) return empty("No such job", "Nothing here has this status now. Statuses change as time passes.", button("Show all", {}, () => go({ status: null, start: null, offset: null })));
  return isExport()
    ? empty("No export jobs yet", "An export writes the profiles of a segment into a dataset, as files that Data Access serves.", button("Export a segment", { kind: "primary", key: "new" }, () => go({ new: "1", id: null })))
    : empty("No segment jobs yet", "A segment job evaluates definitions over all profiles. It takes five seconds of the clock above: start one, then move time.",
        button("Evaluate all segments", { kind: "primary", key: "all" }, startAll), button("Choose segments", {}, () => go({ new: "1", id: null })));
}

// -- one job

async function detail() {
  const { id } = parameters();
  if (parameters().new) return starting || form();
  starting = false;
  if (!id) { shown = null; return pane("", null); }
  try {
    shown = await observe(`${path()}/${encodeURIComponent(id)}`);
  } catch (error) {
    shown = null;
    return pane("No such job", h("p.error", error.message));
  }
  if (parameters().id !== id) return undefined;
  return show(shown);
}

function show(job) {
  const exports = isExport();
  const course = courses.get(String(job.id));
  const asked = request("GET", `${path()}/${job.id}`);
  const ends = course?.ends ? ms(course.phases.at(-1).from) : null;
  const over = OVER.has(job.status);
  const facts = [
    ["Id", idOf(job.id)],
    ["Made", timeOf(job.creationTime)],
    over ? ["Took", length(ms(job.updateTime) - job.creationTime)] : ["Ends", ends ? h("span", { data: { at: ends } }, distance(ends, now())) : "nothing planned would end it"],
    exports ? ["Dataset", idOf(job.destination.datasetId ?? job.destination.dataSetId)] : ["Segments", evaluated(job)],
    job.properties?.scheduleId && ["Schedule", h("a", { href: link("schedules", { id: job.properties.scheduleId }) }, short(job.properties.scheduleId))],
    exports && job.destination.batchId && ["Batch", h("a", { href: link("exports", { batch: job.destination.batchId }) }, short(job.destination.batchId))],
    course?.faults && ["Fault", h("span.chip.flagged", course.faults.join(", "))],
  ].filter(Boolean);
  const cancel = over
    ? button("Delete the record", { kind: "danger small", key: "cancel" }, () => act(null, request("DELETE", `${path()}/${job.id}`), "Marked: it goes in a second"))
    : button("Cancel", { kind: "danger small", key: "cancel" }, () => act(null, request("DELETE", `${path()}/${job.id}`), "Marked for cancelling"));
  const wait = !over && ends && button("Move time until it ends", { kind: "primary small", key: "until" }, () => move({ until: String(job.id) }));
  const again = button("Run again", { kind: "small", key: "again" }, (event) => exports ? go({ new: "1", id: null }) : rerun(job));
  pane(exports ? `Export job ${short(job.id)}` : `Segment job ${short(job.id)}`, h("div.stack",
    h("div.verdict", statusOf(job.status), h("span.actions", wait, over && again, cancel)),
    bar(job, 0) || null,
    h("dl.facts", facts.map(([name, value]) => [h("dt", name), h("dd", value)])),
    job.errors && h("section.card", h("h2", "Errors"), job.errors.map((each) => h("p", h("code", each.code), " ", each.msg))),
    exports ? exportMetrics(job) : segmentMetrics(job),
    requestCard(asked, { title: "Ask for it" }),
    json(job, { label: "The job as JSON" })));
}

function segmentMetrics({ metrics, segments }) {
  if (!metrics?.segmentedProfileCounter) return null;
  const total = metrics.totalProfiles;
  const sizes = Object.entries(metrics.segmentedProfileCounter).sort((a, b) => b[1] - a[1]);
  return h("section", h("h2", `${count(total, "profile")} evaluated`), h("ul.bar-list", sizes.slice(0, 30).map(([id, size]) => h("li", { style: { "--share": total ? size / total : 0 } },
    h("a", { href: link("segments", { id }), title: id }, names.get(id) ?? short(id)), h("span", { title: statuses(metrics.segmentedProfileByStatusCounter?.[id]) }, number(size), " ", h("span.muted", percent(size, total)))))),
    sizes.length > 30 && h("p.muted", `and ${sizes.length - 30} more`));
}

const statuses = (counts) => Object.entries(counts ?? {}).map(([status, many]) => `${number(many)} ${status}`).join(", ");

function exportMetrics({ metrics }) {
  if (metrics?.totalExportedProfileCounter === undefined) return null;
  const total = metrics.totalExportedProfileCounter;
  return h("section", h("h2", `${count(total, "profile")} exported`), h("ul.bar-list", Object.entries(metrics.exportedProfileByNamespaceCounter ?? {}).map(([namespace, many]) =>
    h("li", { style: { "--share": total ? many / total : 0 } }, h("span", namespace), h("span", number(many))))));
}

// -- starting one

const wholeRequest = () => request("POST", `${UPS}/segment/jobs`, { schema: { name: "_xdm.context.profile" }, segments: [{ segmentId: "*" }] });

async function startAll() {
  const { body } = await send(wholeRequest());
  say(`Segment job ${short(body.id)} is ${body.status}`, "good");
  go({ id: body.id, new: null });
  await refresh();
}

async function rerun(job) {
  const { body } = await send(request("POST", `${UPS}/segment/jobs`, job.segments.map(({ segmentId }) => ({ segmentId }))));
  go({ id: body.id });
  await refresh();
}

/** The form beside the list: what to evaluate or export, what is to go wrong, and the requests that follow from it. */
async function form() {
  starting = true;
  const exports = isExport();
  const [definitions, datasets] = await Promise.all([
    observe(`${UPS}/segment/definitions`, { limit: 200 }),
    exports ? observe(`${CATALOG}/dataSets`, { limit: 100 }) : {},
  ]);
  const usable = Object.entries(datasets).filter(([, each]) => each.schemaRef?.id === UNION.id);
  const preset = new Set((parameters().segments ?? "").split(",").filter(Boolean));
  const choice = h("select", { name: "segments", multiple: !exports, size: exports ? null : 8, id: "chosen" },
    !exports && h("option", { value: "*", selected: !preset.size }, "* all batch-enabled segments"),
    definitions.segments.map((each) => h("option", { value: each.id, selected: preset.has(each.id) }, each.name || each.id)));
  const dataset = exports && h("select", { name: "dataset" }, usable.map(([id, each]) => h("option", { value: id }, `${each.name} (${each.fileDescription?.format ?? "parquet"})`)), h("option", { value: "" }, "a new dataset of JSON files"));
  const fault = h("select", { name: "fault" }, [["", "nothing"], ["fail_at PROCESSING", "fails while processing"], ["fail_at NEW", "fails before it starts"], ["stuck_in PROCESSING", "stays stuck in processing"],
    ["slower 10", "runs ten times slower"], ["refuse_cancel", "refuses to be cancelled"]].map(([value, text]) => h("option", { value }, text)));
  const preview = h("div.stack");
  const asked = (target = dataset?.value || "{id of the new dataset}") => {
    const chosen = [...choice.selectedOptions].map((option) => option.value);
    if (exports) {
      return request("POST", path(), { fields: "identities.id,person.name.firstName,personalEmail.address", filter: { segments: [{ segmentId: chosen[0], segmentNs: "ups", status: ["realized", "existing"] }] },
        destination: { datasetId: target, segmentPerBatch: false }, schema: { name: "_xdm.context.profile" } });
    }
    return chosen.includes("*") || !chosen.length ? wholeRequest() : request("POST", path(), chosen.map((segmentId) => ({ segmentId })));
  };
  const made = () => exports && !dataset.value && request("POST", `${CATALOG}/dataSets`, { name: "Exported from the page", schemaRef: UNION, fileDescription: { format: "json" } });
  const ruled = () => {
    if (!fault.value) return null;
    const [effect, value] = fault.value.split(" ");
    return request("POST", "/_emulator/faults", { job: exports ? "export" : "segment", sandbox: place.sandbox, nth: 1, [effect]: value === undefined ? true : Number(value) || value });
  };
  const show = () => fill(preview, [[ruled(), "First, the fault rule"], [made(), "First, the dataset"], [asked(), "Then, the job"]].filter(([each]) => each).map(([each, title], index, all) => requestCard(each, { title: all.length > 1 ? title : "The request" })));
  const start = button("Start", { kind: "primary", key: "start" }, async () => {
    if (ruled()) await send(ruled());
    const target = made() ? (await send(made())).body[0].split("/").at(-1) : undefined;
    const { body } = await send(asked(target));
    say(`${exports ? "Export" : "Segment"} job ${short(body.id)} is ${body.status}`, "good");
    starting = false;
    go({ id: body.id, new: null, segments: null });
    await refresh();
  });
  pane(exports ? "Export a segment" : "Start a segment job", h("form.stack", { onsubmit: (event) => { event.preventDefault(); start.click(); }, onchange: show },
    field(exports ? "Segment" : "Segments", choice, exports ? null : "Several with Ctrl or Shift."), dataset && field("Into", dataset),
    field("What goes wrong, on demand", fault, "Adds a fault rule for the next job of this kind; the Faults panel shows it."), h("div.actions", start, button("Never mind", { kind: "ghost" }, () => go({ new: null, segments: null }))), preview), "new");
  show();
}

// -- alive

function actions() {
  fill($("#actions"), button(isExport() ? "New export" : "New job", { key: "new" }, () => go({ new: "1", id: null })), !isExport() && button("Evaluate all segments", { kind: "primary", key: "all", title: "POST /data/core/ups/segment/jobs with *" }, startAll));
  for (const tab of document.querySelectorAll("#kinds a")) {
    if (new URL(tab.href).searchParams.has("kind") === isExport()) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

async function all() {
  actions();
  await carryOut(null, list);
  await carryOut(null, detail);
}

async function learnNames() {
  const { segments } = await observe(`${UPS}/segment/definitions`, { limit: 200 });
  for (const each of segments) names.set(each.id, each.name);
}

let status = "";
onTick((at) => {
  for (const each of document.querySelectorAll("[data-at]")) each.textContent = distance(Number(each.dataset.at), at);
  for (const each of document.querySelectorAll(".course-bar")) {
    const course = courses.get(each.dataset.job);
    if (!course?.ends) continue;
    const from = ms(course.phases[0].from), whole = ms(course.phases.at(-1).from) - from || 1;
    each.style.setProperty("--lived", Math.min(1, Math.max(0, (at - from) / whole)));
  }
  const statuses = [...courses.values()].map((course) => course.phases.filter((phase) => ms(phase.from) <= at).length).join("");
  if (status && statuses !== status) all();
  status = statuses;
});

carryOut(null, learnNames).then(all);
onChange(all);
onNavigate(all);
