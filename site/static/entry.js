// What an entry is, as ledger/entry.py takes it: bytes in one form (RFC 8785), an envelope, and a kind that says only
// what its line in the table says. All other scripts stand on this one.
globalThis.mingdan = (() => {
"use strict";
function must(holds, why) {
  if (!holds) throw new Error(why);
}

// Bytes are hex digits here, to join with + and compare with ===.
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const utf8 = (words) => hex(new TextEncoder().encode(words));
const text = (raw) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);

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
function fit(value, shape) {
  const names = Object.keys({ ...shape, ...value });
  names.forEach((name) => must(shape[name]?.json?.test(JSON.stringify(value[name])), `not so: ${name}`));
}
const TYPES = {
  AWAITED: /\{"n":\d+,"of":"(sku|form|platform)","steps":\[(\[\d+(,(\d{1,4}|10000)){2}\],?){0,40}\],"until":\d+\}/,
  BOOL: /true|false/, COUNT: /\d+/, CURRENCY: /"[A-Z]{3}"/, DIGEST: /\{"sha256":"[\da-f]{64}","size":\d+\}/,
  FROM1: /[1-9]\d*/, HASH: /"[\da-f]{64}"/, ID: /"[a-z\d][a-z\d._-]{0,63}"/, INT: /-?\d+/,
  KEY: /"[A-Za-z\d+/]{42}[AEIMQUYcgkosw048]="/, LABEL: /"([^"\\]|\\u.{4}|\\[^u]){1,200}"/,
  LIMITS: /\{(("activation"|"dispatch"|"relay"|"risk"|"stock"):\d+,?)*\}/, LIST: /\[[^]*/, OBJECT: /\{[^]*/, ONE: /1/,
  PLACE: /\d+|null/, PREV: /"[\da-f]{64}"|null/, PRIVATE: /"[\da-f]{64}"/,
  SIGNATURE: /\{"ed25519":"[A-Za-z\d+/]{85}[AQgw]==","key":"[a-z\d][a-z\d._-]{0,63}"\}/,
  STREAM: /"(log|order\/[\da-f]{64}|(party|sku|policy|exception)\/[a-z\d][a-z\d._-]{0,63})"/,
  TEXT: /"([^"\\]|\\u.{4}|\\[^u]){1,20000}"/, TO10000: /[1-9]\d{0,3}|10000/, TRUE: /true/,
  UNITS: /[1-9]\d{0,8}|10{9}/, WORDS: /"[^]*/,
};
// A field is of one of these types or one of the words that | parts, or in brackets a list of such; after + it is not
// empty, and after ? it may be left out.
const jsonOf = (type) => TYPES[type]?.source ?? `"(${type})"`;
function field(told) {
  const [, name, may, list, item, some] = /^(\w+)([?=])(\[?)([^\]]+)\]?(\+?)$/.exec(told), one = jsonOf(item);
  const json = list ? `\\[(${one},?)${some || "*"}\\]` : one, left = may === "?" ? "|undefined" : "";
  return [name, { json: new RegExp(`^(${json}${left})$`, "u"), isPrivate: item === "PRIVATE" }];
}
const shapeOf = (line) => Object.fromEntries(line.split(" ").filter(Boolean).map(field));

