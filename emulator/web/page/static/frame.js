// The frame of every panel: place, rail, clock, river, keys.

import "./clock.js";
import "./river.js";
import { control, place } from "./api.js";
import { $, fill, h } from "./dom.js";
import { number } from "./format.js";
import { onChange, refresh } from "./live.js";
import { link, onNavigate } from "./url.js";

// -- where the visitor is

const form = $(".place");
form.classList.add("live");
form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("focusin", offer, { once: true });

async function offer() {
  const { orgs } = await control("GET", "/orgs");
  fill($("#orgs"), orgs.slice(-200).map((each) => h("option", { value: each.org }, `${number(each.requests)} requests`)));
}

// -- the rail

const TALLIES = {
  segments: (counts) => [counts.definitions],
  profiles: (counts) => [counts.profiles],
  jobs: ({ segmentJobs, exportJobs }) => {
    const running = segmentJobs.running + exportJobs.running;
    return running ? [running, "hot"] : [segmentJobs.total + exportJobs.total];
  },
  schedules: (counts) => [counts.schedules.total],
  exports: (counts) => [counts.batches],
  faults: (counts) => [counts.faults.total],
  requests: (counts) => [counts.requests],
};

onChange(({ counts }) => {
  for (const tally of document.querySelectorAll("[data-tally]")) {
    const [many, kind] = TALLIES[tally.dataset.tally]?.(counts) ?? [0];
    tally.textContent = many ? brief(many) : "";
    tally.className = `tally ${kind ?? ""}`;
  }
});

function follow() {
  for (const anchor of document.querySelectorAll(".rail a[data-panel]")) anchor.href = link(anchor.dataset.panel);
}
follow();
onNavigate(follow);

function brief(many) {
  return many < 10000 ? number(many) : `${Math.round(many / 1000)}k`;
}

// -- keys: g and a letter

let going = 0;
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "g") {
    going = event.timeStamp;
    document.body.dataset.going = "true";
    setTimeout(() => delete document.body.dataset.going, 1200);
  } else if (event.timeStamp - going < 1200) {
    going = 0;
    const anchor = [...document.querySelectorAll(".rail a[data-panel]")].find((each) => each.title.includes(`(g ${event.key})`));
    if (anchor) location.href = link(anchor.dataset.panel);
  }
});

// On a narrow screen the rail is wider than the screen: the panel's own entry is seen.
$(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

if (place.org) refresh();
