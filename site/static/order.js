// An order's page checks itself as it opens, then asks the site's log whether it still is the latest word: with
// live.js and newest.js, fetched once they are needed. Needs verify.js, verdict.js and the words.
(() => {
"use strict";
const { judge, load, made, outdated, say, tell, told, timelineOf, trustOf, unreadable } = mingdan;
const parts = ["brief", "verdict", "steps", "live", "download"];
const [brief, box, steps, live, download] = parts.map((id) => document.getElementById(id));
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
  tell(verdict, box, steps);
  const { title, text } = told(verdict), time = verdict.steps[5]?.asOf;
  if (verdict.state === "failed" || verdict.state === "other") loud(title, text);
  brief.dataset.state = verdict.state;
  const line = time ? say("brief", { title: title.join(""), time }) : title;
  brief.replaceChildren(made("a", { href: "#check" }, ...line));
}

function offer(timeline) {
  const name = timeline.stream.replace(/.*\//, "").slice(0, 8);
  download.addEventListener("click", async () => {
    if (!mingdan.print) await load("tlog_proof.js");
    const href = URL.createObjectURL(new Blob([mingdan.print(timeline)], { type: "text/plain" }));
    made("a", { href, download: `${name}.tlog-proof` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  });
  download.hidden = false;
}

async function look(timeline, trust, verdict) {
  live.replaceChildren(...say("live.asking"));
  await Promise.all(["live.js", "newest.js"].map(load));
  if (mingdan.look && mingdan.refresh) {
    if (await mingdan.look(timeline, trust, verdict, live, loud)) announce(outdated(verdict));
  } else live.replaceChildren(...say("live.unread", { why: say("live.away").join("") }));
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
  announce(verdict);
  if (["verified", "stale", "few"].includes(verdict.state))
    if (overHttp) await look(timeline, trust, verdict);
    else live.replaceChildren(...say("live.offline"));
  if (verdict.step !== 0 || verdict.ok === null) offer(timeline); // what does not parse is no file either
}
check();
})();
