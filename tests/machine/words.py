"""What is told at the market: for every kind its data, from pools so small that facts meet.

Numbers under a name of TIMES are milliseconds from now. Those under a name of LEAVES count back from the
newest entry of the stream that is spoken of or, below zero, of the whole log; `resolved` says which.
"""

from base64 import b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000

PLATFORMS = ["xiaomai", "kamao"]
MERCHANTS = ["shop-a", "shop-b"]
TIERS = ["agent-east", "brand"]
ROLES = {"xiaomai": "platform", "kamao": "platform", "shop-a": "merchant", "shop-b": "merchant"} | {
    "agent-east": "agent",
    "brand": "brand",
    "auditor": "auditor",
    "buyer": "merchant",
}
SKUS = ["card-100", "music-month"]
POLICIES = ["default", "fast"]
INCIDENTS = ["cut-7", "fault-1"]
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (7, 8, 9)]
PUBLIC = [b64encode(key.public_key().public_bytes_raw()).decode() for key in KEYS]

TIMES = frozenset(
    (
        "appeal_by",
        "as_of",
        "by_when",
        "due_at",
        "eta",
        "expected_end",
        "expected_start",
        "restock_by",
        "review_by",
        "since",
        "starts",
        "until",
        "valid_until",
    )
)
LEAVES = frozenset(["entry", "corrected_by", "of", "entries"])

Data = st.SearchStrategy[dict[str, object]]


def data(optional: dict[str, st.SearchStrategy] | None = None, /, **required: st.SearchStrategy) -> Data:
    return st.fixed_dictionaries(required, optional=optional or {})


def of(*values: object) -> st.SearchStrategy:
    return st.sampled_from(values)


def _codes(**more: st.SearchStrategy) -> Data:
    return data({"ref": REF}, attributable_to=of(*TIERS), code=of("outage", "bad_recipient", "other"), **more)


def _decided(**more: st.SearchStrategy) -> Data:
    terms = {"until": of(HOUR, DAY), "appeal_by": of(-MINUTE, HOUR)} | more
    return data(terms, reasons=of("paid orders without goods"))


YES = st.just(value=True)
ENTRY = of(0, 1, 0, 1, 2, 3, 4, -1)
SPAN = of(-DAY, -HOUR, -SECOND, 0, 1, SECOND, MINUTE, 30 * MINUTE, HOUR, DAY)
SOON = of(MINUTE, HOUR, DAY, -MINUTE)
UNITS = of(1, 2, 3)
REF = of("up-1", "up-2")
NAME = of("a", "b")
WORDS = of("很抱歉", "x")
MONEY = of(0, 100, 5000)
ENTRIES = st.lists(of(0, 1, -1, -2), min_size=1, max_size=2)

PLACED = data(
    {
        "policy": of("default", "default", "fast", "gone"),
        "due_at": of(HOUR),
        "form": of("direct", "direct", "card"),
        "order_no": WORDS,
        "recipient": of("player-7"),
        "tier": of(*TIERS),
    },
    amount=MONEY,
    currency=of("CNY"),
    merchant=of(*MERCHANTS),
    platform=of(*PLATFORMS),
    qty=UNITS,
    sku=of(*SKUS),
)
VERSIONED = PLACED.map(lambda terms: terms | {"policy_version": 1})
ODDLY_PLACED = data(
    {"bound": YES, "qty": UNITS, "sku": of(*SKUS), "policy": of("fast")}, platform=of("kamao")
)
STOCKED = data(
    {"arrived": YES},
    as_of=of(0, 0, -SECOND, -MINUTE, -HOUR, MINUTE),
    qty=of(0, 1, 2, 4, 9, None),
    ttl=of(MINUTE, HOUR, DAY),
)
AWAITED = data(n=of(40), of=of("sku", "platform"), steps=of([[MINUTE, 5_000, 100]]), until=of(HOUR))
ANSWERS = of("found", "not_found", "unknown")
LIMITS = data({"stock": of(MINUTE), "dispatch": of(MINUTE), "relay": of(SECOND)})

