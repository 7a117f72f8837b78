// Faults: rules with their hits, added from a form, switched off and on again.

import { control, place, request } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, number } from "./format.js";
import { onChange, refresh } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { button, carryOut, empty, field, json, pane, requestCard, say, table } from "./widgets.js";

const KEPT = "faults switched off";
const OPERATIONS = ["createSegmentJob", "retrieveSegmentJob", "listSegmentJobs", "createExportJob", "retrieveExportJob", "createPreview", "retrieveEstimate", "createSegmentDefinition", "updateSchedule", "imsToken"];
const EFFECTS = {
  request: [["respond", "answers with a status", "429"], ["delay", "comes late, by seconds", "2"], ["drop", "the connection drops before any work"], ["drop_after_work", "done, but the answer is lost"],
    ["truncate", "is cut after bytes", "40"], ["malformed", "is no JSON (json or html)", "html"], ["stall", "never comes"], ["slow_body", "trickles, seconds between pieces", "1"]],
  job: [["fail_at", "fails at the end of a phase", "PROCESSING"], ["stuck_in", "stays stuck in a phase", "PROCESSING"], ["slower", "runs times slower", "10"], ["refuse_cancel", "refuses to be cancelled"], ["only_segments", "does only the first n segments", "1"]],
  schedule: [["missed", "is missed"]],
};
const WHEN = [["nth", "only the nth match"], ["first", "the first n matches"], ["every", "every nth match"], ["after", "all after the first n"], ["probability", "by chance, 0 to 1"], ["", "each match"]];
const COUNTS = new Set(["id", "matched", "fired"]);

const bare = (rule) => Object.fromEntries(Object.entries(rule).filter(([name]) => !COUNTS.has(name)));
const off = () => JSON.parse(sessionStorage.getItem(`${KEPT} ${place.org}`) ?? "[]");
const keep = (rules) => sessionStorage.setItem(`${KEPT} ${place.org}`, JSON.stringify(rules));

let rules = [];
let adding = false;

/** What a rule says, as a sentence. */
function sentence(rule) {
  const { job, operation, method, path, org, sandbox, header, body, nth, first, every, after, between, probability, ...effects } = bare(rule);
  const what = job ? (job === "schedule" ? "a firing of a schedule" : `${job} job`) : operation ?? [method, path].filter(Boolean).join(" ") ?? "";
  const when = [nth && `the ${ordinal(nth)}`, first && `the first ${first}`, every && `every ${ordinal(every)}`, after !== undefined && `after ${after}`, probability !== undefined && `with chance ${probability}`, between && `from ${between[0]} to ${between[1]}`].filter(Boolean);
  return [when.length ? `${when.join(", ")} ` : "each ", h("code", what || "request"), sandbox ? ` in ${sandbox}` : "", " → ",
    Object.entries(effects).filter(([name]) => name !== "errors").map(([name, value], index) => [index ? ", " : "", h("b", name.replaceAll("_", " ")), value === true ? "" : ` ${typeof value === "object" ? JSON.stringify(value) : value}`])];
}

function ordinal(value) {
  const last = value % 10, teen = Math.floor((value % 100) / 10) === 1;
  return `${number(value)}${teen ? "th" : { 1: "st", 2: "nd", 3: "rd" }[last] ?? "th"}`;
}

async function list() {
  rules = (await control("GET", "/faults")).faults;
  const present = new Set(rules.map((rule) => rule.id));
  const all = [...rules.map((rule) => ({ rule, on: true })), ...off().filter((rule) => !present.has(rule.id)).map((rule) => ({ rule, on: false }))];
  const { id } = parameters();
  fill($("#actions"), all.length > 0 && button("Remove all", { kind: "ghost", key: "clear" }, async () => { await control("DELETE", "/faults"); keep([]); say("No rule is left", "good"); go({ id: null }); await refresh(); await list(); }),
    button("New rule", { kind: all.length ? "" : "primary", key: "new" }, () => go({ new: "1", id: null })));
  fill($("#list"), all.length
    ? table("Fault rules", [["Rule"], ["Says", "wide wrap"], ["Matched", "num"], ["Fired", "num"], ["On"]], all.map(({ rule, on }) => ({ key: rule.id, current: rule.id === id, href: link(undefined, { id: rule.id }),
        cells: [h("span.mono", rule.id), sentence(rule), on ? number(rule.matched) : "–", on ? h("b", { class: rule.fired ? "bad" : "" }, number(rule.fired)) : "–", toggle(rule, on)] })))
    : empty("Nothing is to go wrong", "A rule says which request or job fails, when, and how: the second createSegmentJob is answered 429, the next export stays stuck. Clients learn to live with it before it happens for real.",
        button("Add a rule", { kind: "primary", key: "add" }, () => go({ new: "1", id: null })), button("Fail the next segment job", {}, () => add({ job: "segment", nth: 1, fail_at: "PROCESSING" }))));
}

function toggle(rule, on) {
  const box = h("input", { type: "checkbox", role: "switch", checked: on, data: { key: `on-${rule.id}` }, ariaLabel: `Rule ${rule.id} is on`,
    onchange: () => carryOut(null, async () => {
      if (on) { await control("DELETE", `/faults/${encodeURIComponent(rule.id)}`); keep([...off().filter((each) => each.id !== rule.id), { ...bare(rule), id: rule.id }]); }
      else { await control("POST", "/faults", rule); keep(off().filter((each) => each.id !== rule.id)); }
      say(`${rule.id} is ${on ? "off" : "on, its counts at zero"}`, "good");
      await refresh();
      await all();
    }) });
  return box;
}

