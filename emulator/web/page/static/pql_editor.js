// An editor for PQL: tokens in colour, the fault underlined where it is, and how many profiles satisfy the query, counted
// while one types. A text area lies over a copy of its text; what one types is the text area's alone and never lost.

import { control, Refused } from "./api.js";
import { fill, h } from "./dom.js";
import { count, number, percent } from "./format.js";

/** How long after the last key the query is counted, in ms. */
const PAUSE = 200;

const TOKEN = /(?<space>\s+)|(?<text>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(?<quoted>`(?:[^`]|``)*`?)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<parameter>\$\d+)|(?<symbol>=>|<=|>=|!=|==|&&|\|\||<>|[^\s\p{L}\p{N}_"'`$])|(?<other>.)/gsu;

const WORDS = new Set(
  ("and or not in notin like occurs true false null now today yesterday tomorrow select from where exists forall let if " +
    "over chain what when count sum average min max before after between this last next minute minutes hour hours day days " +
    "week weeks month months year years").split(" "),
);

/** The tokens of a query as `{kind, text}`, all of it, whatever is wrong with it. */
export function tokens(text) {
  return [...text.matchAll(TOKEN)].map(({ groups, 0: found, index }) => {
    const [kind] = Object.entries(groups).find(([, value]) => value !== undefined);
    return { kind: kind === "name" ? kindOfName(text, found, index) : kind, text: found };
  });
}

function kindOfName(text, name, index) {
  const after = text.slice(index + name.length).match(/^\s*(.)/s)?.[1];
  if (text[index - 1] !== "." && WORDS.has(name.toLowerCase())) return "word";
  return after === "(" ? "call" : "name";
}

/** A query in colour, to be read: the children of a `<code>`. `fault` is a span `[from, to]` of it, in UTF-16 units. */
export function coloured(text, fault) {
  const parts = [];
  let at = 0;
  for (const { kind, text: found } of tokens(text)) {
    const wrong = fault && at < fault[1] && at + found.length > fault[0];
    if (wrong) {
      const from = Math.max(0, fault[0] - at);
      const to = Math.min(found.length, fault[1] - at);
      parts.push(found.slice(0, from), h("span.fault", found.slice(from, to)), found.slice(to));
    } else parts.push(kind === "space" || kind === "other" ? found : h(`span.${kind}`, found));
    at += found.length;
  }
  return parts;
}

/** Where a fault told by line and column (1-based, in characters) is in the text: at least one character of it. */
export function place(text, { line, column }) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0);
  const row = [...(lines[line - 1] ?? "")];
  const from = Math.min(before + row.slice(0, column - 1).join("").length, text.length);
  const word = /^(?:[\p{L}\p{N}_]+|[=<>!&|]+|.)/su.exec(text.slice(from))?.[0] ?? " ";
  return from >= text.length ? [Math.max(0, text.length - 1), text.length] : [from, from + word.length];
}

/** An editor: `{element, value, focus(), show(text)}`. `policy()` answers the merge policy to count under; `judged` is told
 *  `{count, of}`, `{fault}` or null (while it is not known) at each change. */
export function pqlEditor({ value = "", label = "Expression in PQL", policy = () => "", judged = () => {}, id = "pql" }) {
  const mirror = h("pre.mirror", { ariaHidden: "true" });
  const area = h("textarea", { id, spellcheck: "false", autocomplete: "off", autocapitalize: "off", rows: "3", ariaLabel: label,
    "aria-describedby": `${id}-verdict`, "aria-multiline": "true" });
  const verdict = h("p.verdict", { id: `${id}-verdict`, role: "status" });
  const element = h("div.pql-editor", h("div.paper", mirror, area), verdict);
  let timer = 0;
  let asking = null;

  function paint(fault) {
    fill(mirror, coloured(area.value, fault), "\n");
    if (fault) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
  }

  async function judge() {
    asking?.abort();
    const expression = area.value;
    if (!expression.trim()) return say(null, h("span.hint", "Write a query, such as ", h("code", 'homeAddress.country = "US"')));
    asking = new AbortController();
    try {
      const body = { expression, format: "pql/text", ...(policy() ? { mergePolicyId: policy() } : {}) };
      const found = await control("POST", "/count", body, undefined, asking.signal);
      paint(found.error ? place(expression, found.error) : null);
      if (!found.error) return say(found, meter(found));
      const { message, line, column } = found.error;
      return say({ fault: found.error }, h("span.bad", h("b", `Line ${line}, column ${column}:`), " ", message));
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      return say(null, h("span.bad", error instanceof Refused ? error.message : "Nobody answers: does the emulator still run?"));
    }
  }

  function say(judgement, ...words) {
    element.classList.remove("waiting");
    fill(verdict, words);
    judged(judgement);
  }

  area.addEventListener("input", () => {
    paint(null);
    element.classList.add("waiting");
    judged(null);
    clearTimeout(timer);
    asking?.abort();
    timer = setTimeout(judge, PAUSE);
  });

  function show(text) {
    area.value = text;
    paint(null);
    judge();
  }

  show(value);
  return { element, area, show, again: judge, focus: () => area.focus(), get value() { return area.value; } };
}

function meter({ count: found, of }) {
  return [
    h("b.counted", number(found)), ` of ${count(of, "profile")} `, h("span.share", percent(found, of)),
    h("meter", { min: "0", max: String(of || 1), value: String(found), ariaLabel: `${found} of ${of} profiles` }),
  ];
}
