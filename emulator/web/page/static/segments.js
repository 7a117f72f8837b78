// Segments: definitions, the audiences that runs made of them, and an editor that counts while one types.

import { control, observe, place, Refused, request, UPS } from "./api.js";
import { runsChart, spark } from "./charts.js";
import { $, fill, h } from "./dom.js";
import { count, dayAndTime, number, short } from "./format.js";
import { onChange } from "./live.js";
import { coloured, pqlEditor } from "./pql_editor.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { act, button, empty, field, idOf, json, pane, requestCard, table } from "./widgets.js";

const PAGE = 25;
const START = 'homeAddress.country = "US"';

let policies = [];
let shown = "";

/** What was typed into the editor and not created yet, by what it was a copy of. */
const drafts = new Map();

const policyName = (id) => policies.find((each) => each.id === id)?.name ?? (id ? short(id) : "none: nothing is merged");

// -- the list

async function showList() {
  const page = Math.max(0, Number(parameters().page) || 0);
  const [listed, last] = await Promise.all([
    observe(`${UPS}/segment/definitions`, { limit: PAGE, [place.start === "offset" ? "start" : "page"]: place.start === "offset" ? page * PAGE : page }),
    control("GET", "/segments/runs"),
  ]);
  const { segments, page: { totalCount } } = listed;
  if (!totalCount) {
    return fill($("#list"), empty("No segment yet", "A segment is a query over profiles. Write one and see at once how many it finds.",
      button("New segment", { kind: "primary" }, () => go({ edit: "new", id: null }))));
  }
  const current = parameters().id;
  fill($("#list"),
    table("Segment definitions", [["Name", "name"], ["Query", "wide"], ["Profiles", "num"], ["Last runs", "trend"]], segments.map((each) => {
      const sizes = last.runs.filter((run) => each.id in run.sizes).map((run) => run.sizes[each.id]);
      return { key: each.id, href: link(undefined, { id: each.id, page: page || null }), current: each.id === current, cells: [
        each.name, h("code.query", textOf(each)), sizes.length ? number(sizes.at(-1)) : h("span.muted", "–"),
        sizes.length ? spark(sizes, `${each.name}: ${sizes.join(", ")}`) : h("span.muted", "no run")] };
    })),
    h("div.pager", count(totalCount, "definition"),
      h("span.actions", page > 0 && button("Newer", { kind: "ghost", key: "newer" }, () => go({ page: page - 1 || null })),
        (page + 1) * PAGE < totalCount && button("Older", { kind: "ghost", key: "older" }, () => go({ page: page + 1 })))));
}

const textOf = ({ expression }) => (expression.format === "pql/json" ? expression.value.slice(0, 200) : expression.value);

// -- one definition

