// What a page carries of its order, judged by verify.js and told in the words of `mingdan.words`; nothing a page or a
// proof says becomes markup here. Needs verify.js.
(() => {
"use strict";
const { check, sha, utf8 } = mingdan;

function timelineOf(page) {
  const proof = JSON.parse(page.getElementById("proof").textContent);
  return { ...proof, entries: Array.from(page.querySelectorAll("#evidence pre"), (raw) => raw.textContent) };
}
const trustOf = (page) => JSON.parse(page.getElementById("trust").textContent);

// A page's file bears its order's handle (ledger/handle.py): another order's proof, however valid, is none for it.
const handleOf = (path) => /(?:^|\/)([a-z2-7]{26})(?:\.[\w-]+)*$/.exec(path)?.[1] ?? null;
async function streamOf(handle) {
  const digit = (char) => BigInt("abcdefghijklmnopqrstuvwxyz234567".indexOf(char));
  const drawn = Array.from(handle, digit).reduce((sum, each) => 32n * sum + each, 0n);
  if (drawn & 3n) return null; // 26 digits hold two bits more than 16 bytes
  return `order/${await sha(utf8("mingdan/handle/v1\n") + (drawn >> 2n).toString(16).padStart(32, "0"))}`;
}

// The same trust, but that no witness need have cosigned; those who did must still have signed.
const askingNobody = (trust) => {
  const asks = (line) => /^[ \t]*quorum[ \t]/.test(line);
  return { ...trust, policy: trust.policy.split("\n").map((line) => (asks(line) ? "quorum none" : line)).join("\n") };
};
// The verdict of `check`, but that a quorum which is not met hides nothing else: `few` says so, and every other step
// is checked as well. `ok` stays false.
async function checked(proof, trust) {
  const verdict = await check(proof, trust), asked = { ...verdict, few: false, whole: verdict.ok };
  if (verdict.ok !== false || verdict.step !== 1) return asked;
  const rest = await check(proof, askingNobody(trust));
  return rest.steps.length ? { ...rest, ok: false, few: true, whole: rest.ok } : asked;
}

// The verdict, and whether the file at `path` is named after this order: null where its name is no handle.
async function judge(proof, trust, path) {
  const verdict = await checked(proof, trust), handle = handleOf(path), { few, ok, stale, whole } = verdict;
  const named = handle && whole ? (await streamOf(handle)) === proof.stream : null;
  const sound = named === false ? "other" : few ? "few" : stale ? "stale" : "verified";
  return { ...verdict, handle, named, state: ok === null ? "cannot" : whole ? sound : "failed" };
}
const UNREAD = { ok: false, stale: false, step: 0, steps: [], few: false, handle: null, named: null, state: "failed" };
const unreadable = (error) => ({ ...UNREAD, why: error.message });

function made(tag, attributes, ...content) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...content);
  return element;
}
function moment(ms) {
  const at = new Date(Number(ms));
  if (Number.isNaN(at.valueOf())) return String(ms); // a time beyond the calendar
  const style = { dateStyle: "short", timeStyle: "medium", timeZone: mingdan.words.zone }; // Swedish writes ISO 8601
  return made("time", { dateTime: at.toISOString() }, new Intl.DateTimeFormat("sv", style).format(at));
}
const shown = (name, value) => (name === "time" ? moment(value) : value.toLocaleString("en"));
const say = (key, values = {}) =>
  (mingdan.words[key] ?? key).split(/\{(\w+)\}/).map((part, at) => (at % 2 ? shown(part, values[part]) : part));
const plain = (key, values) => say(key, values).join("");
const witnessed = (head, few) => plain(few ? "few.title" : head.known ? "witnesses" : "unwitnessed", head);

function found(at, { ok, few, steps, step, why, stale, newer }) {
  const held = steps[at - 1];
  if (!held) return at === step && ok === false ? ["failed", say("broken", { why })] : ["missing", say("unreached")];
  if (at === 1) return [few ? "few" : "done", say("found.1", { ...held, witnesses: witnessed(held, few) })];
  if (at === 6) return [stale || newer ? "old" : "done", say("found.6", { time: held.asOf, zone: mingdan.words.zone_name })];
  return ["done", say((at === 3 && !held.seq) || (at === 5 && !steps[2].seq) ? `absent.${at}` : `found.${at}`, held)];
}
function listOf(verdict) {
  const { ok, step, why, named, handle } = verdict;
  const item = (name, kind, told) =>
    made("li", { className: kind }, made("b", {}, ...say(name)), made("p", { className: "note" }, ...told));
  const items = [1, 2, 3, 4, 5, 6].map((at) => item(`step.${at}`, ...found(at, verdict)));
  if (step === 0 && ok === false) items.unshift(item("step.0", "failed", say("broken", { why })));
  const link = !handle ? "unnamed" : named === null ? "unreached" : `named.${named}`;
  return [...items, item("step.link", { true: "done", false: "failed", null: "missing" }[named], say(link))];
}
function told(verdict) {
  const { state, few, stale, newer, step, steps, handle, why } = verdict, [head, , , , , age] = steps;
  const values = { ...head, step, handle, why, name: plain(`step.${step}`), zone: mingdan.words.zone_name };
  if (age) Object.assign(values, { time: age.asOf, witnesses: witnessed(head, few) });
  const [as, key] = [newer ? "newer" : state, state === "few" && stale ? "old" : "text"];
  return { title: say(`${as}.title`, values), text: say(`${as}.${key}`, values) };
}

// The same of a page that the log holds newer entries than: whatever else holds, it is not the latest.
const outdated = (verdict) => ({ ...verdict, state: "stale", newer: true });

// Fills what a page keeps ready for a verdict: the box and the steps.
function tell(verdict, box, steps) {
  const { title, text } = told(verdict);
  box.dataset.state = verdict.state;
  box.replaceChildren(made("b", {}, ...title), made("p", {}, ...text));
  steps.replaceChildren(...listOf(verdict));
}
Object.assign(mingdan, { askingNobody, judge, made, moment, outdated, say, tell, told, timelineOf, trustOf, unreadable });
})();
