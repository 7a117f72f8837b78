// Data: datasets, the batches in them, their files, and the rows as a table.

import { ACCESS, CATALOG, control, headersOf, observe, Refused, request, UPS } from "./api.js";
import { $, fill, h } from "./dom.js";
import { count, dayAndTime, number, short } from "./format.js";
import { onChange } from "./live.js";
import { go, link, onNavigate, parameters } from "./url.js";
import { act, button, carryOut, empty, field, idOf, json, pane, requestCard, statusOf, table, timeOf } from "./widgets.js";

const ROWS = 25;
const BATCHES = 20;
const DATASETS = 100;
const COLUMNS = 8;

let definitions = [];
let policies = [];
let shown = "";

// -- the list

async function showList() {
  const from = Number(parameters().from) || 0;
  const datasets = Object.entries(await observe(`${CATALOG}/dataSets`, { limit: DATASETS, start: from }));
  if (!datasets.length) {
    fill($("#list"), empty("No dataset yet", "A dataset is where an export puts its rows.", makeOne()));
    return;
  }
  const current = parameters().id;
  fill($("#list"), table("Datasets", [["Name", "wide"], ["Format"], ["Last batch"], ["Changed"]], datasets.map(([id, each]) => ({
    key: id, current: id === current, href: link(undefined, { id, from: from || null }),
    cells: [each.name, formatOf(each), each.lastBatchStatus ? statusOf(each.lastBatchStatus) : h("span.muted", "–"), timeOf(each.updated, dayAndTime(each.updated))],
  }))),
  h("div.pager", count(datasets.length, "dataset"), h("span.actions",
    from > 0 && button("Before", { kind: "ghost", key: "before" }, () => go({ from: Math.max(0, from - DATASETS) || null })),
    datasets.length === DATASETS && button("More", { kind: "ghost", key: "more" }, () => go({ from: from + DATASETS })))));
}

const formatOf = ({ fileDescription }) => (fileDescription?.format === "json" ? "JSON lines" : "Parquet");

// -- one dataset

