// Requests: the journal as it grows, filtered, one beside the list, as curl and again.

import { control, headersOf, place, request, send } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, dayAndTime, instant, number, timeOfDay } from "./format.js";
import { onChange, refresh } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { button, carryOut, copy, empty, field, json, pane, requestCard, say, table, timeOf } from "./widgets.js";

const SHOWN = 200;
const FILTERS = ["operation", "method", "status", "path"];
const METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];

let known = [];
let asked = 0;
let shownId = "";

// -- what is asked for

function filters() {
  const said = parameters();
  const change = (name) => (event) => go({ [name]: event.target.value.trim(), id: null, before: null }, { replace: true });
  const path = h("input", { id: "filter-path", value: said.path ?? "", placeholder: "*/segment/jobs*", spellcheck: "false", oninput: change("path") });
  fill($("#filters"), h("form.row-fields.filters", { onsubmit: (event) => event.preventDefault() },
    field("Method", h("select", { id: "filter-method", onchange: change("method") }, ["", ...METHODS].map((each) => h("option", { value: each, selected: each === (said.method ?? "") }, each || "any")))),
    field("Status", h("input", { id: "filter-status", value: said.status ?? "", placeholder: "429", inputmode: "numeric", oninput: change("status") })),
    field("Operation", h("input", { id: "filter-operation", value: said.operation ?? "", placeholder: "createSegmentJob", list: "operations", spellcheck: "false", onchange: change("operation") })),
    field("Path, * is anything", path), h("label.field.inline", h("input", { type: "checkbox", id: "filter-sandbox", checked: said.here === "1", onchange: (event) => go({ here: event.target.checked ? "1" : null }) }), `sandbox ${place.sandbox} only`), h("datalist#operations")));
}

async function list() {
  const mine = ++asked;
  const said = parameters();
  const query = Object.fromEntries(FILTERS.map((name) => [name, said[name]]));
  if (said.here === "1") query.sandbox = place.sandbox;
  if (query.status && !/^\d+$/.test(query.status)) query.status = undefined;
  const [{ requests }, { count: many }] = await Promise.all([
    control("GET", "/requests", undefined, { ...query, before: said.before, limit: SHOWN }),
    control("GET", "/requests/count", undefined, query),
  ]);
  if (mine !== asked) return;
  known = requests.reverse();
  const operations = [...new Set(known.map((each) => each.operation).filter(Boolean))].sort();
  fill($("#operations"), operations.map((each) => h("option", { value: each })));
  fill($("#actions"), h("span.muted", count(many, "request")), many > 0 && button("Forget all", { kind: "ghost", key: "clear" }, async () => { await control("DELETE", "/requests"); go({ id: null }); await refresh(); await all(); }));
  const filtered = FILTERS.some((name) => said[name]) || said.here;
  fill($("#list"), known.length
    ? [table("Requests, newest first", [["#", "num"], ["At"], ["Status"], ["Call", "wide mono"], ["Operation", "extra"]], known.map((each) => ({
        key: each.ordinal, current: String(each.ordinal) === said.id, href: link(undefined, { ...kept(), id: each.ordinal }),
        cells: [number(each.ordinal), h("time", { title: instant(each.at) }, timeOfDay(each.at)), statusCell(each), [h("b.method", { data: { method: each.method } }, each.method), " ", each.path.replace("/data/core/ups", "…"), each.query ? h("span.muted", `?${each.query}`) : ""],
          [each.operation ?? h("span.muted", "none"), each.faults.length > 0 && h("span.chip.flagged", `⚑ ${each.faults.join(", ")}`), each.warnings.length > 0 && h("span.chip", { title: each.warnings.join("\n") }, "lenient")]] }))),
      (many > known.length || said.before) && h("nav.pager", { ariaLabel: "Pages" }, h("span", `${number(known.at(-1).ordinal)} to ${number(known[0].ordinal)}`), h("span.actions",
        said.before && button("Newest", { kind: "small", key: "newest" }, () => go({ before: null, id: null })),
        known.length === SHOWN && button("Older →", { kind: "small", key: "older" }, () => go({ before: known.at(-1).ordinal, id: null }))))]
    : filtered ? empty("No such request", "None that the journal keeps matches. The path is a pattern: * stands for anything.", button("Show all", {}, () => { go({ ...Object.fromEntries(FILTERS.map((name) => [name, null])), here: null }); filters(); }))
      : empty("No request yet", `Point a client at ${location.origin} with the organisation ${place.org}, and its calls appear here as they come. What this page only looks at leaves no trace.`,
          h("a.button.primary", { href: link("jobs") }, "Start a job here"), button("Copy a first call", {}, () => copy(firstCall(), "curl line copied"))));
}