# The strategy of each kind's data, in the order of the vocabulary.
DATA: dict[str, Data] = {
    "order.placed": PLACED | PLACED | VERSIONED | ODDLY_PLACED,
    "order.paid": data({"amount": MONEY, "due_at": of(HOUR, DAY), "payment": of("wx-1", "wx-2")}),
    "order.noted": data(label=WORDS),
    "order.paid_late": data({"amount": MONEY, "due_at": of(HOUR)}, after=of("expired", "cancelled")),
    "order.expired": data(),
    "order.cancelled": data(by=of("buyer", "merchant", "platform"), reason=WORDS),
    "order.reinstated": data(reason=WORDS),
    "order.completed": data(by=of("buyer", "timeout")),
    "order.erased": data(reason=of("buyer_request", "mistake")),
    "order.disavowed": data(
        {"corrected_by": ENTRY}, entry=ENTRY, reason=of("did_not_occur", "incorrect_data")
    ),
    "recipient.checked": data(field=of("player"), result=of("ok", "ok", "suspect", "invalid"), rule=NAME),
    "recipient.confirmed": data(),
    "recipient.corrected": data({"recipient": of("player-8")}),
    "stock.reserved": data(as_of=of(0, -MINUTE), available=UNITS, reservation=NAME),
    "stock.short": data(available=MONEY, needed=UNITS),
    "stock.released": data(reason=WORDS),
    "risk.held": data(
        on_timeout=of("release", "refund"), review_by=SOON, rule=NAME, track=of("auto", "manual")
    ),
    "risk.escalated": data(),
    "risk.reviewed": data(decision=of("release", "refuse"), reason=WORDS),
    "batch.queued": data({"expected_start": SOON}, batch=NAME, position=UNITS),
    "batch.started": data(batch=NAME),
    "batch.finished": data(batch=NAME),
    "hop.forwarded": data({"ref": REF}, attempt=UNITS, to=of(*TIERS)),
    "hop.accepted": data({"ref": REF, "eta": SOON}),
    "hop.rejected": _codes(retryable=st.booleans()),
    "hop.uncertain": data({"ref": REF}) | data({"of": ENTRY}),
    "hop.queried": data({"ref": REF}, result=ANSWERS) | data({"of": ENTRY}, result=ANSWERS),
    "activation.started": data({"ref": REF}),
    "activation.succeeded": data({"ref": REF, "receipt": WORDS}),
    "activation.failed": _codes(),
    "activation.relayed": data(of=ENTRY),
    "delivery.delivered": data(
        {"goods": of("CARD-1", "CARD-2", "CARD-3"), "units": UNITS},
        evidence=of("shown_to_buyer", "account_credited", "provider_receipt", "source_record"),
    ),
    "delivery.reversed": data(reason=WORDS),
    "promise.extended": data({"consent": WORDS}, due_at=SOON),
    "promise.compensated": data(amount=MONEY, rule=NAME),
    "refund.requested": data({"amount": MONEY}),
    "refund.approved": data(),
    "refund.refused": data(reason=WORDS),
    "refund.paid": data({"amount": MONEY}),
    "care.nudged": data(nudge=NAME),
    "care.located": data(
        cause=WORDS, entries=st.lists(ENTRY, max_size=2), holder=of(*TIERS), nudge=NAME, stage=of("relay")
    ),
    "care.offered": data(by_when=SOON, nudge=NAME, option=of("wait", "refund")),
    "care.closed": data(nudge=NAME, outcome=of("buyer", "timeout")),
    "care.notified": data({"about": of(*INCIDENTS)}, channel=of("sms"), of=ENTRY, template=NAME),
    "dispute.opened": data(
        {"message": WORDS},
        claim=of("not-delivered"),
        dispute=NAME,
        freezes=of("none", "settlement", "delivery"),
    ),
    "dispute.merged": data(dispute=NAME, into=NAME),
    "dispute.evidence": data({"message": WORDS}, dispute=NAME),
    "dispute.decided": data(
        {"appeal_by": SOON},
        decider=of("xiaomai", "xiaomai", "auditor", "shop-a", "buyer"),
        dispute=NAME,
        outcome=of("for_buyer", "split"),
        reason=WORDS,
    ),
    "dispute.appealed": data(dispute=NAME),
    "dispute.escalated": data(dispute=NAME, to=of("auditor")),
    "party.registered": data({"public": YES}, name=WORDS, role=of("platform", "merchant", "agent", "brand")),
    "party.keyed": data(key=of(*PUBLIC)),
    "party.qualified": data({"document": WORDS}, valid_until=SOON, verifier=of("auditor", "shop-a")),
    "party.lapsed": data(),
    "party.warned": _decided(entries=ENTRIES),
    "party.suspended": _decided(entries=ENTRIES),
    "party.blacklisted": _decided(entries=ENTRIES),
    "party.expelled": _decided(entries=ENTRIES),
    "party.reinstated": data(reason=of("term_over", "appeal_upheld", "mistake")),
    "party.appealed": data({"statement": WORDS}),
    "sku.listed": data(
        form=of("card", "direct"),
        name=WORDS,
        platform=of(*PLATFORMS),
        stock_mode=of("counted", "counted", "unlimited"),
    ),
    "sku.mapped": data(to=of(*SKUS)),
    "sku.stocked": STOCKED,
    "sku.alerted": data(level=of("low", "out")),
    "sku.cleared": data(),
    "sku.priced": data(amount=MONEY, currency=of("CNY")),
    "sku.capped": data(basis=of("throughput", "manual"), cap=of(0, 1, 3)),
    "sku.closed": data({"exception": of(*INCIDENTS)}, reason=WORDS),
    "sku.opened": data(),
    "sku.paced": data({"delivery": AWAITED}, n=UNITS, p95=LIMITS),
    "sku.preorder": data(qty=UNITS, restock_by=SOON),
    "sku.intake_refused": data(qty=UNITS, reason=of("cap", "closed", "stale")),
    "exception.reported": data(
        {"expected_end": SOON},
        kind=of("supply_cut", "maintenance"),
        scope=st.lists(of(*SKUS), max_size=2),
        starts=SOON,
    ),
    "exception.acknowledged": data(),
    "exception.acted": data(action=of("stop_intake", "notify")),
    "exception.resolved": data(),
    "policy.published": data(
        {"compensation": of("min(amount, late_hours * 10)", "amount // 0"), "pauses": of(["dispute"])},
        clock_start=of("paid", "placed"),
        due_in=of(MINUTE, HOUR),
        notice_within=of(SECOND, MINUTE),
        since=of(0, 0, MINUTE, -SECOND),
        stage_limits=LIMITS,
        text=WORDS,
        title=WORDS,
        version=UNITS,
        zone=of("Asia/Shanghai"),
    ),
}
ROOMS = {
    "party": ["shop-a", "agent-east", *ROLES],
    "sku": ["card-100", *SKUS],
    "exception": INCIDENTS,
    "policy": POLICIES,
}


def room_of(kind: str) -> str:
    """What a kind is told of: an order, a party, a SKU, an exception or a policy."""
    room = kind.partition(".")[0]
    return room if room in ROOMS else "order"


def resolved(fields: dict[str, object], now: int, leaf: Callable[[int], str]) -> dict[str, object]:
    """The data of a statement at an instant (ms UTC): offsets become times, counts become leaf hashes."""

    def value(name: str, told: object) -> object:
        if name in TIMES and isinstance(told, int):
            return now + told
        if name in LEAVES:
            return [leaf(each) for each in told] if isinstance(told, list) else leaf(told)  # type: ignore[arg-type]
        return told

    return {name: value(name, told) for name, told in fields.items()}
