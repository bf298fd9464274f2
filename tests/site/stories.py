"""Orders told in claims, folded and laid out as the log would hold them, and the figures of platforms."""

from typing import NamedTuple

from mingdan.ledger import event as e
from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.claim import Claim, Signature
from mingdan.ledger.entry import Entry, read, seal
from mingdan.ledger.evolve import fold
from mingdan.ledger.handle import handle_of, stream_of
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.map import Head, key_of, prove, root_of
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.note import Signer, sign
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DAY, DEFAULT, HOUR, MINUTE, Policy
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.stream import LOG
from mingdan.ledger.stuck import NO_PACE
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tree import inclusion_proof, leaf_hash, root_at
from mingdan.projections.figures import Backlog, Disputes, Figures, OnTime, Window, quantiles, score
from mingdan.projections.measure import spread
from mingdan.projections.on_time import TARGET
from mingdan.site.edition import Edition
from mingdan.site.imprint import Imprint
from mingdan.site.order_page import order_page

from ..corpus import Sparse

NOON = 1_795_320_000_000  # 2026-11-22 12:00:00 in Shanghai
HANDLE = handle_of(bytes(range(16)))
HIDDEN = "c0ffee" * 10 + "beef"  # a commitment
LABEL_OF_AN_ATTACKER = "</pre><script>alert('&amp;')</script><img src=https://evil.example/x>\u202e\u2028"
SECOND = 1000


class Said(NamedTuple):
    """One claim of a story: minutes after the order was placed, who, what, how late it was known (ms)."""

    minute: float
    by: str
    event: e.OrderEvent
    late: int = 300
    basis: str | None = None
    sig: Signature | None = None


class Story(NamedTuple):
    """An order as publishing has it in its hands."""

    handle: str
    order: Order
    entries: list[tuple[Row, Entry]]

    def page(
        self, edition: Edition, language: str = "zh-CN", policy: Policy = DEFAULT, pace: Paced = NO_PACE
    ) -> bytes:
        return order_page(
            edition, language, self.handle, self.order, self.entries, policy, self.timeline, IMPRINT, pace
        )

    @property
    def timeline(self) -> Timeline:
        """A proof that holds: of a log with nothing in it that matters but this order and the epoch entry."""
        raws = tuple(row.entry for row, _ in self.entries)
        head = Head(len(raws), self.entries[-1][0].position - 1, leaf_hash(raws[-1]))
        pairs = sorted([(key_of(stream_of(self.handle)), head.value), (key_of("another"), bytes(48))])
        epoch, last = epoch_of(root_of(pairs)), EDITION.size - 1
        tree = Sparse({head.index: head.leaf, last: leaf_hash(epoch)})
        root = root_at(EDITION.size, tree)
        return Timeline(
            stream=stream_of(self.handle),
            checkpoint=sign(Checkpoint(EDITION.origin, EDITION.size, root).text, [LOG_KEY]),
            epoch=epoch,
            path=tuple(inclusion_proof(last, EDITION.size, tree)),
            head=head,
            map=prove(pairs, key_of(stream_of(self.handle))),
            entries=raws,
            place=tuple(inclusion_proof(head.index, EDITION.size, tree)),
        )


def epoch_of(root: bytes) -> bytes:
    """The entry that closes the edition over this map."""
    epoch = e.Epoch(
        covers=EDITION.size - 1,
        map=root.hex(),
        previous=None,
        rules="00" * 32,
        statistics=e.Digest(sha256="00" * 32, size=EDITION.size - 1),
        streams=2,
    )
    return seal(Claim(stream=LOG, by=LOG, event=epoch), epoch, at=NOON, seq=1, prev=None, recorded=NOON)


def placed(**fields: object) -> e.Placed:
    terms = {"amount": 9_900, "currency": "CNY", "form": "direct", "merchant": "xinghe-dianka", "qty": 1}
    terms |= {"order_no": HIDDEN, "platform": "yunka", "policy": "default", "recipient": HIDDEN}
    return e.Placed(**(terms | {"sku": "game-points-100"} | fields))


def begun(**fields: object) -> list[Said]:
    """Placed, paid, checked and reserved: what most stories begin with."""
    due = NOON - 5 * HOUR + DAY
    return [
        Said(0, "yunka", placed(**fields)),
        Said(0.7, "yunka", e.Paid(amount=9_900, due_at=due, payment=HIDDEN)),
        Said(0.8, "yunka", e.RecipientChecked(field="手机号", result="ok", rule="cn-mobile")),
        Said(1, "yunka", e.StockReserved(as_of=NOON - 6 * HOUR, available=41, reservation="r-20931")),
    ]


