// Runs verify.js over a corpus and prints its verdicts as JSON. Usage: node corpus.mjs <static folder> <corpus> [mode…]
// The mode without-ed25519 takes Ed25519 away from WebCrypto; without-fallback takes ed25519.js away as well;
// without-webcrypto leaves a Node that has none as it is; carried takes each timeline out of its file first, whatever
// that file looks like, as a page carries it.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";

const [folder, corpus, ...modes] = process.argv.slice(2);
const run = (name) => runInThisContext(readFileSync(join(folder, name), "utf8"), { filename: name });

if (!modes.includes("without-webcrypto")) globalThis.crypto ??= webcrypto; // not yet global in Debian's Node 18
["entry.js", "verify.js", "tlog_proof.js"].forEach(run);
mingdan.load = async (name) => modes.includes("without-fallback") || run(name);
if (modes.includes("without-ed25519")) {
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = function (format, key, algorithm, ...rest) {
    if (algorithm === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
    return importKey.call(this, format, key, algorithm, ...rest);
  };
}

function carried(file) {
  const [head, ...rest] = Buffer.from(file).toString("utf8").split("\n\n"), [, extra, , ...path] = head.split("\n");
  const told = JSON.parse(Buffer.from(extra.slice("extra ".length), "base64").toString("utf8"));
  return { ...told, checkpoint: rest.join("\n\n"), path };
}
const taken = modes.includes("carried") ? carried : (file) => file;

const verdicts = [];
for (const { proof, proof_base64, policy, now, fresh_within } of JSON.parse(readFileSync(corpus, "utf8")).cases) {
  const file = new Uint8Array(Buffer.from(proof ?? proof_base64, proof === null ? "base64" : "utf8"));
  verdicts.push(await mingdan.check(taken(file), { policy, now, fresh_within }));
}
console.log(JSON.stringify(verdicts, (_, value) => (typeof value === "bigint" ? String(value) : value)));
