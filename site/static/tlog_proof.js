// The file that takes a timeline out of its page, as ledger/tlog_proof.py has it. Needs entry.js and verify.js.
(() => {
"use strict";
const { bytes, formed, must, noteOf, of64, printed, read, text, to64, utf8 } = mingdan;
function print({ checkpoint, path, ...told }) {
  const extra = to64(utf8(printed({ ...told, v: 1 }))), index = noteOf(checkpoint).size - 1n;
  return ["c2sp.org/tlog-proof@v1", `extra ${extra}`, `index ${index}`, ...path, "", checkpoint].join("\n");
}
function parse(file) {
  const cut = file.indexOf("\n\n"), [, extra, , ...path] = file.slice(0, cut).split("\n");
  must(extra?.startsWith("extra "), "not a proof");
  const told = read(text(bytes(of64(extra.slice("extra ".length)))));
  const timeline = formed({ ...told, checkpoint: file.slice(cut + 2), path });
  must(print(timeline) === file, "not as printed");
  return timeline;
}
Object.assign(mingdan, { parse, print });
})();
