// The six steps of ledger/timeline.py, with its verdicts (tests/corpus.py). Needs entry.js.
// No page can vouch for itself: the command does, and verify.html from elsewhere.
(() => {
"use strict";
const { bytes, entryOf, fit, hex, isPrivate, must, printed, shapeOf, text, utf8 } = mingdan;
class Cannot extends Error {} // shown to be neither right nor wrong

// Indexes are BigInts: shifts end at 32 bits.
const number = (value, size) => value.toString(16).padStart(2 * size, "0");
const to64 = (digits) => btoa(Array.from(bytes(digits), (byte) => String.fromCharCode(byte)).join(""));
function of64(code) {
  const digits = hex(Array.from(atob(code), (char) => char.charCodeAt(0)));
  must(to64(digits) === code, "not base64");
  return digits;
}
const sha = async (digits) => hex(await crypto.subtle.digest("SHA-256", bytes(digits)));
const leafOf = (entry) => sha("00" + utf8(entry));
async function commit(digits) {
  const key = ["raw", bytes(utf8("mingdan/commit/v1")), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]];
  return hex(await crypto.subtle.sign("HMAC", await crypto.subtle.importKey(...key), bytes(digits)));
}
async function signed(...digits) {
  const [key, message, signature] = digits.map(bytes);
  try {
    const native = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", native, signature, message);
  } catch {
    if (!globalThis.mingdanEd25519) await mingdan.load("ed25519.js");
    if (!globalThis.mingdanEd25519) throw new Cannot("no Ed25519");
    return mingdanEd25519.verify(signature, message, key);
  }
}
const here = globalThis.document?.currentScript?.src;
const load = (name) =>
  new Promise((onload) => {
    const script = document.createElement("script");
    document.head.append(Object.assign(script, { src: new URL(name, here), onload, onerror: onload }));
  });

// Notes and trust: ledger/note.py, ledger/quorum.py.
function noteOf(raw) {
  const cut = raw.lastIndexOf("\n\n") + 1, body = raw.slice(0, cut), lines = raw.slice(cut + 1).split("\n");
  const [, origin, size, root] = /^([^\p{Cc}\p{Cs}]+)\n(0|[1-9]\d{0,18})\n([\w+/]{43}=)\n$/u.exec(body) ?? [];
  must(lines.pop() === "" && lines.length && lines.length <= 100 && utf8(raw).length <= 2e6, "not a note");
  must(origin && BigInt(size) < 1n << 63n, "not a checkpoint");
  const signatures = lines.map((line) => {
    const [, name, code] = /^— ([^+\p{Z}\p{Cc}\p{Cs}]+) (.+)$/u.exec(line) ?? [], digits = of64(code);
    must(digits.length > 8, "no signature");
    return { name, id: digits.slice(0, 8), payload: digits.slice(8) };
  });
  return { body, origin, size: BigInt(size), root: of64(root), signatures };
}
const ADDRESS = /^https?:\/\/(?:[^/?#]*@)?(?:[^/?#@:[\]]+|\[[\da-f:.]+\])(?::(\d*))?(?:[/?#]|$)/i;
async function keyOf(vkey, kind, url) {
  const [, name, id, code] = /^([^+\p{Z}\p{Cc}\p{Cs}]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [], digits = of64(code);
  const own = (await sha(utf8(`${name}\n`) + digits)).startsWith(id);
  must(own && digits.length === 66 && digits.startsWith(kind), `not a key: ${vkey}`);
  const [found, port] = url === undefined ? [true] : ADDRESS.exec(url) ?? [];
  must(found && !/[\p{C}\p{Z}]/u.test(url) && (!port || (port > 0 && port < 65536)), `not an address: ${url}`);
  return { name, id, kind, raw: digits.slice(2) };
}
const NOBODY = { least: 0, members: [] };
function groupOf(need, members) {
  const least = { all: members.length, any: 1 }[need] ?? Number(/^[1-9]\d{0,2}$/.exec(need));
  must(least >= 1 && least <= members.length && members.every((each) => each && each !== NOBODY), "no such group");
  return { least, members };
}
function distinct(list, most = 64) {
  must(list.length <= most && new Set(list).size === list.length, "too many, or one twice");
}
async function policyOf(words) {
  const logs = [], parties = new Map([["none", NOBODY]]);
  let quorum;
  must(/^[^\0-\x08\x0b-\x1f\x7f]*\n$/.test(words), "not lines");
  for (const line of words.split("\n")) {
    const told = line.match(/[^ \t]+/g) ?? ["#"], [word, name, need, ...more] = told, free = !parties.has(name);
    if (word === "log" && told.length <= 3) logs.push(await keyOf(name, "01", need));
    else if (word === "witness" && free && told.length <= 4) parties.set(name, await keyOf(need, "04", more[0]));
    else if (word === "group" && free) parties.set(name, groupOf(need, more.map((each) => parties.get(each))));
    else if (word === "quorum" && !quorum && told.length === 2) must((quorum = parties.get(name)), line);
    else must(word.startsWith("#"), line);
  }
  must(quorum, "no quorum");
  const known = [...parties.values()], witnesses = known.filter(({ raw }) => raw);
  const groups = known.filter(({ least }) => least);
  [logs, witnesses].forEach((keys) => distinct(keys.map(({ raw }) => raw)));
  distinct(groups);
  distinct(groups.flatMap(({ members }) => members), Infinity);
  return { logs, witnesses, quorum };
}
async function open(raw, { logs, witnesses, quorum }) {
  const note = noteOf(raw), times = new Map();
  const by = (key) => note.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  must(logs.some((key) => key.name === note.origin && by(key).length), "no known log");
  for (const key of [...logs, ...witnesses])
    for (const { payload } of by(key)) {
      const stamp = key.kind === "01" ? "" : payload.slice(0, 16), at = BigInt(`0x0${stamp}`);
      const said = (stamp && `cosignature/v1\ntime ${at}\n`) + note.body;
      const made = await signed(key.raw, utf8(said), payload.slice(stamp.length));
      must(made && at < 1n << 63n, `not signed by ${key.name}`);
      if (stamp && !times.has(key)) times.set(key, at);
    }
  const met = (party, since) =>
    party.members ? party.members.filter((each) => met(each, since)).length >= party.least : times.get(party) >= since;
  must(met(quorum, 0n), `only ${times.size} witnesses`);
  const enough = [...times.values()].filter((since) => met(quorum, since));
  const seen = quorum.least === 0 ? null : enough.reduce((one, at) => (at > one ? at : one));
  return { ...note, seen, cosigned: times.size, known: witnesses.length };
}

// Trees: ledger/tree.py, ledger/map.py.
async function include(index, size, leaf, path, root) {
  let [at, last, hash] = [index, size - 1n, leaf];
  must(0n <= at && at <= last, "outside the log");
  for (const sibling of path.map(of64)) {
    must(last, "beyond the root");
    const left = at & 1n || at === last;
    while (left && at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    hash = await sha("01" + (left ? sibling + hash : hash + sibling));
    [at, last] = [at >> 1n, last >> 1n];
  }
  must(!last && hash === root, "not in this log");
}
const bitOf = (key, bit) => (parseInt(key[Math.floor(bit / 4)], 16) >> (3 - (bit % 4))) & 1;
async function lookUp(root, stream, head, proof) {
  const key = await sha(utf8(`mingdan/stream/v1\n${stream}`)), record = head ? `${key}30${head}` : proof.slice(2, 164);
  if (!head && !proof) return must(root === (await sha("")), "no proof");
  must(head || (/^20.{64}30.{96}/.test(proof) && !record.startsWith(key)), "no key instead");
  let hash = await sha("0020" + record), rest = head ? proof : proof.slice(164), below = 256;
  while (rest) {
    const [, uv, sibling] = /^([0-7].|[89a-f].01)(.{64})/.exec(rest) ?? [], bit = parseInt(rest.slice(0, 2), 16);
    must(uv && bit < below && bitOf(key, bit) === bitOf(record, bit), "not its way");
    hash = await sha("01" + uv + (bitOf(key, bit) ? sibling + hash : hash + sibling));
    [below, rest] = [bit, rest.slice(uv.length + 64)];
  }
  must(hash === root, "not in this map");
}

// A timeline as a page carries it.
const PARTS = "checkpoint=WORDS entries=LIST epoch=WORDS map=WORDS openings=LIST path=LIST place=LIST stream=STREAM";
const TIMELINE = {
  ...shapeOf(`${PARTS} v?ONE`),
  head: { json: /^("(?!0{16})[0-7][0-9a-f]{15}[0-7][0-9a-f]{79}"|null)$/ }, // u64 seq, u64 index, leaf hash
};
const [OPENING, RAW] = ["field=WORDS opening=HASH seq=FROM1 words=WORDS", "raw=WORDS"].map(shapeOf);
function formed(t) {
  fit(t, TIMELINE);
  t.entries.forEach((raw) => fit({ raw }, RAW));
  t.openings.forEach((opening) => fit(opening, OPENING));
  [...t.path, ...t.place].forEach((hash) => must(of64(hash).length === 64, "not a hash"));
  must(printed(t) && noteOf(t.checkpoint).size && [of64(t.map)], "no epoch");
  return t;
}

// `proof` is a timeline, or a file's bytes where tlog_proof.js is there; `now` milliseconds, `fresh_within` seconds.
// `ok` is null where nothing can be checked; `step` is the first that fails, 0 if proof or policy do not parse.
async function check(proof, { policy, now, fresh_within }) {
  const verdict = { ok: false, stale: false, step: 0, why: "", steps: [] };
  const holds = (found) => verdict.steps.push({ step: verdict.step++, ...found });
  try {
    if (!globalThis.crypto?.subtle) throw new Cannot("no WebCrypto");
    const trusted = await policyOf(policy);
    const t = proof instanceof Uint8Array ? mingdan.parse(text(proof)) : formed(proof);
    const [last, index] = [0, 16].map((at) => BigInt(`0x0${t.head?.slice(at, at + 16) ?? ""}`));
    verdict.step = 1;
    const { origin, size, root, seen, cosigned, known } = await open(t.checkpoint, trusted);
    holds({ origin, size, cosigned, known });
    const { kind, stream, data, recorded } = entryOf(t.epoch);
    must(kind === "log.epoch" && stream === "log" && data.covers === Number(size - 1n), "not its epoch");
    await include(size - 1n, size, await leafOf(t.epoch), t.path, root);
    holds({ covers: data.covers });
    await lookUp(data.map, t.stream, t.head, of64(t.map));
    holds({ seq: last, index });
    const entries = t.entries.map(entryOf), count = entries.length;
    let prev = null;
    for (const [at, entry] of entries.entries()) {
      must(entry.stream === t.stream && entry.seq === at + 1 && entry.prev === prev, `entry ${at + 1} does not follow`);
      prev = await leafOf(t.entries[at]);
    }
    must(BigInt(count) === last && prev === (t.head && t.head.slice(32)), "not all entries");
    for (const { field, opening, seq, words } of t.openings) {
      const entry = entries[seq - 1];
      must(entry && isPrivate(entry, field), `nothing private: ${field}`);
      const sized = (text, size) => number(utf8(text).length / 2, size) + utf8(text);
      const made = await commit(opening + sized(field, 1) + sized(words, 4));
      must(made === entry.data[field], `other words: ${field}`);
    }
    holds({ entries: count });
    if (t.head) await include(index, size, prev, t.place, root);
    else must(!t.place.length, "no entry");
    holds({ index });
    const asOf = seen === null ? BigInt(recorded) : 1000n * seen, most = 1000n * BigInt(fresh_within);
    const age = BigInt(now) - asOf;
    holds({ asOf, witnessed: seen !== null });
    return { ...verdict, ok: true, stale: age > most || -age > most, step: null }; // ahead of us is no better
  } catch (error) {
    return { ...verdict, ok: error instanceof Cannot ? null : false, why: error.message };
  }
}
Object.assign(mingdan, { check, formed, load, noteOf, of64, open, policyOf, sha, to64 });
})();
