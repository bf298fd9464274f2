"""Small markets told entry by entry, sealed as the ledger seals them, and taken in by the views alone.

Nobody guards what is told here: it is what an operator could have recorded.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import seal
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market import incident, party, promise, sku
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.tree import leaf_hash
from mingdan.projections.catch_up import apply
from mingdan.projections.census import take_census
from mingdan.projections.scope import figures
from mingdan.projections.views import VIEWS, open_views

NOON = 1_780_228_800_000  # 2026-05-31 12:00 UTC
SHOP = "kamao"


class Telling:
    """A log while it is told. Times are minutes after noon."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.heads: dict[str, tuple[int, bytes]] = {}

    def tell(
        self,
        name: str,
        event: e.Event,
        at: float,
        *,
        by: str = SHOP,
        basis: str | None = None,
        late: float = 0,
        learned: float | None = None,
    ) -> str:
        """Tells of a stream, or of an order by its number, and answers the entry's hash; known `late`."""
        stream = name if "/" in name else order(name)
        seq, prev = self.heads.get(stream, (0, None))
        when = NOON + int(at * MINUTE)
        knew = None if learned is None else NOON + int(learned * MINUTE)
        claim = Claim(stream=stream, by=by, event=event, basis=basis, learned=knew)
        recorded = when + int(late * MINUTE)
        raw = seal(claim, event, at=when, seq=seq + 1, prev=prev, recorded=recorded)
        leaf, kind = leaf_hash(raw), e.KIND_OF[type(event)]
        self.rows.append(Row(len(self.rows) + 1, stream, seq + 1, kind, raw, leaf))
        self.heads[stream] = seq + 1, leaf
        return leaf.hex()

    def paid(self, name: str, at: float, **fields: object) -> None:
        """Placed and paid at once, on a day's promise."""
        self.tell(name, placed(**fields), at)
        self.tell(name, e.Paid(due_at=NOON + int(at * MINUTE) + DAY), at)

    def delivered(self, name: str, at: float) -> None:
        self.tell(name, e.Delivered(evidence="shown_to_buyer"), at)

    def bought(self, name: str, at: float, until: float, **fields: object) -> None:
        """Paid, and delivered at the minute `until`."""
        self.paid(name, at, **fields)
        self.delivered(name, until)

    def views(self, *cuts: int):
        """The views after this, taken in at once or in the pieces between these positions."""
        engine = open_views("sqlite://")
        ends = sorted({cut for cut in cuts if 0 < cut < len(self.rows)} | {len(self.rows)} - {0})
        for start, end in zip([0, *ends], ends, strict=False):
            with engine.begin() as db:
                apply(db, self.rows[start:end])
        return engine

    def conduct(self, at: float, platform: str = SHOP):
        """The platform's conduct at a minute."""
        return self.figures(at, platform).conduct

    def figures(self, at: float, platform: str = SHOP):
        engine = self.views()
        as_of = NOON + int(at * MINUTE)
        return figures(engine, platform, as_of=as_of, size=len(self.rows), zone="UTC")

    def census(self, at: float, zone: str = "UTC"):
        engine = self.views()
        return take_census(engine, as_of=NOON + int(at * MINUTE), size=len(self.rows), zone=zone)


def order(name: str) -> str:
    return f"order/{sha256(name.encode()).hexdigest()}"


def placed(**fields: object) -> e.Placed:
    terms: dict[str, object] = {"amount": 1_000, "currency": "CNY", "merchant": "xinghe", "platform": SHOP}
    terms |= {"policy": "default", "qty": 1, "sku": "card-100"}
    return e.Placed(**(terms | fields))


def listed(**fields: object) -> sku.Listed:
    return sku.Listed(
        **({"form": "card", "name": "点卡", "platform": SHOP, "stock_mode": "counted"} | fields)
    )


def stocked(at: float, qty: int, ttl: int = HOUR) -> sku.Stocked:
    """As of a minute, worth something for an hour."""
    return sku.Stocked(as_of=NOON + int(at * MINUTE), qty=qty, ttl=ttl)


def terms(**fields: object) -> promise.Published:
    told: dict[str, object] = {"clock_start": "paid", "due_in": DAY, "notice_within": 5 * MINUTE}
    told |= {
        "since": NOON,
        "stage_limits": promise.StageLimits(),
        "text": "24 小时内发货",
        "title": "发货承诺",
    }
    return promise.Published(**(told | {"version": 1, "zone": "UTC"} | fields))