async function showDetail() {
  const { id, batch, file, row = "0", older = "0" } = parameters();
  if (!id && batch) return go({ id: await datasetOf(batch) }, { replace: true });
  if (!id) { shown = ""; return pane("", null); }
  let dataset;
  let batches;
  try {
    [dataset, batches] = await Promise.all([
      observe(`${CATALOG}/dataSets/${encodeURIComponent(id)}`),
      observe(`${CATALOG}/batches`, { dataSet: id, limit: BATCHES + 1, start: Number(older) || 0, orderBy: "desc:created" }),
    ]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    shown = "";
    return pane("Not there", empty("There is no such dataset", error.message));
  }
  dataset = dataset[id];
  const listed = Object.entries(batches).slice(0, BATCHES);
  const chosen = batch ?? listed.find(([, each]) => each.status === "success")?.[0];
  const files = chosen ? await filesOf(chosen) : [];
  const opened = files.find((each) => each.dataSetFileId === file) ?? files[0];
  const page = opened ? await rowsOf(opened.dataSetFileId, Number(row) || 0) : null;
  const state = JSON.stringify([dataset, listed, files, page, chosen]);
  if (state === shown) return undefined;
  shown = state;
  return pane(dataset.name, h("div.stack",
    dataset.description && h("p.muted", dataset.description),
    exportForm(id, listed.length === 0),
    listed.length > 0 && h("section", h("h3", "Batches"), batchTable(listed, chosen, Number(older) || 0, Object.keys(batches).length > BATCHES)),
    chosen && h("section", { id: "rows" }, h("h3", "Rows of batch ", idOf(chosen)), files.length ? [fileBar(files, opened), rowsPart(page, opened)]
      : h("p.muted", "This batch holds no file: the export found nobody.")),
    requestCard(request("GET", `${CATALOG}/dataSets/${id}`), { title: "The dataset as AEP answers it", open: false }), json(dataset, { label: "Dataset" })));
}

/** The dataset that a batch belongs to; a link to rows may name the batch alone. */
async function datasetOf(batch) {
  const found = await observe(`${CATALOG}/batches/${encodeURIComponent(batch)}`);
  return found[batch].relatedObjects.find((each) => each.type === "dataSet")?.id ?? "none";
}

async function filesOf(batch) {
  try {
    return (await observe(`${ACCESS}/batches/${encodeURIComponent(batch)}/files`, { limit: 100 })).data;
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

async function rowsOf(file, start) {
  try {
    return { start, ...(await control("GET", `/files/${encodeURIComponent(file)}/rows`, undefined, { start, limit: ROWS })) };
  } catch (error) {
    if (error instanceof Refused) return { start, rows: [], total: 0, refused: error.message };
    throw error;
  }
}

function batchTable(listed, chosen, older, hasMore) {
  return [table("Batches", [["Batch"], ["Status"], ["Rows", "num"], ["Size", "num"], ["Made", "wide"]], listed.map(([id, each]) => ({
    key: id, current: id === chosen, href: link(undefined, { ...parameters(), batch: id, file: null, row: null }),
    cells: [h("code", { title: id }, short(id)), statusOf(each.status), number(each.recordCount ?? 0), bytes(each.size ?? 0), timeOf(each.created, dayAndTime(each.created))],
  }))),
  (older > 0 || hasMore) && h("div.pager", "", h("span.actions",
    older > 0 && button("Newer", { kind: "ghost", key: "newer-batches" }, () => go({ older: Math.max(0, older - BATCHES) || null })),
    hasMore && button("Older", { kind: "ghost", key: "older-batches" }, () => go({ older: older + BATCHES }))))];
}

function bytes(size) {
  if (size < 1024) return `${size} B`;
  return size < 1048576 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1048576).toFixed(1)} MB`;
}

function fileBar(files, opened) {
  return h("div.actions.files",
    files.length > 1 && h("label.field.inline", h("span", "File"), h("select", { id: "file", onchange: (event) => go({ file: event.target.value, row: null }) },
      files.map((each, index) => h("option", { value: each.dataSetFileId, selected: each === opened }, `${index + 1} of ${files.length}`)))),
    h("span.muted", `${count(Number(opened.records), "row")}, ${bytes(Number(opened.size))}`),
    button("Download", { kind: "small", key: "download" }, () => download(opened)));
}

/** Save a file as Data Access serves it: its bytes, by the link that its entry carries. */
async function download(file) {
  const { data: [entry] } = await observe(`${ACCESS}/files/${file.dataSetFileId}`);
  const wanted = { method: "GET", path: `${ACCESS}/files/${file.dataSetFileId}?path=${encodeURIComponent(entry.name)}` };
  const response = await fetch(wanted.path, { headers: headersOf(wanted) });
  if (!response.ok) throw new Refused({ status: response.status, body: await response.text(), request: wanted });
  const url = URL.createObjectURL(await response.blob());
  h("a", { href: url, download: entry.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function rowsPart({ rows, total, start, refused }, file) {
  if (refused) return h("p.bad", refused);
  const paths = columnsOf(rows);
  const seen = paths.slice(0, COLUMNS);
  const from = request("GET", `${ACCESS}/files/${file.dataSetFileId}`);
  return [
    table("Rows", [["", "num"], ...seen.map((path) => [path.join(".")])], rows.map((row, index) => [
      h("span.muted", number(start + index + 1)), ...seen.map((path) => cell(at(row, path)))])),
    h("div.pager", `${number(start + 1)}–${number(start + rows.length)} of ${number(total)}${paths.length > seen.length ? `, ${seen.length} of ${paths.length} columns` : ""}`,
      h("span.actions",
        start > 0 && button("Before", { kind: "ghost", key: "rows-before" }, () => go({ row: Math.max(0, start - ROWS) || null })),
        start + rows.length < total && button("More", { kind: "ghost", key: "rows-more" }, () => go({ row: start + ROWS })))),
    h("details.samples", h("summary", "The rows as JSON"), json(rows, { label: "Rows" })),
    requestCard(from, { title: "The file in Data Access", open: false })];
}

const at = (row, path) => path.reduce((value, name) => value?.[name], row);

/** The columns that hold the rows: the paths of all that is not an object; the keys of maps are data, not columns. Those
 *  of plain values come first. */
function columnsOf(rows) {
  const paths = new Map();
  const walk = (value, path) => {
    for (const [name, each] of Object.entries(value)) {
      const below = [...path, name];
      const isObject = each !== null && typeof each === "object" && !Array.isArray(each);
      if (isObject && !["identityMap", "segmentMembership"].includes(name)) walk(each, below);
      else if (each !== null) paths.set(below.join("\u0000"), below);
    }
  };
  for (const row of rows) walk(row, []);
  const isPlain = (path) => rows.every((row) => typeof (at(row, path) ?? "") !== "object");
  return [...paths.values()].sort((one, other) => isPlain(other) - isPlain(one));
}

function cell(value) {
  if (value === undefined || value === null) return h("span.muted", "–");
  if (typeof value !== "object") return String(value);
  const words = Array.isArray(value) ? value.map((each) => each?.id ?? each) : Object.entries(value).map(([key, each]) => `${key}: ${gist(each)}`);
  return h("span", { title: JSON.stringify(value) }, words.map((each) => (typeof each === "object" ? JSON.stringify(each) : each)).join(", "));
}

const gist = (value) => (Array.isArray(value) ? value.map((each) => each?.id ?? JSON.stringify(each)).join(" ") : count(Object.keys(value ?? {}).length, "segment"));

// -- export

function exportForm(datasetId, open) {
  const segment = h("select", { id: "export-segment" }, definitions.map((each) => h("option", { value: each.id }, each.name)));
  const fields = h("input", { id: "export-fields", value: "identities.id,personalEmail.address,homeAddress.country", spellcheck: "false" });
  const asked = () => {
    const definition = definitions.find((each) => each.id === segment.value);
    const policy = policies.find((each) => each.id === definition?.mergePolicyId);
    return request("POST", `${UPS}/export/jobs`, {
      fields: fields.value, mergePolicy: { id: policy?.id ?? definition?.mergePolicyId, version: policy?.version ?? 1 },
      filter: { segments: [{ segmentId: segment.value, segmentNs: "ups" }] },
      destination: { datasetId, segmentPerBatch: false }, schema: { name: "_xdm.context.profile" } });
  };
  const card = requestCard(asked(), { title: "The request", open: false });
  const start = h("button.primary", { type: "submit", data: { key: "export" } }, "Export");
  const form = h("form.stack", { oninput: () => card.show(asked()), onsubmit: (event) => {
    event.preventDefault();
    act(start, asked(), ({ body }) => `Export job ${body.id} has begun; move the clock until it has succeeded.`);
  } }, h("div.row-fields", field("Members of", segment), field("Fields", fields), start), card);
  return h("details.card.fold", { open }, h("summary", h("h3", "Export a segment into this dataset")), form);
}

function makeOne() {
  const body = { name: "Segment Export", schemaRef: { id: "https://ns.adobe.com/xdm/context/profile__union", contentType: "application/vnd.adobe.xed+json;version=1" },
    fileDescription: { persisted: true, containerFormat: "json", format: "json" } };
  return button("Make a dataset", { kind: "primary", key: "make" }, () => act(null, request("POST", `${CATALOG}/dataSets`, body), "The dataset is made."));
}

// -- together

async function show() {
  await Promise.all([showList(), showDetail()]);
}

await carryOut(null, async () => {
  const [listed, stored] = await Promise.all([observe(`${UPS}/config/mergePolicies`, { limit: 100 }), observe(`${UPS}/segment/definitions`, { limit: 200 })]);
  policies = listed.children ?? [];
  definitions = stored.segments;
  onNavigate(show);
  onChange(show);
  await show();
});
