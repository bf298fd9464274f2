// Asks a published log, as live.js does in a page, and prints what it answers as JSON: first the log as it lies, then
// for each file it was asked for, with one bit of that file turned, in three places.
// Usage: node live.mjs <static folder> <site>, with {"timeline": …, "trust": …} on standard input.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

globalThis.crypto ??= webcrypto; // not yet global in Debian's Node 18
const [folder, site] = process.argv.slice(2);
const run = (name) => runInThisContext(readFileSync(join(folder, name), "utf8"), { filename: name });

["entry.js", "verify.js", "live.js"].forEach(run);
const { timeline, trust } = JSON.parse(readFileSync(0, "utf8"));

const asked = [];
function get(path) {
  asked.push(path);
  try {
    return new Uint8Array(readFileSync(join(site, path)));
  } catch {
    return null;
  }
}

const first = await mingdan.refresh(timeline, trust, get, () => {});
const files = [...new Set(asked)];
const turned = [];
for (const file of files)
  for (const place of [(size) => Math.floor(size / 2), (size) => size - 40, (size) => size - 1]) {
    const altered = (path) => {
      const content = get(path);
      if (content && path === file) content[Math.max(0, place(content.length))] ^= 1;
      return content;
    };
    turned.push([file, await mingdan.refresh(timeline, trust, altered, () => {})]);
  }
const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
console.log(JSON.stringify({ first, files, turned }, plain));
