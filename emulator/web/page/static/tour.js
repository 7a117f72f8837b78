// The tour: nine steps, each a sentence, the request, a button that performs it, and the answer. What a step brings is kept
// for those after it, over a reload too.

import { ACCESS, CATALOG, place, request, send, UPS } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, dayAndTime, number } from "./format.js";
import { move, refresh } from "./live.js";
import { link } from "./url.js";
import { button, carryOut, json, requestCard, statusOf } from "./widgets.js";

const SEGMENTS = ["42f49f2d-edb0-474f-b29d-2799d89cd5a6", "54a20f19-9a0w-293a-9b82-409b1p3v0192"];
const UNION = { id: "https://ns.adobe.com/xdm/context/profile__union", contentType: "application/vnd.adobe.xed+json;version=1" };
const KEPT = `tour ${place.org} ${place.sandbox}`;

const whom = () => request("GET", `${UPS}/access/entities`, undefined, { "schema.name": "_xdm.context.profile", entityId: "CRM-10001", entityIdNS: "CRMID" });
const clockUntil = (id) => ({ method: "POST", path: "/_emulator/clock", body: { until: id } });

/** The steps. `instead` is done where a call is refused. `calls` are performed one after the other: `title`, `request(kept)`, `keep(body)` answers what later ones need,
 *  `clock` marks those that move time; `brought(body, kept)` is what a reader looks at. */
