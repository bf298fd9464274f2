// An order's page checks itself as it opens, then asks the site's log whether it still is the latest word.
// Needs verify.js, verdict.js, live.js and the words.
(() => {
"use strict";
const { askingNobody, isFew, judge, made, print, refresh, say, tell, told, timelineOf, trustOf, unreadable } = mingdan;
const parts = ["brief", "verdict", "steps", "live", "download"];
const [brief, box, steps, live, download] = parts.map((id) => document.getElementById(id));
const root = new URL("..", document.currentScript.src);
const overHttp = location.protocol.startsWith("http");

function loud(title, text) {
  const told = [made("b", {}, ...title), made("p", {}, ...text), made("a", { href: "#check" }, ...say("see"))];
  const alarm = made("div", { className: "verdict", id: "alarm" }, ...told);
  alarm.setAttribute("role", "alert");
  alarm.dataset.state = "failed";
  document.getElementById("alarm")?.remove();
  document.getElementById("main").prepend(alarm);
}
function announce(verdict) {
  const { title, text } = told(verdict), time = verdict.steps[5]?.asOf;
  if (verdict.state === "failed" || verdict.state === "other") loud(title, text);
  brief.dataset.state = verdict.state;
  const line = time ? say("brief", { title: title.join(""), time }) : title;
  brief.replaceChildren(made("a", { href: "#check" }, ...line));
}

function offer(timeline) {
  const file = new Blob([print(timeline)], { type: "text/plain" });
  const name = timeline.stream.replace(/.*\//, "").slice(0, 8);
  download.addEventListener("click", () => {
    const href = URL.createObjectURL(file);
    made("a", { href, download: `${name}.tlog-proof` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  });
  download.hidden = false;
}

async function get(path) {
  const [cache, signal] = [path.endsWith("/checkpoint") ? "no-cache" : "default", AbortSignal.timeout(20_000)];
  try {
    const answer = await fetch(new URL(path, root), { cache, credentials: "omit", redirect: "error", signal });
    const page = answer.headers.get("content-type")?.startsWith("text/html"); // of a network that wants a login
    return answer.ok && !page ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null; // away: the answer `refresh` has a word for
  }
}
function reload() {
  const link = made("a", { href: location.pathname }, ...say("live.reload"));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.reload(); // which, unlike following the link, asks the site for the page again
  });
  return link;
}
// What the site's log says now, and whether its newest checkpoint lacks nothing but its quorum.
async function ask(timeline, trust, { few }) {
  let head = null;
  const pause = () => new Promise((done) => setTimeout(done, 3000));
  const read = async (path) => {
    const content = await get(path);
    if (path.endsWith("/checkpoint")) head = content;
    return content;
  };
  const found = await refresh(timeline, few ? askingNobody(trust) : trust, read, pause);
  if (!(await isFew(head, trust))) return { ...found, few: false };
  return { ...(few ? found : await refresh(timeline, askingNobody(trust), read, pause)), few: true };
}
async function look(timeline, trust, verdict) {
  live.replaceChildren(...say("live.asking"));
  const { ok, few, changed, stale, reason, asOf, why } = await ask(timeline, trust, verdict);
  const still = few ? "few" : stale ? "stale" : "latest";
  const key = ok === null ? "unread" : !ok ? "broken" : changed ? "newer" : still;
  const because = ok ? "" : say(`live.${reason ?? "away"}`, { why }).join("");
  const text = say(`live.${key}`, { time: asOf, zone: mingdan.words.zone_name, why: because });
  live.dataset.state = { broken: "failed", latest: "verified" }[key] ?? key;
  live.replaceChildren(...text, ...(changed ? [" ", reload()] : []));
  if (key === "broken") loud(say("live.title"), text.slice());
}

// Whatever goes wrong outside of this leaves the page saying that it was not checked.
async function check() {
  let timeline, trust, verdict;
  try {
    timeline = timelineOf(document);
    trust = { ...trustOf(document), now: Date.now() };
    verdict = await judge(timeline, trust, location.pathname);
  } catch (error) {
    verdict = unreadable(error);
  }
  tell(verdict, box, steps);
  announce(verdict);
  if (["verified", "stale", "few"].includes(verdict.state))
    if (overHttp) await look(timeline, trust, verdict);
    else live.replaceChildren(...say("live.offline"));
  if (verdict.step !== 0 || verdict.ok === null) offer(timeline); // what does not parse is no file either
}
check();
})();
