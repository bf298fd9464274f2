// The six steps of ledger/timeline.py, with its verdicts (tests/corpus.py); what facts say is not judged here.
// No page can vouch for itself: the command does, and verify.html from elsewhere.
globalThis.mingdan = (() => {
"use strict";
class Cannot extends Error {} // shown to be neither right nor wrong
function must(holds, why) {
  if (!holds) throw new Error(why);
}

// Bytes are hex digits here, to join with + and compare with ===; indexes are BigInts: shifts end at 32 bits.
const number = (value, size) => value.toString(16).padStart(2 * size, "0");
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => number(byte, 1)).join("");
const bytes = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const utf8 = (words) => hex(new TextEncoder().encode(words));
const text = (raw) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
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

// RFC 8785 for what we write; a shape tells each field's JSON.
function printed(value) {
  if (Array.isArray(value)) return `[${value.map(printed)}]`;
  if (value && typeof value === "object")
    return `{${Object.keys(value).sort().map((name) => `${printed(name)}:${printed(value[name])}`)}}`;
  must(typeof value === "number" ? Number.isSafeInteger(value) : !/\p{Cs}/u.test(value), "no such value");
  return JSON.stringify(value);
}
function read(raw) {
  const value = JSON.parse(raw);
  must(printed(value) === raw, "not canonical");
  return value;
}
const fit = (value, shape) =>
  Object.keys({ ...shape, ...value }).forEach((name) => must(shape[name]?.test?.(JSON.stringify(value[name])), name));
const [INT, FROM1, WORDS, LIST, ONE] = [/^-?\d+$/, /^[1-9]\d*$/, /^"/, /^\[/, /^1$/];
const STREAM = /^"(log|order\/[0-9a-f]{64})"$/;
const TIMELINE = {
  checkpoint: WORDS, entries: LIST, epoch: WORDS, map: WORDS, openings: LIST, path: LIST, place: LIST, stream: STREAM,
  head: /^("(?!0{16})[0-7][0-9a-f]{15}[0-7][0-9a-f]{79}"|null)$/, v: ONE, // u64 seq, u64 index, leaf hash
};
const OPENING = { field: WORDS, opening: /^"[0-9a-f]{64}"$/, seq: FROM1, words: WORDS };
const ENTRY = {
  at: INT, basis: /^("observed"|"backfill"|undefined)$/, by: /^"[a-z0-9][a-z0-9._-]{0,63}"$/, data: /^{/,
  kind: WORDS, learned: /^(-?\d+|undefined)$/, prev: /^("[0-9a-f]{64}"|null)$/, recorded: INT, seq: FROM1,
  sig: /^({.*}|undefined)$/, stream: STREAM, v: ONE,
};
function entryOf(raw) {
  const entry = read(raw);
  fit(entry, ENTRY);
  must(utf8(raw).length <= 2 * 65535, "too long");
  return entry;
}

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
async function keyOf(vkey, kind) {
  const [, name, id, code] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [], digits = of64(code);
  const own = (await sha(utf8(`${name}\n`) + digits)).startsWith(id);
  must(own && digits.length === 66 && digits.startsWith(kind), `not a key: ${vkey}`);
  return { name, id, raw: digits.slice(2) };
}
async function policyOf(words) {
  const logs = [], parties = new Map([["none", { least: 0, members: [] }]]);
  let quorum;
  must(words.endsWith("\n"), "no lines");
  for (const line of words.split("\n")) {
    const [word, name, need, ...names] = line.split(/[ \t]+/).filter(Boolean), free = !parties.has(name);
    if (word === "log") logs.push(await keyOf(name, "01"));
    else if (word === "witness" && free) parties.set(name, await keyOf(need, "04"));
    else if (word === "group" && free) {
      const members = names.map((each) => parties.get(each)), least = { all: names.length, any: 1 }[need] ?? Number(need);
      must(least >= 1 && least <= names.length && members.every((each) => each && each.least !== 0), line);
      parties.set(name, { least, members });
    } else if (word === "quorum") quorum = parties.get(name);
    else must(!word || word.startsWith("#"), line);
  }
  must(quorum, "no quorum");
  return { logs, witnesses: [...parties.values()].filter(({ raw }) => raw), quorum };
}
async function open(raw, { logs, witnesses, quorum }) {
  const note = noteOf(raw), times = new Map();
  const by = (key) => note.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  const log = logs.find((key) => key.name === note.origin && by(key).length);
  must(log, "no known log");
  for (const key of [log, ...witnesses])
    for (const { payload } of by(key)) {
      const stamp = key === log ? "" : payload.slice(0, 16), at = BigInt(`0x0${stamp}`);
      const said = (stamp && `cosignature/v1\ntime ${at}\n`) + note.body;
      const made = await signed(key.raw, utf8(said), payload.slice(stamp.length));
      must(made && at < 1n << 63n, `not signed by ${key.name}`);
      if (key !== log && !times.has(key)) times.set(key, at);
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

// The file of ledger/tlog_proof.py: a timeline is its `extra`, checkpoint and path.
function print({ checkpoint, path, ...told }) {
  const extra = to64(utf8(printed({ ...told, v: 1 }))), index = noteOf(checkpoint).size - 1n;
  return ["c2sp.org/tlog-proof@v1", `extra ${extra}`, `index ${index}`, ...path, "", checkpoint].join("\n");
}
function parse(file) {
  const cut = file.indexOf("\n\n"), [, extra, index, ...path] = file.slice(0, cut).split("\n");
  const t = { ...read(text(bytes(of64(extra.slice(6))))), checkpoint: file.slice(cut + 2), path };
  fit(t, TIMELINE);
  t.entries.forEach((raw) => fit({ raw }, { raw: WORDS }));
  t.openings.forEach((opening) => fit(opening, OPENING));
  [...path, ...t.place].forEach((hash) => must(of64(hash).length === 64, "not a hash"));
  must([of64(t.map)] && index !== "index -1" && print(t) === file, "not as printed");
  return t;
}

// `proof` is a file's bytes or a timeline, `now` milliseconds, `fresh_within` seconds. `ok` is null where nothing can be
// checked; `step` is the first that fails, 0 if proof or policy do not parse.
async function check(proof, { policy, now, fresh_within }) {
  const verdict = { ok: false, stale: false, step: 0, why: "", steps: [] };
  const holds = (found) => verdict.steps.push({ step: verdict.step++, ...found });
  try {
    if (!globalThis.crypto?.subtle) throw new Cannot("no WebCrypto");
    const trusted = await policyOf(policy), t = parse(proof instanceof Uint8Array ? text(proof) : print(proof));
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
    let [count, prev] = [0, null];
    for (const raw of t.entries) {
      const entry = entryOf(raw);
      must(entry.stream === t.stream && entry.seq === ++count && entry.prev === prev, `entry ${count} does not follow`);
      prev = await leafOf(raw);
    }
    must(BigInt(count) === last && prev === (t.head && t.head.slice(32)), "not all entries");
    for (const { field, opening, seq, words } of t.openings) {
      const sized = (text, size) => number(utf8(text).length / 2, size) + utf8(text);
      const made = await commit(opening + sized(field, 1) + sized(words, 4));
      must(made === JSON.parse(t.entries[seq - 1]).data[field], `other words: ${field}`);
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
return { check, entryOf, hex, load, open, parse, policyOf, print, sha, text, utf8 };
})();
