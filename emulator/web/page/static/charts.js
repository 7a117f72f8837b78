// Charts as inline SVG, drawn at the width they have: audience sizes as a line, what each run did as bars, events in time.

import { h, svg } from "./dom.js";
import { day, dayAndTime, instant, ms, number } from "./format.js";

/** Less width than this, in px, is what a figure has while it is not seen: nothing is drawn. */
const NARROWEST = 160;

/** A figure whose drawing is made for its width, and again when that changes. `draw(width)` answers an SVG element. */
function figure(kind, caption, draw, ...rest) {
  const canvas = h("div.canvas");
  const element = h(`figure.chart.${kind}`, h("figcaption", caption), canvas, rest);
  let drawn = 0;
  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.round(contentRect.width);
    if (width < NARROWEST || width === drawn) return;
    drawn = width;
    canvas.replaceChildren(draw(width));
  }).observe(canvas);
  return element;
}

/** Round numbers from 0 to at least `most`, three or four of them. */
export function ticks(most) {
  if (most <= 1) return [0, 1];
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((each) => each * power >= rough) * power);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

const SHAPES = { realized: "new members", existing: "stayed", exited: "left" };

/** What the last runs made of a segment: its size as a line, and beneath it who came, stayed and left, a bar a run. */
export function runsChart(runs, { linkOf = () => null } = {}) {
  const legend = h("ul.legend", Object.entries(SHAPES).map(([kind, words]) =>
    h("li", h("i", { class: kind, ariaHidden: "true" }), h("b", kind), " ", words)));
  const caption = ["Audience size, the last ", runs.length === 1 ? "run" : `${number(runs.length)} runs`];
  return figure("runs", caption, (width) => drawRuns(runs, width, linkOf), legend);
}

function drawRuns(runs, width, linkOf) {
  const left = 38;
  const right = 44;
  const [top, line, gap, bars, foot] = [10, 88, 22, 92, 20];
  const height = top + line + gap + bars + foot;
  const slot = (width - left - right) / Math.max(runs.length, 6);
  const x = (index) => left + slot * (index + 0.5);
  const scale = ticks(Math.max(...runs.map((each) => each.size), 1));
  const most = scale.at(-1);
  const y = (value) => top + line * (1 - value / most);
  const above = Math.max(...runs.map((each) => each.realized + each.existing), 1);
  const below = Math.max(...runs.map((each) => each.exited), 0);
  const unit = bars / (above + below || 1);
  const zero = top + line + gap + above * unit;
  const points = runs.map((each, index) => `${x(index).toFixed(1)},${y(each.size).toFixed(1)}`);
  const thick = Math.max(2, Math.min(28, slot * 0.62));
  const every = Math.ceil(64 / slot);
  const last = runs.length - 1;
  const bar = (kind, index, from, size) =>
    size > 0 && svg(`rect.${kind}`, { x: x(index) - thick / 2, width: thick, y: from, height: Math.max(1, size * unit - 1), rx: 2 });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group",
    "aria-label": `Size of the audience over ${runs.length} runs, now ${runs.at(-1).size}` },
    scale.map((each) => svg("g.tick", svg("line", { x1: left, x2: width - right, y1: y(each), y2: y(each) }),
      svg("text", { x: left - 7, y: y(each) + 4, "text-anchor": "end" }, number(each)))),
    svg("path.area", { d: `M${points[0]} L${points.join(" ")} L${x(last)},${y(0)} L${x(0)},${y(0)}Z` }),
    svg("polyline.line", { points: points.join(" ") }),
    svg("line.zero", { x1: left, x2: width - right, y1: zero, y2: zero }),
    runs.map((each, index) => {
      const words = `${dayAndTime(each.at)}: ${number(each.size)} in it; ${number(each.realized)} realized, ` +
        `${number(each.existing)} existing, ${number(each.exited)} exited`;
      const href = linkOf(each);
      return svg(href ? "a.run" : "g.run", href ? { href, "aria-label": words } : {}, svg("title", words),
        svg("rect.hit", { x: x(index) - slot / 2, width: slot, y: top, height: height - top - foot }),
        bar("existing", index, zero - each.existing * unit, each.existing),
        bar("realized", index, zero - (each.existing + each.realized) * unit, each.realized),
        bar("exited", index, zero + 1, each.exited),
        svg("circle.point", { cx: x(index), cy: y(each.size), r: index === last ? 4 : 2.5 }));
    }),
    svg("text.now", { x: x(last) + 9, y: y(runs[last].size) + 4 }, number(runs[last].size)),
    runs.map((each, index) => (last - index) % every === 0 &&
      svg("text.date", { x: x(index), y: height - 5, "text-anchor": "middle" }, day(each.at).slice(4))));
}

/** Numbers as a small line without axes, for a row of a table. */
export function spark(values, label) {
  const [width, height] = [84, 22];
  const most = Math.max(...values, 1);
  const step = (width - 6) / Math.max(values.length - 1, 1);
  const points = values.map((each, index) => `${(3 + index * step).toFixed(1)},${(height - 3 - (each / most) * (height - 6)).toFixed(1)}`);
  return svg("svg.spark", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    svg("title", label), values.length > 1 && svg("polyline.line", { points: points.join(" ") }),
    svg("circle.point", { cx: points.at(-1).split(",")[0], cy: points.at(-1).split(",")[1], r: 2.5 }));
}

/** Events on a time line, a lane for each type; `chosen(event)` is called with the one that is clicked. */
export function eventsChart(events, now, chosen) {
  const lanes = [...new Set(events.map((each) => each.eventType ?? "event"))];
  const times = events.map((each) => ms(each.timestamp));
  const first = Math.min(...times);
  const caption = `${number(events.length)} ${events.length === 1 ? "event" : "events"} since ${instant(first).slice(0, 10)}`;
  return figure("events", caption, (width) => {
    const [top, lane, foot, side] = [6, 26, 22, 10];
    const height = top + lanes.length * lane + foot;
    const end = Math.max(now, ...times);
    const x = (time) => side + ((time - first) / Math.max(1, end - first)) * (width - 2 * side - 8);
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height },
      lanes.map((name, index) => svg("g.lane", svg("line", { x1: side, x2: width - side, y1: top + lane * (index + 0.72), y2: top + lane * (index + 0.72) }),
        svg("text", { x: side, y: top + lane * index + 11 }, name))),
      svg("line.now", { x1: x(now), x2: x(now), y1: top, y2: height - foot }),
      svg("text.date", { x: side, y: height - 6 }, day(first)),
      svg("text.date", { x: width - side, y: height - 6, "text-anchor": "end" }, `now, ${day(now)}`),
      events.map((each, index) => {
        const words = `${each.eventType ?? "event"}, ${dayAndTime(each.timestamp)}`;
        const mark = svg("circle.mark", { cx: x(times[index]), cy: top + lane * (lanes.indexOf(each.eventType ?? "event") + 0.72), r: 5, tabindex: "0", role: "button",
          "aria-label": words, "data-key": `event-${index}` }, svg("title", words));
        mark.addEventListener("click", () => chosen(each, index));
        mark.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), chosen(each, index)));
        return mark;
      }));
  });
}
