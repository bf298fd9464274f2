// The standalone verifier: reads the file its visitor chooses and checks it by the keys its visitor trusts. What a
// saved page says in words is not believed; only what it carries is, once checked. Needs verify.js and verdict.js.
(() => {
"use strict";
const { entryOf, judge, made, moment, parse, policyOf, say, tell, text, timelineOf, trustOf, unreadable } = mingdan;
const at = (id) => document.getElementById(id);
mingdan.words = JSON.parse(at("words").textContent);
const kindOf = (dt) => [dt.textContent, dt.nextElementSibling.textContent];
const kinds = new Map(Array.from(at("kinds").querySelectorAll("dt"), kindOf));
let chosen = null, newest = 0;

// A vkey alone is the policy of a log that no witness needs to cosign.
function policy() {
  const lines = at("keys").value.trim();
  return /^\S+$/.test(lines) ? `log ${lines}\nquorum none\n` : `${lines}\n`;
}
function readIn(bytes) {
  const words = text(bytes);
  if (words.startsWith("c2sp.org/tlog-proof@")) return { proof: parse(words), brought: null };
  const page = new DOMParser().parseFromString(words, "text/html"); // which neither runs nor loads anything of it
  return { proof: timelineOf(page), brought: trustOf(page).policy };
}

function list(entries) {
  const names = Array.from(document.querySelectorAll(".entries thead th"), (th) => th.textContent).slice(2);
  const cell = (time, column) => {
    const td = made("td", {}, moment(time));
    td.dataset.name = names[column]; // told beside the time where a screen has no room for columns
    return td;
  };
  const row = ({ seq, kind, at, recorded }) => {
    const name = made("th", { scope: "row" }, kinds.get(kind) ?? "", " ", made("code", {}, kind));
    return made("tr", {}, made("td", {}, String(seq)), name, ...[at, recorded].map(cell));
  };
  at("entries").replaceChildren(...entries.map(entryOf).map(row));
  at("raw").replaceChildren(...entries.map((raw) => made("pre", {}, raw)));
}
function show(verdict, { proof, brought } = {}) {
  const sound = verdict.state === "verified" || verdict.state === "stale";
  at("verdict").setAttribute("role", sound ? "status" : "alert");
  tell(verdict, at("verdict"), at("steps"));
  at("differ").replaceChildren(...(brought && brought !== policy() ? say("differ") : []));
  at("checked").hidden = !sound;
  if (sound) list(proof.entries);
}

async function check() {
  const run = ++newest, trust = { ...trustOf(document), policy: policy(), now: Date.now() };
  if (!chosen) return;
  let held, verdict;
  try {
    held = readIn(chosen.bytes);
    verdict = await judge(held.proof, trust, chosen.name);
  } catch (error) {
    verdict = unreadable(error);
  }
  const why = await policyOf(trust.policy).then(() => "", (error) => error.message);
  if (run !== newest) return; // another file or other keys came meanwhile
  show(why && verdict.ok === false ? { ...verdict, why, state: "keys" } : verdict, held);
}
async function choose(file) {
  if (!file) return;
  chosen = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  await check();
}

const drop = at("drop");
at("file").addEventListener("change", ({ target }) => choose(target.files[0]));
at("keys").addEventListener("input", check);
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  choose(event.dataTransfer.files[0]);
});
})();
