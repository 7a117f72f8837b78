// What lives: the clock of the organisation and what there is, asked for while the page is seen.

import { control, place } from "./api.js";
import { ms } from "./format.js";

const changed = new Set();
const ticked = new Set();
const moved = new Set();
let reading = { now: Number(document.body.dataset.now), rate: Number(document.body.dataset.rate), taken: performance.now() };
let known = "";
let timer = 0;

/** The last answer of /_emulator/overview; null before the first. */
export let overview = null;

let course = null;

/** The answer of /_emulator/timeline as things are: asked for once, however many want it. */
export function timeline() {
  course ??= control("GET", "/timeline", undefined, { sandbox: place.sandbox, limit: 300 }).catch((error) => {
    course = null;
    throw error;
  });
  return course;
}

/** Virtual seconds per real second. */
export const rate = () => reading.rate;

/** The instant (epoch ms) that the clock reads, carried on between two answers. */
export const now = () => reading.now + reading.rate * (performance.now() - reading.taken);

/** Call `watcher(overview)` when anything but the time has changed, and at once when something is known already. */
export function onChange(watcher) {
  changed.add(watcher);
  if (overview) watcher(overview);
}

/** Call `watcher(now)` a few times a second while time runs, and after each answer. */
export const onTick = (watcher) => void ticked.add(watcher);

/** Call `watcher({before, now, events})` after the visitor has moved the clock. */
export const onMove = (watcher) => void moved.add(watcher);

function take(answer) {
  reading = { now: ms(answer.now), rate: answer.rate, taken: performance.now() };
}

/** Ask now; who watches is told. After an action of the visitor's, `await refresh()`. */
export async function refresh() {
  clearTimeout(timer);
  try {
    const answer = await control("GET", "/overview", undefined, { sandbox: place.sandbox });
    take(answer);
    document.body.classList.remove("lost");
    const { now: _, ...rest } = answer;
    const text = JSON.stringify(rest);
    overview = answer;
    if (text !== known) {
      known = text;
      course = null;
      for (const watcher of changed) watcher(answer);
    }
    for (const watcher of ticked) watcher(now());
  } catch (error) {
    document.body.classList.add("lost");
    if (!(error instanceof TypeError)) console.warn(error.message);
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, reading.rate ? 1000 : 2000);
}

/** Move the clock: the body of POST /_emulator/clock. Answers what happened on the way. Raises `Refused`. */
export async function move(body) {
  const before = now();
  const answer = await control("POST", "/clock", body);
  take(answer);
  for (const watcher of moved) watcher({ before, now: ms(answer.now), events: answer.events, body });
  await refresh();
  return answer;
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));

setInterval(() => {
  if (reading.rate && !document.hidden) for (const watcher of ticked) watcher(now());
}, 250);
