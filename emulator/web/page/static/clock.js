// The clock's controls: what it reads, its pace, and the moves that take it on.

import { $, fill, h } from "./dom.js";
import { instant, number } from "./format.js";
import { move, now, onChange, onTick, overview, rate } from "./live.js";
import { button, carryOut } from "./widgets.js";

const PACES = [0, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400];
const WORDS = { 0: "frozen", 1: "real time", 60: "a minute a second", 3600: "an hour a second", 86400: "a day a second" };

const clock = $("#clock");
if (clock) build();

function build() {
  const time = h("time");
  const pause = button("", { kind: "small", key: "pause" }, () => move({ rate: rate() ? 0 : last }));
  const slider = h("input", { type: "range", min: 0, max: PACES.length - 1, step: 1, id: "rate", ariaLabel: "Rate: how fast the clock runs",
    oninput: () => (said.textContent = words(PACES[slider.value])),
    onchange: () => carryOut(pause, () => move({ rate: PACES[slider.value] })) });
  const said = h("output", { for: "rate" });
  const next = button("Next event", { kind: "small", key: "next", title: 'POST /_emulator/clock {"to_next_event": true} – key n' }, () => move({ to_next_event: true }));
  const by = (text, advance, key) => button(text, { kind: "small", key, title: `POST /_emulator/clock {"advance": "${advance}"} – key ${key}` }, () => move({ advance }));
  let last = 1;

  fill(clock,
    h("div.pace", pause, slider, said),
    h("div.reading", h("span.pulse", { ariaHidden: "true" }), time, h("abbr", { title: "Coordinated Universal Time" }, "UTC")),
    h("div.moves", next, h("div.group", { role: "group", ariaLabel: "Advance the clock" }, by("+1 min", "PT1M", "m"), by("+1 h", "PT1H", "h"), by("+1 day", "P1D", "d"))));

  const read = (at) => {
    time.textContent = instant(at);
    time.dateTime = new Date(at).toISOString();
  };
  const paced = () => {
    if (rate()) last = rate();
    document.body.classList.toggle("running", rate() > 0);
    pause.textContent = rate() ? "Pause" : "Run";
    pause.title = rate() ? "Freeze the clock (p)" : `Let the clock run: ${words(last)} (p)`;
    if (document.activeElement !== slider) slider.value = nearest(rate());
    slider.setAttribute("aria-valuetext", words(rate()));
    said.textContent = words(rate());
    next.disabled = overview !== null && !overview.next.length;
  };
  read(now());
  paced();
  onTick((at) => { read(at); paced(); });
  onChange(paced);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=range]), textarea, select, dialog")) return;
    const wanted = { p: pause, n: next, m: $("[data-key=m]", clock), h: $("[data-key=h]", clock), d: $("[data-key=d]", clock) }[event.key];
    if (wanted && !document.body.dataset.going) wanted.click();
  });
}

function words(pace) {
  return WORDS[pace] ?? `${number(pace)} s a second`;
}

function nearest(pace) {
  return PACES.reduce((best, each, index) => (Math.abs(each - pace) < Math.abs(PACES[best] - pace) ? index : best), 0);
}
