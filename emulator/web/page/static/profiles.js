// Profiles: who there is, which fragment fills each field, events on a time line, and why (not) in a segment.

import { control, observe, Refused, request, UPS } from "./api.js";
import { eventsChart } from "./charts.js";
import { $, fill, h } from "./dom.js";
import { explainTree } from "./explain.js";
import { count, dayAndTime, number } from "./format.js";
import { now, onChange } from "./live.js";
import { coloured } from "./pql_editor.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { button, empty, idOf, json, pane, requestCard, table, timeOf } from "./widgets.js";

const PAGE = 25;
const TABS = [["merged", "Merged view"], ["events", "Events"], ["segments", "Segments"], ["why", "Why (not)"]];

let policies = [];
let definitions = [];
let shown = "";
let searching = null;

// -- the list

async function showList() {
  const { q = "", policy = "", from = "0", id } = parameters();
  searching?.abort();
  searching = new AbortController();
  const query = { search: q, mergePolicyId: policy, start: Number(from) || 0, limit: PAGE };
  let found;
  try {
    found = await control("GET", "/profiles", undefined, query, searching.signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    throw error;
  }
  const { profiles, total } = found;
  if (!total) {
    fill($("#list"), q ? empty("Nobody is found", `No identity and no name holds “${q}”.`, button("Show everybody", {}, () => { $("#q").value = ""; go({ q: null, from: null }); }))
      : empty("Nobody is here yet", "POST /_emulator/fixtures adds profiles to this sandbox while it runs."));
    return;
  }
  fill($("#list"),
    table("Profiles", [["Name", "name"], ["Primary identity"], ["Also known as", "wide"], ["Events", "num"]], profiles.map(({ key, name, identities, events }) => ({
      key: `${key.namespace} ${key.id}`, current: id === key.id || identities.some((each) => each.id === id && each.namespace === parameters().ns),
      href: link(undefined, { ...kept(), ns: key.namespace, id: key.id }),
      cells: [name || h("span.muted", "no name"), identity(key), h("span.chips", identities.slice(1, 5).map((each) => h("span.chip", { title: `${each.namespace} ${each.id}` }, each.namespace))), number(events)],
    }))),
    h("div.pager", count(total, "profile"), h("span.actions",
      query.start > 0 && button("Before", { kind: "ghost", key: "before" }, () => go({ from: query.start - PAGE || null })),
      query.start + PAGE < total && button("More", { kind: "ghost", key: "more" }, () => go({ from: query.start + PAGE })))));
}

function kept() {
  const { q, policy, from, why, tab } = parameters();
  return { q, policy, from, why, tab };
}

const identity = ({ namespace, id }) => h("span.identity", h("small", namespace), " ", h("code", id));

// -- one profile

async function showDetail() {
  const { id, ns, policy, why } = parameters();
  const tab = parameters().tab ?? (why ? "why" : "merged");
  if (!id) { shown = ""; return pane("", null); }
  const asked = { namespace: ns, id, mergePolicyId: policy };
  let profile;
  let reasons = null;
  try {
    profile = await control("GET", "/profile", undefined, asked);
    if (tab === "why") reasons = await reasonsOf(why, profile);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    shown = "";
    return pane("Not there", empty("Nobody has this identity", error.message));
  }
  const state = JSON.stringify([tab, profile, reasons]);
  if (state === shown) return undefined;
  shown = state;
  const tabs = h("nav.tabs", { ariaLabel: "Parts of the profile" }, TABS.map(([name, words]) =>
    h("a", { href: link(undefined, { ...parameters(), tab: name }), ariaCurrent: name === tab ? "true" : null, data: { key: `tab-${name}` },
      onclick: (event) => { event.preventDefault(); go({ tab: name }); } }, words, tally(name, profile))));
  const parts = { merged, events, segments, why: () => whyPart(profile, why, reasons) };
  return pane(profile.name || id, h("div", h("p.identities", profile.identities.map(identity)), tabs, h("div.stack", parts[tab](profile))), "id");
}

function tally(name, { events: many, memberships }) {
  const value = { events: many, segments: memberships.filter((each) => each.status !== "exited").length }[name];
  return value === undefined ? null : h("small.muted", number(value));
}

const badge = (position) => h("b.badge", { class: `f${position % 6}` }, letter(position));
const letter = (position) => String.fromCharCode(65 + (position % 26));

function merged(profile) {
  const { fragments, fields, mergePolicy } = profile;
  const wins = (position) => fields.filter((each) => each.fragments[0] === position).length;
  const choice = h("select", { id: "policy", onchange: (event) => go({ policy: event.target.value }) },
    policies.map((each) => h("option", { value: each.id, selected: each.id === mergePolicy?.id }, each.name)));
  return [
    h("label.field", h("span", "Merged under"), choice, h("small", said(mergePolicy))),
    h("ul.fragments", fragments.map((each, position) => h("li", { class: each.merged ? "" : "left-out" },
      h("header", badge(position), h("b", each.dataset.name || each.dataset.id), each.merged ? h("span.muted", `fills ${count(wins(position), "field")}`) : h("span.chip", "left out by the policy")),
      h("p.muted", "ingested ", timeOf(each.ingested, dayAndTime(each.ingested)), ", about ", each.identities.map((one) => one.namespace).join(", ")),
      h("details", h("summary", "The record"), json(each.record, { label: `Record of fragment ${letter(position)}` }))))),
    table("Fields of the merged profile", [["From"], ["Field", "wrap"], ["Value", "wrap"]], fields.map(({ path, value, fragments: from }) => [
      badge(from[0]),
      h("code.path", path.slice(0, -1).map((each) => [`${each}.`, h("wbr")]), h("b", path.at(-1))),
      [h("span", brief(value)), from.slice(1).map((position) => beaten(position, brief(at(fragments[position].record, path)), brief(value)))]])),
    requestCard(request("GET", `${UPS}/access/entities`, undefined, { "schema.name": "_xdm.context.profile", entityIdNS: profile.key.namespace, entityId: profile.key.id, mergePolicyId: mergePolicy?.id }),
      { title: "The same from AEP", open: false })];
}

/** What another fragment says of a field: struck out, or only its badge when it says the same. */
function beaten(position, other, value) {
  if (other === value) return h("span.agrees", { title: `Fragment ${letter(position)} says the same` }, badge(position));
  return h("s.beaten", badge(position), " ", other);
}

function said(policy) {
  if (!policy) return "There is no merge policy: nothing is merged, nothing stitched.";
  const order = policy.merge === "dataSetPrecedence" ? "the dataset that the policy ranks higher wins each field" : "the newest fragment wins each field";
  return `${policy.graph === "pdg" ? "All fragments that share an identity are stitched" : "Only fragments of the very identity are taken"}; ${order}.`;
}

const at = (record, path) => path.reduce((value, name) => value?.[name], record);
const brief = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function events({ eventList, events: all }) {
  if (!eventList.length) return empty("No event", "Nothing that this person did is known.");
  const detail = h("div.stack", { id: "event" });
  const choose = (event) => fill(detail, h("h3", `${event.eventType ?? "event"}, ${dayAndTime(event.timestamp)}`), json(event, { label: "Event" }));
  const items = eventList.slice(0, 100);
  return [
    eventsChart(eventList, now(), choose), detail,
    table("Events, newest first", [["When"], ["What"], ["Details", "wide"]], items.map((each) => [
      timeOf(each.timestamp, dayAndTime(each.timestamp)), each.eventType ?? "–", h("button.link", { type: "button", onclick: () => choose(each) }, gist(each))])),
    all > items.length && h("p.muted", `${number(items.length)} of ${number(all)} are listed.`)];
}

function gist(event) {
  const items = event.productListItems?.map((each) => each.name ?? each.SKU).join(", ");
  return items || event.web?.webPageDetails?.name || event._id || "JSON";
}

function segments({ memberships }) {
  if (!memberships.length) {
    return empty("In no segment", "Memberships come with segment jobs. Start one, and move the clock until it has succeeded.",
      h("a.button", { href: link("jobs") }, "To the jobs"));
  }
  return table("Memberships", [["Segment", "wide"], ["Status"], ["Since"], ["Why"]], memberships.map(({ segmentId, name, status, namespace, lastQualificationTime }) => [
    name ? h("a", { href: link("segments", { id: segmentId }) }, name) : idOf(segmentId),
    h("span.membership", { class: status }, h("i", { ariaHidden: "true" }), status),
    lastQualificationTime ? timeOf(lastQualificationTime, dayAndTime(lastQualificationTime)) : "–",
    definitions.some((each) => each.id === segmentId) ? h("button.link", { type: "button", onclick: () => go({ why: segmentId, tab: "why" }) }, "why?") : h("span.muted", namespace)]));
}

// -- why (not)

const reasonsOf = (segmentId, { key }) => (segmentId ? control("POST", "/explain", { segmentId, identity: key }) : null);

function whyPart(profile, segmentId, reasons) {
  const definition = definitions.find((each) => each.id === segmentId);
  const choice = h("select", { id: "why", onchange: (event) => go({ why: event.target.value, tab: "why" }) },
    h("option", { value: "" }, "Choose a segment"), definitions.map((each) => h("option", { value: each.id, selected: each.id === segmentId }, each.name)));
  const label = h("label.field", h("span", "Why is this person in the segment, or not?"), choice);
  if (!reasons) return [label, empty("A question first", "Choose a segment: the query is shown part by part, with the value that each part has for this person.")];
  const body = { segmentId, identity: profile.key };
  return [label,
    h("p.answer", { class: reasons.matches ? "yes" : "no" }, h("span.mark", { class: reasons.matches ? "yes" : "no" }, h("i", { ariaHidden: "true" })),
      h("span", h("b", profile.name || profile.key.id), reasons.matches ? " qualifies for " : " does not qualify for ", h("b", definition?.name ?? segmentId), " now.")),
    definition?.expression.format === "pql/text" && h("pre.text.pql", { tabindex: "0", role: "region", ariaLabel: "The query" }, coloured(definition.expression.value)),
    explainTree(reasons.tree),
    requestCard(request("POST", "/_emulator/explain", body), { title: "The question", open: false })];
}

// -- together

async function show() {
  await Promise.all([showList(), showDetail()]);
}

let typing = 0;
$("#q").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => go({ q: target.value.trim() || null, from: null }, { replace: true }), 150);
});
$("#seek").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  go({ q: $("#q").value.trim() || null, from: null }, { replace: true });
});
$("#seek > button").hidden = true;

const [listed, stored] = await Promise.all([observe(`${UPS}/config/mergePolicies`, { limit: 100 }), observe(`${UPS}/segment/definitions`, { limit: 500 })]);
policies = listed.children ?? [];
definitions = stored.segments;
onNavigate(show);
onChange(show);
await show();
