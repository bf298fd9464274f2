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

// The verdict of `check`, and whether the file at `path` is named after this order: null where its name is no handle.
async function judge(proof, trust, path) {
  const verdict = await check(proof, trust), handle = handleOf(path);
  const named = handle && verdict.ok ? (await streamOf(handle)) === proof.stream : null;
  const sound = named === false ? "other" : verdict.stale ? "stale" : "verified";
  return { ...verdict, handle, named, state: verdict.ok === null ? "cannot" : verdict.ok ? sound : "failed" };
}
const unreadable = (error) =>
  ({ ok: false, stale: false, step: 0, why: error.message, steps: [], handle: null, named: null, state: "failed" });

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
const witnessed = (head) => plain(head.known ? "witnesses" : "unwitnessed", head);

function found(at, { ok, steps, step, why, stale }) {
  const held = steps[at - 1];
  if (!held) return at === step && ok === false ? ["failed", say("broken", { why })] : ["missing", say("unreached")];
  if (at === 1) return ["done", say("found.1", { ...held, witnesses: witnessed(held) })];
  if (at === 6) return [stale ? "old" : "done", say("found.6", { time: held.asOf, zone: mingdan.words.zone_name })];
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
  const { state, step, steps, handle, why } = verdict, [head, , , , , age] = steps;
  const values = { step, handle, why, name: plain(`step.${step}`), zone: mingdan.words.zone_name };
  if (age) Object.assign(values, { time: age.asOf, witnesses: witnessed(head) });
  return { title: say(`${state}.title`), text: say(`${state}.text`, values) };
}

// Fills what a page keeps ready for a verdict: the box and the steps.
function tell(verdict, box, steps) {
  const { title, text } = told(verdict);
  box.dataset.state = verdict.state;
  box.replaceChildren(made("b", {}, ...title), made("p", {}, ...text));
  steps.replaceChildren(...listOf(verdict));
}
Object.assign(mingdan, { judge, made, moment, say, tell, told, timelineOf, trustOf, unreadable });
})();