const ENVELOPE = shapeOf(
  "at=INT basis?backfill|observed by=ID data=OBJECT kind=WORDS learned?INT prev=PREV recorded=INT seq=FROM1 " +
  "sig?SIGNATURE stream=STREAM v=ONE",
);
// Of ledger/event.py: tests/test_corpus.py renews it.
const KINDS = new Map(`
order.placed amount?COUNT bound?TRUE contact?PRIVATE currency?CURRENCY due_at?INT form?card|direct|membership merchant?ID order_no?PRIVATE platform=ID policy?ID policy_version?COUNT qty?UNITS recipient?PRIVATE sku?ID tier?ID
order.paid amount?COUNT due_at?INT payment?PRIVATE
order.noted label=LABEL
order.paid_late after=cancelled|expired amount?COUNT due_at?INT payment?PRIVATE
order.expired
order.cancelled by=buyer|merchant|platform|unknown reason=LABEL
order.reinstated reason=LABEL
order.completed by=buyer|timeout
order.erased reason=buyer_request|court_order|mistake|retention_over
order.disavowed corrected_by?HASH entry=HASH reason=did_not_occur|incorrect_data
recipient.checked field=LABEL result=invalid|ok|suspect rule=ID
recipient.confirmed
recipient.corrected recipient?PRIVATE
stock.reserved as_of=INT available=COUNT reservation=ID
stock.short available=COUNT needed=COUNT
stock.released reason=LABEL
risk.held on_timeout=refund|release review_by=INT rule=ID track=auto|manual
risk.escalated
risk.reviewed decision=refuse|release reason=LABEL
batch.queued batch=ID expected_start?INT position=COUNT
batch.started batch=ID
batch.finished batch=ID
hop.forwarded attempt=TO10000 ref?PRIVATE to=ID
hop.accepted eta?INT ref?PRIVATE
hop.rejected attributable_to=ID code=bad_recipient|interface_change|other|outage|price_rise|rate_limited|supply_cut ref?PRIVATE retryable=BOOL
hop.uncertain of?HASH ref?PRIVATE
hop.queried of?HASH ref?PRIVATE result=found|not_found|unknown
activation.started ref?PRIVATE
activation.succeeded receipt?PRIVATE ref?PRIVATE
activation.failed attributable_to=ID code=bad_recipient|interface_change|other|outage|price_rise|rate_limited|supply_cut ref?PRIVATE
activation.relayed of=HASH
delivery.delivered evidence=account_credited|provider_receipt|shown_to_buyer|source_record goods?PRIVATE units?UNITS
delivery.reversed reason=LABEL
promise.extended consent?PRIVATE due_at=INT
promise.compensated amount=COUNT rule=ID
refund.requested amount?COUNT
refund.approved
refund.refused reason=LABEL
refund.paid amount?COUNT
care.nudged nudge=ID
care.located cause=LABEL entries=[HASH] holder=ID nudge=ID stage=ID
care.offered by_when=INT nudge=ID option=compensate|correct|refund|replace|wait
care.closed nudge=ID outcome=buyer|timeout
care.notified about?ID channel=ID of=HASH template=ID
dispute.opened claim=ID dispute=ID freezes=delivery|none|settlement message?PRIVATE
dispute.merged dispute=ID into=ID
dispute.evidence dispute=ID message?PRIVATE
dispute.decided appeal_by?INT decider=ID dispute=ID outcome=for_buyer|for_merchant|split|withdrawn reason=LABEL
dispute.appealed dispute=ID
dispute.escalated dispute=ID to=ID
party.registered name=LABEL public?TRUE role=agent|auditor|brand|merchant|platform|supplier
party.keyed key=KEY
party.qualified document?PRIVATE valid_until=INT verifier=ID
party.lapsed
party.warned appeal_by?INT entries?[HASH]+ reasons=LABEL until?INT
party.suspended appeal_by?INT entries?[HASH]+ reasons=LABEL until?INT
party.blacklisted appeal_by?INT entries?[HASH]+ reasons=LABEL until?INT
party.expelled appeal_by?INT entries?[HASH]+ reasons=LABEL until?INT
party.reinstated reason=appeal_upheld|conditions_met|mistake|term_over
party.appealed statement?PRIVATE
sku.listed form=card|direct|membership name=LABEL platform=ID recipient?ID stock_mode=counted|unlimited|upstream
sku.mapped to=ID
sku.stocked arrived?TRUE as_of=INT qty?COUNT ttl=COUNT
sku.alerted level=low|out
sku.cleared
sku.priced amount=COUNT currency=CURRENCY
sku.capped basis=backlog|manual|preorder|stock|throughput cap=COUNT
sku.closed exception?ID reason=LABEL
sku.opened
sku.paced delivery?AWAITED n=COUNT p95=LIMITS
sku.preorder qty=COUNT restock_by=INT
sku.intake_refused qty=COUNT reason=cap|closed|stale
exception.reported expected_end?INT kind=fault|interface_change|maintenance|price_rise|supply_cut|surge scope=[ID] starts=INT
exception.acknowledged
exception.acted action=notify|refund_all|reroute|stop_intake|throttle
exception.resolved
policy.published answer_within?COUNT clock_start=paid|placed compensation?LABEL complete_after?COUNT due_in=COUNT notice_within=COUNT pauses?[dispute|recipient|risk]+ pay_within?COUNT since=INT stage_limits=LIMITS text=TEXT title=LABEL version=FROM1 zone=LABEL
log.epoch covers=COUNT map=HASH previous=PLACE rules=HASH site?HASH statistics=DIGEST streams=COUNT
`.trim().split("\n").map((line) => [line.split(" ", 1)[0], shapeOf(line.replace(/^\S+/, ""))]));
function entryOf(raw) {
  const entry = read(raw);
  fit(entry, ENVELOPE);
  must(KINDS.has(entry.kind), `unknown kind: ${entry.kind}`);
  fit(entry.data, KINDS.get(entry.kind));
  must(utf8(raw).length <= 2 * 65535, "too long");
  return entry;
}
const isPrivate = ({ kind }, name) => KINDS.get(kind)[name]?.isPrivate;
return { bytes, entryOf, fit, hex, isPrivate, must, printed, read, shapeOf, text, utf8 };
})();