def table_rows(engine) -> dict[str, set[tuple[object, ...]]]:
    with engine.begin() as db:
        return {table.name: set(map(tuple, db.execute(select(table)))) for table in VIEWS}


def rows(engine, table) -> list:
    with engine.begin() as db:
        return db.execute(select(table)).all()


# What may be told of an order and of the market, in any order: views are total as folding is.
HASH = "ab" * 32
OF_AN_ORDER: tuple[e.Event, ...] = (
    placed(),
    placed(policy=None, qty=3, sku="card-50"),
    placed(qty=2, sku=None, merchant=None),
    e.Paid(due_at=NOON + DAY),
    e.PaidLate(after="expired"),
    e.Expired(),
    e.Cancelled(by="buyer", reason="改主意了"),
    e.Reinstated(reason="buyer asked"),
    e.RecipientChecked(field="phone", result="suspect", rule="cn-mobile"),
    e.RecipientConfirmed(),
    e.StockReserved(as_of=NOON, available=3, reservation="r-1"),
    e.StockShort(available=0, needed=1),
    e.RiskHeld(on_timeout="release", review_by=NOON + HOUR, rule="velocity", track="auto"),
    e.RiskHeld(on_timeout="refund", review_by=NOON + HOUR, rule="large", track="manual"),
    e.RiskReviewed(decision="release", reason="known buyer"),
    e.HopForwarded(attempt=1, to="agent-east"),
    e.HopForwarded(attempt=2, to="agent-west"),
    e.HopAccepted(),
    e.HopRejected(attributable_to="brand", code="supply_cut", retryable=True),
    e.HopUncertain(),
    e.HopQueried(result="not_found"),
    e.ActivationStarted(),
    e.ActivationSucceeded(),
    e.ActivationFailed(attributable_to="brand", code="outage"),
    e.Delivered(evidence="shown_to_buyer", units=1),
    e.Delivered(evidence="account_credited"),
    e.DeliveryReversed(reason="卡密无效"),
    e.Compensated(amount=50, rule="late"),
    e.RefundRequested(amount=1_000),
    e.RefundApproved(),
    e.RefundRefused(reason="delivered"),
    e.RefundPaid(amount=1_000),
    e.Nudged(nudge="n-1"),
    e.Located(cause="outage", entries=(HASH,), holder="agent-east", nudge="n-1", stage="dispatch"),
    e.Offered(by_when=NOON + HOUR, nudge="n-1", option="wait"),
    e.NudgeClosed(nudge="n-1", outcome="timeout"),
    e.DisputeOpened(claim="not-received", dispute="d-1", freezes="none"),
    e.DisputeEvidence(dispute="d-1"),
    e.DisputeDecided(decider=SHOP, dispute="d-1", outcome="for_buyer", reason="no evidence"),
    e.DisputeAppealed(dispute="d-1"),
    e.DisputeEscalated(dispute="d-1", to="auditor"),
)
OF_A_SKU: tuple[e.Event, ...] = (
    listed(),
    listed(stock_mode="unlimited"),
    stocked(0, 2),
    stocked(30, 1),
    sku.Stocked(as_of=NOON, ttl=MINUTE),
    sku.Alerted(level="low"),
    sku.Cleared(),
    sku.Capped(basis="manual", cap=1),
    sku.Closed(reason="maintenance"),
    sku.Opened(),
    sku.Mapped(to="card-50"),
    sku.Preorder(qty=2, restock_by=NOON + DAY),
    sku.IntakeRefused(qty=1, reason="cap"),
    sku.Paced(n=20, p95=promise.StageLimits(dispatch=MINUTE)),
)
OF_THE_REST: tuple[tuple[str, e.Event], ...] = (
    ("exception/outage-7", incident.Reported(kind="fault", scope=("card-100",), starts=NOON)),
    ("exception/outage-7", incident.Acknowledged()),
    ("exception/outage-7", incident.Acted(action="stop_intake")),
    ("exception/outage-7", incident.Resolved()),
    ("party/kamao", party.Registered(name="卡猫", role="platform")),
    ("party/kamao", party.Suspended(entries=(HASH,), reasons="late", until=NOON + DAY)),
    ("party/kamao", party.Appealed()),
    ("party/kamao", party.Reinstated(reason="mistake")),
    ("policy/default", terms(compensation="min(amount, late_hours * 10)")),
)