const STEPS = [
  { title: "Get an access token", text: "Every call carries a token of Adobe's Identity Management Service (IMS). Here any client id and secret do.",
    calls: [{ title: "Ask IMS for a token",
      request: () => ({ method: "POST", path: "/ims/token/v3", form: true, body: { grant_type: "client_credentials", client_id: "tour", client_secret: "secret", scope: "openid" } }),
      keep: ({ access_token }) => ({ token: access_token }), brought: () => "A bearer token: the following calls carry it, with the headers of organisation and sandbox." }] },
  { title: "Look at a segment definition", text: "A definition is a query in PQL over merged profiles. This one comes with the demo data.",
    calls: [{ title: "Retrieve the definition", request: () => request("GET", `${UPS}/segment/definitions/${SEGMENTS[0]}`),
      keep: ({ id, name }) => ({ segment: id, segmentName: name }), brought: ({ expression }) => h("code", expression.value) }] },
  { title: "Schedule the evaluation, or start it now", text: "A schedule evaluates segments by itself, on a Quartz cron text; a segment job does so at once.",
    calls: [
      { title: "Make a schedule", request: () => request("POST", `${UPS}/config/schedules`, { name: "every night", type: "batch_segmentation", properties: { segments: ["*"] }, schedule: "0 0 1 * * ?", state: "inactive" }),
        keep: ({ id }) => ({ schedule: id }), brought: () => "Inactive as yet: it fires at 01:00 once it is active.",
        instead: { title: "The sandbox holds as many schedules as it may: take the one there is", request: () => request("GET", `${UPS}/config/schedules`, undefined, { limit: 1 }),
          keep: ({ children: [{ id }] }) => ({ schedule: id }), brought: ({ children: [{ name }] }) => h("code", name) } },
      { title: "Activate it by a JSON Patch", request: ({ schedule }) => request("POST", `${UPS}/config/schedules/${schedule}`, [{ op: "add", path: "/state", value: "active" }]),
        keep: () => ({ activated: true }), brought: () => "204, no content. Look at the river: the next firing is drawn on the right." },
      { title: "Start a segment job now", request: () => request("POST", `${UPS}/segment/jobs`, SEGMENTS.map((segmentId) => ({ segmentId }))),
        keep: ({ id }) => ({ job: id }), brought: ({ status }) => statusOf(status) }] },
  { title: "Wait until the segment job has succeeded", text: "Against the real service you would ask again and again. Here time is yours: move it to the instant at which the job ends.",
    calls: [
      { title: "Move the clock to the end of the job", clock: true, request: ({ job }) => clockUntil(job), keep: () => ({}),
        brought: ({ now, events }) => `${count(events.length, "event")} on the way; it is ${dayAndTime(now)} now.` },
      { title: "Ask for the job", request: ({ job }) => request("GET", `${UPS}/segment/jobs/${job}`), keep: () => ({}),
        brought: ({ status, metrics }) => [statusOf(status), " ", metrics?.segmentedProfileCounter ? `${number(metrics.segmentedProfileCounter[SEGMENTS[0]])} of ${number(metrics.totalProfiles)} profiles are in the first segment.` : ""] }] },
  { title: "See the memberships on a profile", text: "The job has written memberships onto the profiles: realized, existing or exited, and since when.",
    calls: [{ title: "Look a profile up", request: whom, keep: () => ({}), brought: (body) => memberships(body) }] },
  { title: "Make a dataset for the export", text: "An export puts its rows into a dataset that follows the union schema. JSON lines here; Parquet is the default.",
    calls: [{ title: "Make a dataset", request: () => request("POST", `${CATALOG}/dataSets`, { name: "Segment Export", schemaRef: UNION, fileDescription: { persisted: true, containerFormat: "json", format: "json" } }),
      keep: ([reference]) => ({ dataset: reference.split("/").at(-1) }), brought: ([reference]) => h("code", reference) }] },
  { title: "Start an export job", text: "Which fields, of whose members, merged how, and where to.",
    calls: [{ title: "Start the export", request: ({ dataset }) => request("POST", `${UPS}/export/jobs`, {
      fields: "identities.id,personalEmail.address,homeAddress.country", mergePolicy: { id: "mpid1", version: 1 },
      filter: { segments: [{ segmentId: SEGMENTS[0], segmentNs: "ups" }] }, destination: { datasetId: dataset, segmentPerBatch: false }, schema: { name: "_xdm.context.profile" } }),
      keep: ({ id }) => ({ exportJob: id }), brought: ({ status }) => statusOf(status) }] },
  { title: "Wait until the export job has succeeded", text: "The same again: move time, then ask.",
    calls: [
      { title: "Move the clock to the end of the export", clock: true, request: ({ exportJob }) => clockUntil(exportJob), keep: () => ({}),
        brought: ({ now }) => `It is ${dayAndTime(now)} now.` },
      { title: "Ask for the export job", request: ({ exportJob }) => request("GET", `${UPS}/export/jobs/${exportJob}`),
        keep: ({ destination }) => ({ batch: destination.batchId }), brought: ({ status }) => statusOf(status) }] },
  { title: "Read the exported rows", text: "Data Access lists the files of the batch, and serves their bytes.",
    calls: [
      { title: "List the files of the batch", request: ({ batch }) => request("GET", `${ACCESS}/batches/${batch}/files`), keep: ({ data }) => ({ file: data[0]?.dataSetFileId }),
        brought: ({ data }) => `${count(data.length, "file")}, ${count(data.reduce((sum, each) => sum + Number(each.records), 0), "row")}` },
      { title: "Ask what the file is called", request: ({ file }) => request("GET", `${ACCESS}/files/${file}`), keep: ({ data }) => ({ fileName: data[0].name }), brought: ({ data }) => h("code", data[0].name) },
      { title: "Fetch it", request: ({ file, fileName }) => request("GET", `${ACCESS}/files/${file}`, undefined, { path: fileName }), keep: () => ({}), brought: (body) => rows(body) }] },
];

const CALLS = STEPS.flatMap((step, index) => step.calls.map((call) => ({ ...call, step: index })));

function memberships(body) {
  const [{ entity }] = Object.values(body);
  const held = Object.values(entity.segmentMembership ?? {}).flatMap((entries) => Object.values(entries));
  return `${entity.person?.name?.firstName ?? "The profile"} has ${count(held.length, "membership")}: ${held.map((each) => each.status).join(", ")}.`;
}

function rows(body) {
  const lines = typeof body === "string" ? body.trim().split("\n") : [JSON.stringify(body)];
  return `${count(lines.length, "row")}, as many as the segment has members. That was the whole way.`;
}

// -- state: what was done, and what it brought

let walk = load();

function load() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    if (Array.isArray(found?.answers) && Array.isArray(found.instead)) return found;
  } catch {
    // what was kept is not readable: begin again
  }
  return { kept: {}, answers: [], instead: [] };
}