def forwarded() -> list[Said]:
    return [
        *begun(),
        Said(2, "yunka", e.HopForwarded(attempt=1, ref=HIDDEN, to="huanan-daili")),
        Said(9, "huanan-daili", e.HopAccepted(eta=NOON), late=39 * MINUTE),
    ]


def delivered() -> list[Said]:
    """Eight entries: the ordinary order."""
    return [
        *forwarded(),
        Said(55, "hexin-gonghuo", e.ActivationSucceeded(receipt=HIDDEN), 4 * MINUTE, "observed"),
        Said(61, "yunka", e.Delivered(evidence="account_credited", goods=HIDDEN)),
    ]


def held() -> list[Said]:
    review = NOON + 2 * HOUR
    hold = e.RiskHeld(on_timeout="refund", review_by=review, rule="new-device-large-amount", track="manual")
    return [*begun()[:2], Said(1, "yunka", hold)]


def failed() -> list[Said]:
    failure = e.ActivationFailed(attributable_to="hexin-gonghuo", code="supply_cut")
    refusal = e.HopRejected(attributable_to="huadong-daili", code="outage", retryable=True)
    second = [
        Said(40, "yunka", e.HopForwarded(attempt=2, ref=HIDDEN, to="huadong-daili")),
        Said(44, "huadong-daili", refusal),
    ]
    return [*forwarded(), Said(30, "huanan-daili", failure, late=25 * MINUTE), *second]


def overdue() -> list[Said]:
    told = forwarded()
    told[1] = told[1]._replace(event=e.Paid(amount=9_900, due_at=NOON - 90 * MINUTE, payment=HIDDEN))
    unclear = [
        Said(50, "yunka", e.HopUncertain(ref=HIDDEN)),
        Said(80, "yunka", e.Nudged(nudge="n-1")),
    ]
    return told + unclear


def disputed() -> list[Said]:
    dispute = e.DisputeOpened(claim="not-received", dispute="d-7", freezes="settlement", message=HIDDEN)
    return [*delivered(), Said(90, "yunka", dispute)]


def refunded() -> list[Said]:
    ways = [e.RefundRequested(amount=9_900), e.RefundApproved(), e.RefundPaid(amount=9_900)]
    return [*failed(), *(Said(60 + 7 * place, "yunka", way) for place, way in enumerate(ways))]


def imported() -> list[Said]:
    bare = placed(policy=None, order_no=None, recipient=None, merchant=None, amount=None)
    facts = [bare, e.Noted(label="SRM: Ordered"), e.Delivered(evidence="source_record")]
    days = [-400, -397, -360]
    return [
        Said(day * 1440, "usaid", fact, 2 * DAY, "backfill") for day, fact in zip(days, facts, strict=True)
    ]


def odd() -> list[Said]:
    """Told twice, delivered twice, then taken back: every way an entry can be marked."""
    again = Said(62, "yunka", e.Delivered(evidence="shown_to_buyer", goods=HIDDEN))
    return [*delivered(), again, Said(63, "yunka", e.Paid(amount=9_900))]


def attacked() -> list[Said]:
    words = LABEL_OF_AN_ATTACKER
    return [
        *begun(),
        Said(2, "yunka", e.Noted(label=words)),
        Said(3, "yunka", e.Cancelled(by="platform", reason=words)),
    ]


def long() -> list[Said]:
    noted = (Said(3 + each, "huanan-daili", e.Noted(label=f"第 {each} 次轮询")) for each in range(60))
    return [*forwarded(), *noted]


def late_money() -> list[Said]:
    late = e.PaidLate(after="expired", amount=9_900)
    return [*begun()[:1], Said(15, "yunka", e.Expired()), Said(20, "yunka", late)]


def queued() -> list[Said]:
    place = e.BatchQueued(batch="night-2026-11-22", expected_start=NOON + HOUR, position=1_204)
    return [*begun(), Said(3, "yunka", place)]


STORIES = {
    "placed": begun()[:1],
    "paid": begun()[:2],
    "verified": begun(),
    "forwarded": forwarded(),
    "delivered": delivered(),
    "completed": [*delivered(), Said(200, "yunka", e.Completed(by="buyer"))],
    "queued": queued(),
    "held": held(),
    "failed": failed(),
    "overdue": overdue(),
    "disputed": disputed(),
    "refunding": refunded()[:-1],
    "refunded": refunded(),
    "expired": late_money()[:-1],
    "late-money": late_money(),
    "cancelled": attacked(),
    "reversed": [*delivered(), Said(99, "yunka", e.DeliveryReversed(reason="卡密无效"))],
    "imported": imported(),
    "odd": odd(),
    "long": long(),
    "beyond-the-calendar": [*begun(due_at=2**53 - 1)[:1], Said(1, "yunka", e.HopAccepted(eta=-(2**53) + 1))],
}


