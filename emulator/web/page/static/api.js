// Calls: Adobe's operations and the control plane, of one organisation and sandbox.

const told = document.body.dataset;

/** Where the visitor is. `start` is what the parameter of that name counts: "page" or "offset". */
export const place = { org: told.org, sandbox: told.sandbox, start: told.start, strict: told.strict === "true" };

export const UPS = "/data/core/ups";
export const CATALOG = "/data/foundation/catalog";
export const ACCESS = "/data/foundation/export";

let token = told.token || "page";

/** An answer that is a refusal: `status`, `body` (JSON or text), `request` as sent; its message says what was wrong. */
export class Refused extends Error {
  constructor(answer) {
    super(reason(answer));
    Object.assign(this, answer);
  }
}

function reason({ status, body, request }) {
  const said = body?.error?.message ?? body?.detail ?? body?.message ?? deepest(body);
  return said || `${request.method} ${request.path} answered ${status}`;
}

/** What the segmentation service says last, in `errors` or in its chain of codes. */
function deepest(body) {
  const errors = body?.errors ?? body?.error_chain ?? (body && typeof body === "object" ? Object.values(body) : []);
  for (const each of Object.values(errors).flat().reverse()) {
    const text = each?.message ?? each?.msg ?? each?.description;
    if (text) return text;
  }
  return body?.title;
}

/** A request as data: what is sent, shown and copied. `body` is JSON-able or absent. */
export function request(method, path, body, query) {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined || value === null || value === "" ? [] : [value].flat().map((each) => [key, each]),
  );
  const search = new URLSearchParams(pairs).toString();
  return { method, path: search ? `${path}?${search}` : path, body };
}

/** The headers that a request carries; those of Adobe's operations are the platform's own. */
export function headersOf({ path, body, form, type }) {
  const headers = { "x-gw-ims-org-id": place.org, "x-sandbox-name": place.sandbox };
  if (!path.startsWith("/_emulator/")) Object.assign(headers, { Authorization: `Bearer ${token}`, "x-api-key": "demo-page" });
  if (body !== undefined) headers["Content-Type"] = form ? "application/x-www-form-urlencoded" : type ?? "application/json";
  return headers;
}

/** Send a request; answers `{status, headers, body, request}`. Raises `Refused`, or `TypeError` when nobody answers.
 *  `extra` are headers. With `form: true` on the request the body is sent as a form. */
export async function send(request, extra = {}, signal) {
  const { method, body, form } = request;
  const sent = body === undefined ? undefined : form ? new URLSearchParams(body).toString() : JSON.stringify(body);
  const go = () => fetch(request.path, { method, body: sent, signal, headers: { ...headersOf(request), ...extra } });
  let response = await go();
  if (response.status === 401 && place.strict && !request.path.startsWith("/ims/")) {
    await renew();
    response = await go();
  }
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, body: read(text), request };
  if (!response.ok) throw new Refused(answer);
  return answer;
}

async function renew() {
  const body = { grant_type: "client_credentials", client_id: "demo-page", client_secret: "page", scope: "openid" };
  const { body: issued } = await send({ method: "POST", path: "/ims/token/v3", body, form: true });
  token = issued.access_token;
}

function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}

/** Look at an operation of Adobe's: the answer as usual, and no trace of it. Answers the JSON body. */
export async function observe(path, query, signal) {
  return (await send(request("GET", path, undefined, query), { "x-emulator-observe": "true" }, signal)).body;
}

/** Call the control plane: `control("POST", "/clock", {advance: 3600})`. Answers the JSON body. */
export async function control(method, path, body, query, signal) {
  return (await send(request(method, `/_emulator${path}`, body, query), {}, signal)).body;
}

/** A request as a line for a POSIX shell. */
export function curl(request) {
  const words = ["curl", "-sS"];
  if (request.method !== (request.body === undefined ? "GET" : "POST")) words.push("-X", request.method);
  words.push(quoted(location.origin + request.path));
  for (const [name, value] of Object.entries(headersOf(request))) words.push("-H", quoted(`${name}: ${value}`));
  if (request.body !== undefined) {
    words.push("--data-raw", quoted(request.form ? new URLSearchParams(request.body).toString() : JSON.stringify(request.body)));
  }
  return words.join(" ");
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