function save() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(walk));
  } catch {
    // no room or no permission: the walk lasts as long as the page
  }
}

const next = () => walk.answers.length;

/** A call, or what is done instead of it. */
const callAt = (index) => (walk.instead.includes(index) ? CALLS[index].instead : CALLS[index]);

async function perform(pressed) {
  const at = next();
  const call = callAt(at);
  const asked = call.request(walk.kept);
  const done = await carryOut(pressed, async () => {
    if (call.clock) return { status: 200, body: await move(asked.body), request: asked };
    const answer = await send(asked);
    await refresh();
    return answer;
  });
  if (!done && call.instead) walk.instead.push(at);
  if (!done) return show();
  walk.kept = { ...walk.kept, ...call.keep(done.body) };
  walk.answers.push({ status: done.status, body: shortened(done.body), request: asked });
  save();
  show();
  const following = $("#perform") ?? $("#tour-end");
  following?.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  following?.closest("li")?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  return undefined;
}

/** A long text is kept with its first lines only: the session's store is small. */
const shortened = (body) => (typeof body === "string" && body.length > 20000 ? body.slice(0, 20000) : body);

function again() {
  walk = { kept: {}, answers: [], instead: [] };
  save();
  show();
  $("#perform").focus();
}

// -- what is seen

function show() {
  const at = next();
  fill($("#tour"), STEPS.map((step, index) => {
    const first = CALLS.findIndex((call) => call.step === index);
    const last = first + step.calls.length;
    const state = at >= last ? "done" : at >= first ? "current" : "ahead";
    return h("li", { class: state, ariaCurrent: state === "current" ? "step" : null },
      h("details.step", { open: state === "current" || (state === "done" && at === last && index === STEPS.length - 1) },
        h("summary", h("span.disc", { ariaHidden: "true" }, state === "done" ? "✓" : index + 1), h("h2", `${index + 1}. ${step.title}`),
          h("span.unseen", state === "done" ? "done" : state === "current" ? "this step" : "ahead")),
        h("div.body", h("p.muted", step.text), step.calls.map((_, offset) => callPart(callAt(first + offset), first + offset, at)))));
  }), at === CALLS.length && h("li.finish", { id: "tour-end", tabindex: "-1" }, h("h2", "You have evaluated a segment and exported its members."),
    h("p", "Everything you saw was computed: look at it from other sides, or break it on purpose."),
    h("div.actions", h("a.button.primary", { href: link("exports", { id: walk.kept.dataset }) }, "The exported rows"),
      h("a.button", { href: link("segments", { id: walk.kept.segment }) }, "The segment"), h("a.button", { href: link("faults") }, "Break something"),
      button("Walk again", { kind: "ghost", key: "again" }, again))));
  fill($("#tour-actions"), h("progress", { max: String(CALLS.length), value: String(at), ariaLabel: "How far the tour is" }),
    h("span.muted", at === CALLS.length ? "done" : `${at} of ${CALLS.length} calls`), at > 0 && button("Begin again", { kind: "ghost", key: "begin-again" }, again));
}

function callPart(call, index, at) {
  const answer = walk.answers[index];
  if (index > at) return h("div.call.ahead", h("h3", call.title));
  const asked = answer?.request ?? call.request(walk.kept);
  const isNext = index === at;
  return h("div.call", { class: isNext ? "next" : "done" }, h("h3", call.title, answer && h("span.outcome", `${answer.status}`)),
    requestCard(asked, { title: call.clock ? "The clock" : "The request", open: isNext }),
    isNext && h("div.actions", h("button.primary", { id: "perform", type: "button", onclick: (event) => perform(event.currentTarget) }, call.clock ? "Move the clock" : "Send it"),
      h("span.muted", h("kbd", "Enter"))),
    answer && h("div.brought", h("p", call.brought(answer.body, walk.kept)), answer.body !== null && h("details", h("summary", "The answer"), json(answer.body, { label: `Answer: ${call.title}` }))));
}

show();
$("#perform")?.focus({ preventScroll: true });
