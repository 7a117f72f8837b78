// Why a query gave its result: the tree of POST /_emulator/explain, with the parts that decided marked by shape and word.

import { h } from "./dom.js";
import { count } from "./format.js";

/** Whether a value counts as true in PQL: all but null, false and the empty list. */
export const truth = (value) => value !== null && value !== undefined && value !== false && !(Array.isArray(value) && !value.length);

/** What joins the children of a node: "and", "or", "not", or null for anything else. */
export function connective(node) {
  const below = node.children ?? [];
  if (!below.length || node.iterations) return null;
  const gap = below.length > 1 ? between(node, below[0], below[1]) : before(node, below[0]);
  const word = gap.replace(/[()\s]/g, "").toLowerCase();
  if (below.length > 1) return word === "and" || word === "or" ? word : null;
  return word === "not" || word === "!" ? "not" : null;
}

function between(node, one, other) {
  if (node.span) return node.text.slice(one.span[1] - node.span[0], other.span[0] - node.span[0]);
  const from = node.text.indexOf(one.text) + one.text.length;
  return node.text.slice(from, node.text.indexOf(other.text, from));
}

function before(node, child) {
  return node.text.slice(0, node.span ? child.span[0] - node.span[0] : node.text.indexOf(child.text));
}

/** Whether a child alone accounts for what its node came to: those of a conjunction or disjunction with its truth do. */
function decides(node, child) {
  if (child.evaluated === false) return false;
  const kind = connective(node);
  return kind === "not" || (kind !== null && truth(child.value) === truth(node.value));
}

const CONSTANT = /^(?:-?\d[\d.eE+-]*|true|false|null|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\])$/is;

/** The tree, as a list of lists; what decided is open. */
export function explainTree(tree) {
  return h("ul.why", { ariaLabel: "The query, part by part" }, branch(tree, true));
}

function branch(node, deciding) {
  const kind = connective(node);
  const below = node.children ?? [];
  const facts = kind ? [] : below.filter((each) => !CONSTANT.test(each.text) && each.text !== node.text);
  const parts = kind ? below.map((each) => branch(each, deciding && decides(node, each))) : facts.map(fact);
  const loops = (node.iterations ?? []).map((each) => loop(each, deciding));
  const state = node.evaluated === false ? "skipped" : truth(node.value) ? "yes" : "no";
  const line = [mark(state), kind ? [h("b.connective", kind), " ", h("span.aside", sentence(kind, node))] : h("code", node.text),
    kind || node.evaluated === false || typeof node.value === "boolean" ? null : h("span.value", shown(node)),
    deciding && h("b.decides", "decides")];
  const inner = [...parts, ...loops];
  return h("li", { class: `node ${state}${deciding ? " deciding" : ""}` },
    inner.length ? h("details", { open: kind !== null || deciding }, h("summary", line), h("ul", inner)) : h("div.line", line));
}

function sentence(kind, node) {
  const parts = node.children.length;
  const held = node.children.filter((each) => each.evaluated !== false && truth(each.value)).length;
  if (kind === "not") return truth(node.value) ? "what follows is not so" : "what follows is so";
  if (kind === "and") return truth(node.value) ? `all ${parts} hold` : `one of ${parts} does not hold`;
  return truth(node.value) ? `${held} of ${parts} holds, which is enough` : `none of ${parts} holds`;
}

const WORDS = { yes: "holds", no: "does not hold", skipped: "not needed" };

function mark(state) {
  return h("span.mark", { class: state }, h("i", { ariaHidden: "true" }), h("span", WORDS[state]));
}

function fact(node) {
  if (node.evaluated === false) return h("li.fact", h("code", node.text), h("span.aside", "not needed"));
  const inner = (node.children ?? []).filter((each) => !CONSTANT.test(each.text)).map(fact);
  const loops = (node.iterations ?? []).map((each) => loop(each, false));
  return h("li.fact", h("code", node.text), h("span.aside", "is"), shown(node), inner.length + loops.length > 0 && h("ul", inner, loops));
}

function shown({ value, length }) {
  if (value === null) return h("span.nothing", "nothing (null)");
  const all = length ?? (Array.isArray(value) ? value.length : 0);
  const text = JSON.stringify(value);
  if (text.length <= 60) return h("code.value", text);
  const words = Array.isArray(value) ? count(all, "element") : "an object";
  return h("details.more", h("summary", words), h("pre.json", { tabindex: "0", role: "region", ariaLabel: `The ${words}` }, JSON.stringify(value, null, 2)));
}

function loop(each, deciding) {
  const held = each.elements.filter((one) => truth(one.value)).length;
  const words = each.count === each.elements.length ? `holds for ${held} of ${count(each.count, "element")}` : `asked of ${count(each.count, "element")}`;
  return h("li.loop", h("details", { open: deciding },
    h("summary", h("span.each", "each"), h("code", each.text), h("span.aside", words)),
    h("ol", each.elements.map((one) => element(one, each, deciding)))));
}

function element(one, { decided }, deciding) {
  const chosen = deciding && decided === one.index;
  const state = truth(one.value) ? "yes" : "no";
  return h("li", { class: `node ${state}${chosen ? " deciding" : ""}`, value: one.index + 1 },
    h("details", { open: chosen }, h("summary", mark(state), h("code", label(one.element)), chosen && h("b.decides", "decides")),
      h("ul", (one.children ?? []).map((child) => branch(child, chosen)), (one.iterations ?? []).map((below) => loop(below, chosen)))));
}

function label(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const words = [value.eventType, value.timestamp?.replace("T", " ").slice(0, 16), value.name ?? value.SKU].filter(Boolean);
  return words.length ? words.join(" · ") : JSON.stringify(value).slice(0, 80);
}
