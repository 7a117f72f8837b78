// Parts that every panel uses: ids, statuses, JSON, requests, messages, the pane beside a list.

import { curl, Refused, send } from "./api.js";
import { $, fill, h, svg } from "./dom.js";
import { instant, ms, short } from "./format.js";
import { refresh } from "./live.js";
import { go } from "./url.js";

// -- messages

/** Say something for a while; `kind` is "good", "bad" or "plain". Read out by screen readers. */
export function say(text, kind = "plain") {
  const message = h("p.message", { class: kind }, text);
  $("#messages").append(message);
  setTimeout(() => message.remove(), kind === "bad" ? 9000 : 4000);
}

/** Carry out what a control asks for: busy meanwhile, and a refusal is said. Answers what `work` does, or undefined. */
export async function carryOut(button, work) {
  if (button?.getAttribute("aria-busy") === "true") return undefined;
  button?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    say(error instanceof TypeError ? "Nobody answers: does the emulator still run?" : error.message, "bad");
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** Copy text, and say so. */
export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    say(what, "good");
  } catch {
    say("The browser does not let this page copy.", "bad");
  }
}

// -- small parts

/** An id: eight characters of it, the whole on hover, a click copies it. */
export function idOf(id) {
  const text = String(id);
  return h("button.id", { type: "button", title: `${text} – click to copy`, ariaLabel: `Copy id ${text}`,
    onclick: (event) => { event.stopPropagation(); event.preventDefault(); copy(text, `${short(text)} copied`); } }, short(text));
}

/** A status as shape and word. */
export function statusOf(status) {
  return h("span.status", { data: { status } }, h("i", { ariaHidden: "true" }), status.toLowerCase().replaceAll("_", " "));
}

/** An instant in words, exact on hover. */
export function timeOf(value, words) {
  const exact = new Date(ms(value)).toISOString();
  return h("time", { datetime: exact, title: exact }, words ?? instant(value));
}

/** A button: `button("Start", {kind: "primary", key: "start"}, (event) => ...)`. A handler that is async makes it busy
 *  meanwhile, and a refusal is said. */
export function button(text, { kind = "", key, title, ...rest } = {}, work) {
  const made = h("button", { type: work ? "button" : "submit", class: kind, title, data: key ? { key } : {}, ...rest,
    onclick: work && ((event) => carryOut(made, () => work(event))) }, text);
  return made;
}

/** A labelled field of a form: `field("Name", h("input", {name: "name"}), "said below")`. */
export function field(label, control, hint) {
  return h("label.field", h("span", label), control, hint && h("small", hint));
}

/** What there is to say when there is nothing: a sentence and what to do next. */
export function empty(title, text, ...actions) {
  return h("div.empty", svg("svg.wave", { viewBox: "0 0 64 16", ariaHidden: "true" },
    svg("path", { d: "M0 8c8 0 8-6 16-6s8 12 16 12 8-12 16-12 8 6 16 6" })), h("h2", title), h("p", text), h("div.actions", ...actions));
}

/** JSON, indented, with its strings, numbers and names told apart; `copyable` puts a button above. */
export function json(value, { copyable = true, label = "JSON" } = {}) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const code = h("pre.json", { tabindex: "0", role: "region", ariaLabel: label }, typeof value === "string" ? text : coloured(text));
  return h("div.code", copyable && h("button.ghost.copy", { type: "button", onclick: () => copy(text) }, "copy"), code);
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function coloured(text) {
  const parts = [];
  let end = 0;
  for (const match of text.slice(0, 100000).matchAll(TOKEN)) {
    parts.push(text.slice(end, match.index));
    const kind = match[1] ? (match[2] ? "name" : "text") : "number";
    parts.push(h(`span.${kind}`, match[1] ?? match[0]), match[2] ?? "");
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

// -- requests

/** A request as it is sent: method, path, body, and a button that copies it as curl. `watch` makes it follow a form:
 *  call `show(request)` on what is answered. */
export function requestCard(request, { title = "The request", open = true } = {}) {
  const card = h("details.request", { open });
  card.show = (shown) => {
    fill(card,
      h("summary", h("span", title), h("code", h("b", shown.method), " ", shown.path)),
      h("div.code", h("button.ghost.copy", { type: "button", onclick: () => copy(curl(shown), "curl line copied") }, "copy as curl"),
        h("pre.json", { tabindex: "0", role: "region", ariaLabel: "Request" },
          `${shown.method} ${shown.path}`, shown.body === undefined ? "" : ["\n\n", coloured(JSON.stringify(shown.body, null, 2))])));
    return card;
  };
  return card.show(request);
}

/** Send what a visitor asked for, say what came of it, and look again. Answers the answer (`send`), or undefined when it
 *  was refused, which is said. */
export function act(button, request, done) {
  return carryOut(button, async () => {
    const answer = await send(request);
    if (done) say(typeof done === "function" ? done(answer) : done, "good");
    await refresh();
    return answer;
  });
}

// -- the pane beside a list

/** Show a detail beside the list; `parameter` is taken out of the URL when it is closed. Null closes. */
export function pane(title, content, parameter = "id") {
  const side = $("#detail");
  const layout = side.parentElement;
  layout.classList.toggle("open", content !== null);
  side.hidden = content === null;
  if (content === null) return fill(side);
  const close = button("Close", { kind: "ghost", key: "close-pane", ariaLabel: "Close the detail" }, () => go({ [parameter]: null }));
  return fill(side, h("header", h("h2", title), close), content);
}

/** A table: `columns` are `[heading, class?]`, `rows` arrays of cells, or `{key, cells, href, current}`. */
export function table(caption, columns, rows) {
  return h("div.scroll", { tabindex: "0", role: "region", ariaLabel: caption }, h("table", h("caption.unseen", caption),
    h("thead", h("tr", columns.map(([heading, kind]) => h("th", { scope: "col", class: kind ?? "" }, heading)))),
    h("tbody", rows.map((row) => {
      const { cells, href, current, key } = Array.isArray(row) ? { cells: row } : row;
      const made = h("tr", { data: key ? { key } : {}, ariaCurrent: current ? "true" : null, class: href ? "linked" : "" },
        cells.map((cell, index) => h("td", { class: columns[index][1] ?? "" }, index === 0 && href ? h("a.row", { href, data: { key: `row-${key}` } }, cell) : cell)));
      return made;
    }))));
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("#detail")?.hidden && !event.target.closest("dialog, input, textarea, select")) {
    $("#detail [data-key='close-pane']")?.click();
  }
});

/** Links of rows stay on the page: `go` with their parameters. */
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr.linked");
  if (!row || event.metaKey || event.ctrlKey || event.target.closest("button, input, select")) return;
  const anchor = $("a.row", row);
  if (!anchor) return;
  event.preventDefault();
  const { org, sandbox, ...wanted } = Object.fromEntries(new URL(anchor.href).searchParams);
  go(wanted);
});