const kept = () => { const { org, sandbox, id, ...rest } = parameters(); return rest; };

const firstCall = () => `curl -sS '${location.origin}/data/core/ups/segment/definitions' ${Object.entries(headersOf({ path: "/data" })).map(([name, value]) => `-H '${name}: ${value.replaceAll("'", "")}'`).join(" ")}`;

function statusCell({ status }) {
  return h("span.code-status", { class: status >= 500 ? "is-5" : status >= 400 ? "is-4" : "is-2" }, status);
}

// -- one request

async function detail() {
  const { id } = parameters();
  if (!id) { shownId = ""; return pane("", null); }
  if (shownId === id) return undefined;
  let each = known.find(({ ordinal }) => String(ordinal) === id);
  if (!each && /^\d+$/.test(id)) each = await one(id);
  if (!each) return pane("No such request", h("p.muted", "The journal does not keep it any more."));
  shownId = id;
  const missed = each.status >= 400 && each.status < 500 ? await nearMiss(each) : null;
  const again = replayable(each);
  return pane(`${each.method} ${each.path.split("/").slice(-2).join("/")}`, h("div.stack",
    h("div.verdict", h("span", statusCell(each), " ", each.operation ?? "no operation"), h("span.actions", again && button("Replay", { kind: "primary small", key: "replay", title: "Send it again; it appears in the journal" }, () => replay(again)))),
    missed && h("p.hint", missed),
    each.faults.length > 0 && h("p", h("span.chip.flagged", "⚑ fault"), " ", each.faults.map((fault) => h("a", { href: link("faults", { id: fault }) }, fault))),
    each.warnings.map((warning) => h("p.hint", warning)),
    h("dl.facts", [["At", timeOf(each.at, `${dayAndTime(each.at)}:${instant(each.at).slice(17)}`)], ["Sandbox", each.sandbox ?? "–"], ["Query", each.query ? decodeURIComponent(each.query.replaceAll("+", " ").replace(/%(?![0-9a-f]{2})/gi, "%25")) : "–"]].map(([name, value]) => [h("dt", name), h("dd", value)])),
    again ? requestCard(again, { title: "As a request" }) : null,
    section("Sent", each.request), section("Answered", each.response)));
}

/** The request with an ordinal, if the journal still keeps it. */
async function one(ordinal, more) {
  const { requests } = await control("GET", "/requests", undefined, { before: Number(ordinal) + 1, limit: 1, ...more });
  return requests.find((each) => each.ordinal === Number(ordinal));
}

function section(title, { headers, body }) {
  return h("section", h("h2", title), body ? json(parsed(body), { label: title }) : h("p.muted", "no body"), h("details.headers", h("summary", count(Object.keys(headers).length, "header")),
    h("dl.facts.mono", Object.entries(headers).map(([name, value]) => [h("dt", name), h("dd", value)]))));
}

function parsed(body) {
  try { return JSON.parse(body); } catch { return body; }
}

async function nearMiss({ ordinal }) {
  return (await one(ordinal, { near_misses: "true" }))?.near_miss ?? null;
}

/** The request to send again; none for what was refused before it was a request, or whose body is no JSON. */
function replayable({ method, path, query, request: { body } }) {
  if (method === "HEAD") return null;
  const value = body ? parsed(body) : undefined;
  if (typeof value === "string") return null;
  return { ...request(method, path), path: query ? `${path}?${query}` : path, body: method === "GET" ? undefined : value };
}

async function replay(again) {
  const status = await send(again).then((answer) => answer.status, (error) => error.status ?? Promise.reject(error));
  say(`Answered ${status}`, status < 400 ? "good" : "bad");
  await refresh();
  await all();
  go({ id: known[0]?.ordinal });
}

// -- alive

async function all() {
  await carryOut(null, list);
  await carryOut(null, detail);
}

filters();
onChange(all);
onNavigate(all);