def told(claims: list[Said], *, disavowing: int | None = None, corrected: int | None = None) -> Story:
    """The story as the log would hold it, each entry a few places after the one before.

    The last may disavow one before it, and name another by which that is corrected.
    """
    stream, entries, prev = stream_of(HANDLE), [], None
    if disavowing is not None:
        claims = [*claims, Said(claims[-1].minute + 1, "yunka", e.Expired())]
    for seq, said in enumerate(claims, 1):
        event = said.event
        if disavowing is not None and seq == len(claims):
            by = None if corrected is None else entries[corrected][0].leaf.hex()
            gone = entries[disavowing][0].leaf.hex()
            event = e.Disavowed(corrected_by=by, entry=gone, reason="did_not_occur")
        at = NOON - 6 * HOUR + int(said.minute * MINUTE)
        claim = Claim(stream=stream, by=said.by, event=event, basis=said.basis, sig=said.sig)
        raw = seal(claim, event, at=at, seq=seq, prev=prev, recorded=at + said.late)
        prev = leaf_hash(raw)
        entry = read(raw, e.KIND_OF[type(event)], prev)
        entries.append((Row(10_000 + 7 * seq, stream, seq, entry.kind, raw, prev), entry))
    return Story(HANDLE, fold(entry for _, entry in entries), entries)


EDITION = Edition(
    title="明单",
    origin="demo.mingdan.example/log",
    size=16_412,
    root="8f3a" * 16,
    sealed=NOON,
    languages=("zh-CN", "en"),
    zone="Asia/Shanghai",
)


LOG_KEY = Signer(EDITION.origin, bytes(range(32)))
IMPRINT = Imprint(
    fresh_within=86_400,
    languages=EDITION.languages,
    origin=EDITION.origin,
    policy=(Policy(),),
    receipts=str(LOG_KEY.key),
    title=EDITION.title,
    trust=TrustPolicy((Log(LOG_KEY.key),)).print().decode(),
    zone=EDITION.zone,
)


def promised(
    kept: int,
    due: int,
    *,
    by_day: int | None = None,
    known: int | None = None,
    late: int = 0,
    undelivered: int = 0,
    cancelled: int = 0,
    since: int | None = None,
) -> OnTime:
    """So many orders due by noon, of which so many came in time: all known at once, unless said."""
    window = Window(since, NOON)
    return OnTime(
        strict=score(kept, due, window, TARGET),
        by_day=score(kept if by_day is None else by_day, due, window),
        known_then=score(kept if known is None else known, due, window),
        late=late,
        undelivered=undelivered,
        cancelled_by_buyer=cancelled,
    )


CLOSINGS = spread([HOUR * n for n in range(1, 16)])


def some_figures(**fields: object) -> Figures:
    """A platform with 1,204 orders due, of which 1,171 came in time."""
    waiting = Backlog(
        count=41,
        amounts={"CNY": 402_900, "USD": 1_250},
        oldest=NOON - 9 * DAY,
        ages={"1h": 21, "6h": 9, "24h": 6, "48h": 0, "7d": 3, "30d": 2, "older": 0},
        by_stage={"activation": 17, "dispatch": 12, "other": 12},
        by_holder={"hexin-gonghuo": 17, "huanan-daili": 12, "other": 12},
        by_cause={"hold:velocity": 11, "none": 20, "outage": 10},
    )
    values: dict[str, object] = {
        "scope": "platform/yunka",
        "as_of": NOON,
        "size": 16_411,
        "orders": 1_310,
        "delivered": 1_240,
        "steps": {"placed": 9, "paid": 18, "verified": 43, "shipped": 140, "completed": 1_100},
        "sides": {"none": 1_262, "queued": 0, "held": 3, "exception": 7, "overdue": 12, "refunded": 26},
        "imported": False,
        "on_time": promised(1_171, 1_204, by_day=1_180, known=1_164, late=21, undelivered=12, cancelled=4),
        "delivery": quantiles([SECOND * (7 + n * n // 40) for n in range(1_240)], missing=70),
        "backlog": waiting,
        "disputes": Disputes(
            19, 4, 15, {"for_buyer": 9, "for_merchant": 5, "withdrawn": 1}, CLOSINGS, {"other": CLOSINGS}
        ),
    }
    return Figures(**(values | fields))


def empty_figures() -> Figures:
    """A platform named by one order that nothing is known of yet."""
    return some_figures(
        scope="platform/xinpingtai",
        orders=1,
        delivered=0,
        steps={"placed": 1},
        sides={"none": 1},
        on_time=promised(0, 0),
        delivery=quantiles([], missing=1),
        backlog=Backlog(0, {}, None, {}, {}, {}),
        disputes=Disputes(0, 0, 0, {}),
    )