async function showDetail() {
  const { id, edit } = parameters();
  if (id && edit) return go({ edit: null }, { replace: true });
  if (edit) return showEditor(edit);
  if (!id) { shown = ""; return pane("", null); }
  let definition;
  try {
    definition = await observe(`${UPS}/segment/definitions/${encodeURIComponent(id)}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    shown = "";
    return pane("Not there", empty("There is no such segment", error.message));
  }
  const { runs } = await control("GET", `/segments/${encodeURIComponent(id)}/runs`);
  const state = JSON.stringify([definition, runs]);
  if (state === shown) return undefined;
  shown = state;
  const { expression } = definition;
  const both = await control("POST", "/convert", { expression: expression.value, format: expression.format });
  const start = request("POST", `${UPS}/segment/jobs`, [{ segmentId: id }]);
  const evaluate = button("Evaluate now", { kind: "primary", key: "evaluate", title: "POST /segment/jobs" }, () =>
    act(null, start, ({ body }) => `Segment job ${short(body.id)} has begun; the river shows it.`));
  const modes = Object.entries(definition.evaluationInfo ?? {}).filter(([, mode]) => mode.enabled).map(([mode]) => mode);
  return pane(definition.name, h("div.stack",
    definition.description && h("p.muted", definition.description),
    h("div.actions", evaluate,
      button("Edit a copy", { key: "copy-definition" }, () => go({ edit: id, id: null })),
      h("a.button.ghost", { href: link("profiles", { why: id }) }, "Who is in it, and why?")),
    runs.length ? runsChart(runs, { linkOf: (run) => link("jobs", { id: run.jobId }) })
      : h("div.empty.slim", h("h2", "Not evaluated yet"), h("p", "Press “Evaluate now”, then move the clock: the job needs a few seconds of its time.")),
    h("div.spellings",
      h("section", h("h3", "pql/text"), h("pre.text.pql", { tabindex: "0", role: "region", ariaLabel: "pql/text" }, coloured(both.text))),
      h("section", h("h3", "pql/json"), json(both.json, { label: "pql/json" }))),
    h("dl.facts", fact("Id", idOf(id)), fact("Merge policy", policyName(definition.mergePolicyId)),
      fact("Evaluated", modes.join(", ") || "never by itself"), fact("Stored as", expression.format),
      fact("Changed", dayAndTime(definition.updateTime))),
    requestCard(request("GET", `${UPS}/segment/definitions/${id}`), { title: "As AEP answers it", open: false }), json(definition, { label: "Definition" })));
}

const fact = (name, value) => [h("dt", name), h("dd", value)];

// -- the editor

async function showEditor(of) {
  if (shown === `editor ${of}`) return;
  shown = `editor ${of}`;
  let from = null;
  if (of !== "new") from = await observe(`${UPS}/segment/definitions/${encodeURIComponent(of)}`);
  const draft = drafts.get(of);
  const text = draft ? draft.text : from ? (await control("POST", "/convert", { expression: from.expression.value, format: from.expression.format })).text : START;
  const name = h("input", { id: "segment-name", name: "name", required: true, maxlength: "200", autocomplete: "off", value: draft?.name ?? (from ? `${from.name}, a copy` : "") });
  const about = h("input", { id: "segment-description", name: "description", autocomplete: "off", value: draft?.about ?? from?.description ?? "" });
  const chosen = draft?.policy ?? from?.mergePolicyId ?? policies.find((each) => each.default)?.id;
  const policy = h("select", { id: "segment-policy", name: "mergePolicyId" },
    policies.map((each) => h("option", { value: each.id, selected: each.id === chosen }, `${each.name}${each.default ? " (default)" : ""}`)));
  const create = h("button.primary", { type: "submit", data: { key: "create-segment" } }, "Create segment");
  const asked = () => request("POST", `${UPS}/segment/definitions`, {
    name: name.value, ...(about.value ? { description: about.value } : {}), ...(policy.value ? { mergePolicyId: policy.value } : {}),
    schema: { name: "_xdm.context.profile" }, expression: { type: "PQL", format: "pql/text", value: editor.value },
  });
  const card = requestCard({ method: "POST", path: `${UPS}/segment/definitions` }, { title: "The request that creates it", open: false });
  const follow = () => {
    card.show(asked());
    drafts.set(of, { name: name.value, about: about.value, policy: policy.value, text: editor.value });
  };
  const editor = pqlEditor({ value: text, policy: () => policy.value, judged: (verdict) => {
    create.disabled = Boolean(verdict?.fault);
    if (card.isConnected) follow();
  } });
  policy.addEventListener("change", () => editor.again());
  const form = h("form.stack", { onsubmit: async (event) => {
    event.preventDefault();
    const answer = await act(create, asked(), ({ body }) => `“${body.name}” is created.`);
    if (answer) drafts.delete(of);
    if (answer) go({ edit: null, id: answer.body.id });
  } },
    h("div.row-fields", field("Name", name), field("Merge policy", policy)),
    field("Description", about),
    h("div.field", h("label", { for: "pql" }, "Query"), editor.element),
    h("div.actions", create, button("Cancel", { kind: "ghost", key: "cancel-edit" }, () => { drafts.delete(of); go({ edit: null, id: from?.id ?? null }); })),
    h("details.samples", h("summary", "Queries to try"), h("ul", SAMPLES.map(([words, query]) => h("li", h("button.sample", { type: "button", onclick: () => { editor.show(query); editor.focus(); } },
      h("b", words), h("code.pql", coloured(query))))))),
    card);
  form.addEventListener("input", follow);
  pane(from ? `A copy of ${from.name}` : "New segment", form, "edit");
  follow();
  (from ? editor : name).focus();
}

const SAMPLES = [
  ["Lives in one of two countries", 'homeAddress.country in ["US", "CA"]'],
  ["Bought in the last 30 days", 'xEvent.exists(eventType = "commerce.purchases" and timestamp occurs <= 30 days before now)'],
  ["Looked at least three times", 'xEvent[eventType = "commerce.productViews"].count() >= 3'],
  ["Club member, born before 1980", "loyalty.tier.isNotNull() and person.birthYear < 1980"],
  ["Put something in a basket, then bought", 'chain(xEvent, timestamp, [A: WHAT(eventType = "commerce.productListAdds"), B: WHAT(eventType = "commerce.purchases") WHEN(<= 2 days after A)])'],
];

// -- together

async function show() {
  await Promise.all([showList(), showDetail()]);
}

$("#segment-actions").append(button("New segment", { kind: "primary", key: "new-segment" }, () => go({ edit: "new", id: null })));
policies = (await observe(`${UPS}/config/mergePolicies`, { limit: 100 })).children ?? [];
onNavigate(show);
onChange(show);
await show();
