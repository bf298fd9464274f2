// Whether the log, as the site shows it now, still ends this stream where a checked timeline does. The tiles are those
// of ledger/tile.py and ledger/map_tile.py. That the log only grew since is checked too; that the map in its newest
// epoch is the right one, and that nobody else is shown another log, is for the auditor and the witnesses.
// Needs verify.js.
(() => {
"use strict";
const { entryOf, hex, open, policyOf, sha, text, utf8 } = mingdan;
class Again extends Error {} // may be a publication under way: pages come before the checkpoint, old tiles go after it
function must(holds, why, reason = "wrong") {
  if (!holds) throw Object.assign(new Error(why), { reason });
}

function pathOf(level, index, width) {
  const digits = String(index), groups = digits.padStart(3 * Math.ceil(digits.length / 3), "0").match(/.../g);
  const last = groups.pop();
  return `log/tile/${level}/${groups.map((group) => `x${group}/`).join("")}${last}${width < 256 ? `.p/${width}` : ""}`;
}
function lastOf(bundle) {
  let entry;
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + 256 * bundle[at] + bundle[at + 1];
    must(end <= bundle.length, "not an entry bundle");
    entry = text(bundle.subarray(at + 2, end));
    at = end;
  }
  return entry;
}
async function rootOf(hashes) {
  let level = hashes;
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at < level.length; at += 2)
      above.push(at + 1 < level.length ? await sha("01" + level[at] + level[at + 1]) : level[at]);
    level = above;
  }
  return level[0];
}
function treeOf(size, read) {
  const kept = new Map();
  const widthOf = (level, index) => Number((size >> (8n * level)) - 256n * index);
  async function tile(level, index) {
    // A full tile counts by its hash in the tile above; the last, partial ones count by the root that rootAt(size) is.
    const width = Math.min(256, widthOf(level, index)), path = pathOf(level, index, width);
    if (kept.has(path)) return kept.get(path);
    const hashes = hex(await read(path)).match(/.{64}/g);
    must(hashes?.length === width, "a tile of another width");
    if (width === 256) {
      const above = await tile(level + 1n, index >> 8n);
      must(above[index & 255n] === (await rootOf(hashes)), "a tile of another tree");
    }
    kept.set(path, hashes);
    return hashes;
  }
  async function rootAt(count) {
    let below = [];
    for (let level = 0n, left = count; left; level += 1n, left >>= 8n) {
      const width = Number(left & 255n);
      if (width) below = [await rootOf([...(await tile(level, left >> 8n)).slice(0, width), ...below])];
    }
    return below[0];
  }
  async function last() {
    const index = (size - 1n) >> 8n, width = Math.min(256, widthOf(0n, index));
    const entry = lastOf(await read(pathOf("entries", index, width)));
    must(entry && (await sha("00" + utf8(entry))) === (await tile(0n, index)).at(-1), "an entry of another tree");
    return entryOf(entry);
  }
  return { last, rootAt };
}

const bitOf = (key, bit) => (parseInt(key[Math.floor(bit / 4)], 16) >> (3 - (bit % 4))) & 1;
function forked(parts) {
  const [first, last] = [parts[0].key, parts.at(-1).key];
  must(first < last, "keys of a map tile that do not ascend");
  let bit = 0;
  while (bitOf(first, bit) === bitOf(last, bit)) bit += 1;
  const middle = parts.findIndex(({ key }) => bitOf(key, bit) === 1);
  return [bit, parts.slice(0, middle), parts.slice(middle)];
}
async function nodeOf(parts) {
  if (parts.length === 1) return parts[0].node;
  const [bit, left, right] = forked(parts), digits = bit.toString(16).padStart(2, "0");
  return sha(`01${digits}${bit < 128 ? "" : "01"}${await nodeOf(left)}${await nodeOf(right)}`);
}
async function partsOf(tile) {
  if (tile.startsWith("01")) {
    const above = "00".repeat(parseInt(tile.slice(2, 4), 16));
    return tile.slice(4).match(/.{66}/g).map((child) => ({ key: above + child.slice(0, 2), node: child.slice(2) }));
  }
  const leaf = async (record) => ({ key: record.slice(0, 64), record, node: await sha("0020" + record) });
  return Promise.all(tile.slice(2).match(/.{162}/g).map(leaf));
}
async function headOf(root, stream, read) {
  // By the bits that decide, which hashes bind; the byte before a child alone could be altered unnoticed.
  const key = await sha(utf8(`mingdan/stream/v1\n${stream}`));
  if (root === (await sha(""))) return null;
  for (let name = root; ; ) {
    let parts = await partsOf(hex(await read(`log/map/${name.slice(0, 2)}/${name}`)));
    must((await nodeOf(parts)) === name, "a map tile of another name");
    while (parts.length > 1) {
      const [bit, left, right] = forked(parts);
      parts = bitOf(key, bit) ? right : left;
    }
    const [{ record, node }] = parts;
    if (record) return record.startsWith(key) ? record.slice(66) : null;
    name = node;
  }
}

const seqOf = (head) => BigInt(`0x0${head?.slice(0, 16) ?? ""}`);
async function ask(timeline, { policy, now, fresh_within }, get) {
  const read = async (path) => {
    const content = await get(path);
    if (!content) throw new Again(path);
    return content;
  };
  const trusted = await policyOf(policy), was = await open(timeline.checkpoint, trusted);
  const { size, root, seen } = await open(text(await read("log/checkpoint")), trusted);
  const tree = treeOf(size, read);
  if (size < was.size) throw Object.assign(new Again(`${size} < ${was.size}`), { reason: "shrunk" });
  must((await tree.rootAt(size)) === root, "the tiles lead to another root");
  must((await tree.rootAt(was.size)) === was.root, `${was.size} → ${size}`, "forked");
  const { kind, stream, data, recorded } = await tree.last();
  must(kind === "log.epoch" && stream === "log" && data.covers === Number(size - 1n), "not its epoch");
  const head = await headOf(data.map, timeline.stream, read), [before, after] = [timeline.head, head].map(seqOf);
  must(head === timeline.head || after > before, `${before} → ${after}`, "back");
  const asOf = seen === null ? BigInt(recorded) : 1000n * seen, most = 1000n * BigInt(fresh_within);
  const age = BigInt(now) - asOf, stale = age > most || -age > most;
  return { ok: true, changed: after > before, stale, asOf, size, head, reason: null, why: "" };
}

// `timeline` was checked, and `trust` is as for `check`; `get` is given a path from the site's root and answers with
// its bytes, or null; `pause` is called at most once, before all is asked again. `ok` is null where the site did not
// answer, false where it contradicts the timeline: `reason` is shrunk, forked, back, or wrong where it does not add up.
async function refresh(timeline, trust, get, pause) {
  const asked = () => ask(timeline, trust, get);
  try {
    return await asked().catch(async (error) => {
      if (!(error instanceof Again)) throw error;
      await pause();
      return asked();
    });
  } catch (error) {
    const { reason = error instanceof Again ? null : "wrong", message } = error;
    const told = reason && error.constructor.name !== "Cannot"; // without Ed25519 nothing can be told
    return { ok: told ? false : null, changed: null, stale: false, reason, why: message };
  }
}
Object.assign(mingdan, { refresh });
})();
