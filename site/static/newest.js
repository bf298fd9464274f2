// Whether an order's page still is the latest word, asked of the site's log and told on the page. Needs verdict.js
// and, once it asks, live.js.
(() => {
"use strict";
const { askingNobody, made, open, policyOf, say, text } = mingdan;
const root = new URL("..", document.currentScript.src);

async function opens(note, { policy }) {
  try {
    return Boolean(await open(text(note), await policyOf(policy)));
  } catch {
    return false;
  }
}
// Whether these bytes are a checkpoint that is good but for its quorum.
const isFew = async (note, trust) => !(await opens(note, trust)) && opens(note, askingNobody(trust));

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
  const found = await mingdan.refresh(timeline, few ? askingNobody(trust) : trust, read, pause);
  if (!(await isFew(head, trust))) return { ...found, few: false };
  return { ...(few ? found : await mingdan.refresh(timeline, askingNobody(trust), read, pause)), few: true };
}
// Tells it where `live` stands, and answers whether the log holds newer entries.
async function look(timeline, trust, verdict, live, loud) {
  const { ok, few, changed, stale, reason, asOf, why } = await ask(timeline, trust, verdict);
  const still = few ? "few" : stale ? "stale" : "latest";
  const key = ok === null ? "unread" : !ok ? "broken" : changed ? "newer" : still;
  const because = ok ? "" : say(`live.${reason ?? "away"}`, { why }).join("");
  const text = say(`live.${key}`, { time: asOf, zone: mingdan.words.zone_name, why: because });
  live.dataset.state = { broken: "failed", latest: "verified" }[key] ?? key;
  live.replaceChildren(...text, ...(changed ? [" ", reload()] : []));
  if (key === "broken") loud(say("live.title"), text.slice());
  return key === "newer";
}
Object.assign(mingdan, { look });
})();
