// Every state of the page is a URL: organisation, sandbox, and what a panel puts beside them.

import { place } from "./api.js";

const watchers = new Set();

/** The parameters of the page's URL as an object. */
export const parameters = () => Object.fromEntries(new URLSearchParams(location.search));

/** The URL of a panel (this one when absent) in this organisation and sandbox, with further parameters. The scale of the
 *  river goes along. */
export function link(panel, query = {}) {
  const path = panel === undefined ? location.pathname : panel === "overview" ? "/_emulator/" : `/_emulator/ui/${panel}`;
  const search = new URLSearchParams({ org: place.org, sandbox: place.sandbox });
  const { scale } = parameters();
  if (scale) search.set("scale", scale);
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") search.delete(key);
    else search.set(key, value);
  }
  return `${path}?${search}`;
}

/** Change parameters of this panel's URL (null or "" takes one away) and tell who watches. `replace` leaves no entry in
 *  the history: for what changes while typing. */
export function go(changes, { replace = false } = {}) {
  const { org, sandbox, ...known } = parameters();
  const url = link(undefined, { ...known, ...changes });
  if (url !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", url);
  for (const watcher of watchers) watcher(parameters());
}

/** Call `watcher` with the parameters whenever they change, by `go` or by the browser's buttons. */
export function onNavigate(watcher) {
  watchers.add(watcher);
}

addEventListener("popstate", () => watchers.forEach((watcher) => watcher(parameters())));

if (!parameters().org) history.replaceState(null, "", link(undefined, parameters()));