async function add(rule) {
  const made = await control("POST", "/faults", rule);
  say(`${made.id} waits for its match`, "good");
  adding = false;
  go({ new: null, id: made.id });
  await refresh();
  await all();
}

async function detail() {
  const { id } = parameters();
  if (parameters().new) return adding || form();
  adding = false;
  const rule = rules.find((each) => each.id === id) ?? off().find((each) => each.id === id);
  if (!rule) return pane(id ? "No such rule" : "", id ? h("p.muted", `There is no rule ${id}; it may have been removed.`) : null);
  const on = rule.matched !== undefined;
  const hits = on ? await hitsOf(rule) : [];
  if (parameters().id !== id) return undefined;
  return pane(rule.id, h("div.stack", h("p.sentence", sentence(rule)),
    h("div.verdict", h("span", on ? `${count(rule.matched, "match", "matches")}, fired ${rule.fired === 1 ? "once" : `${number(rule.fired)} times`}` : h("span.muted", "switched off")),
      button("Remove", { kind: "danger small", key: "remove" }, async () => { if (on) await control("DELETE", `/faults/${encodeURIComponent(id)}`); keep(off().filter((each) => each.id !== id)); say("The rule is gone", "good"); go({ id: null }); await refresh(); await all(); })),
    hits.length > 0 && h("section", h("h2", "Met by"), h("ol.events", hits.slice(-12).reverse().map((each) => h("li", h("span.when", each.at.slice(11, 19)), h("a", { href: link("requests", { id: each.ordinal }) }, `${each.method} ${each.path}`), h("span", each.status))))),
    requestCard(request("POST", "/_emulator/faults", bare(rule)), { title: "How to add it" }), json(rule, { label: "The rule as JSON" })));
}

async function hitsOf(rule) {
  if (rule.job) return [];
  const { requests } = await control("GET", "/requests", undefined, { operation: rule.operation, limit: 500 });
  return requests.filter((each) => each.faults.includes(rule.id));
}

function form() {
  adding = true;
  const about = h("select", { name: "about" }, [["request", "a request"], ["segment", "a segment job"], ["export", "an export job"], ["preview", "a preview"], ["query", "a query"], ["schedule", "the firing of a schedule"]].map(([value, text]) => h("option", { value }, text)));
  const operation = h("input", { name: "operation", list: "operations", value: "createSegmentJob", autocomplete: "off", spellcheck: "false" });
  const when = h("select", { name: "when" }, WHEN.map(([value, text]) => h("option", { value }, text)));
  const times = h("input", { name: "times", value: "1", inputmode: "decimal" });
  const effect = h("select", { name: "effect" });
  const value = h("input", { name: "value" });
  const here = h("input", { type: "checkbox" });
  const wrong = h("p.error", { role: "alert", hidden: true });
  const kindOf = () => (about.value === "request" ? "request" : about.value === "schedule" ? "schedule" : "job");
  const told = () => EFFECTS[kindOf()].find(([name]) => name === effect.value);
  const offer = () => { fill(effect, EFFECTS[kindOf()].map(([name, text]) => h("option", { value: name }, text))); suggest(); };
  const suggest = () => { value.value = told()[2] ?? ""; };
  const rule = () => {
    const [name, , example] = told();
    const typed = value.value.trim();
    const valued = example === undefined ? true : typed !== "" && !Number.isNaN(Number(typed)) ? Number(typed) : typed;
    return { ...(about.value === "request" ? operation.value ? { operation: operation.value } : {} : { job: about.value }), ...(here.checked ? { sandbox: place.sandbox } : {}), ...(when.value ? { [when.value]: Number(times.value) } : {}), [name]: valued };
  };
  const card = requestCard(request("POST", "/_emulator/faults", {}));
  const save = button("Add the rule", { kind: "primary", key: "save" }, async () => {
    try { await add(rule()); } catch (error) { wrong.hidden = false; wrong.textContent = error.message; }
  });
  const operationField = field("Operation", operation), timesField = field("n", times), valueField = field("Value", value);
  const show = () => {
    operationField.hidden = about.value !== "request";
    timesField.hidden = !when.value;
    valueField.hidden = told()[2] === undefined;
    wrong.hidden = true;
    card.show(request("POST", "/_emulator/faults", rule()));
  };
  about.addEventListener("change", offer);
  effect.addEventListener("change", suggest);
  offer();
  pane("A new rule", h("form.stack", { onsubmit: (event) => { event.preventDefault(); save.click(); }, oninput: show, onchange: show },
    h("datalist#operations", OPERATIONS.map((each) => h("option", { value: each }))),
    h("div.row-fields", field("It is about", about), operationField), h("div.row-fields", field("When", when), timesField), h("div.row-fields", field("What happens", effect), valueField),
    h("label.field.inline", here, `only in sandbox ${place.sandbox}`), wrong, h("div.actions", save, button("Never mind", { kind: "ghost" }, () => go({ new: null }))), card), "new");
  show();
}

async function all() {
  await carryOut(null, list);
  await carryOut(null, detail);
}

onChange(all);
onNavigate(all);
