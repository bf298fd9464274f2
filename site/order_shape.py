"""The shapes of what an order's twin says; in each schema they are described in these very words."""

from __future__ import annotations

from typing import Literal

from mingdan.ledger.fact import Count, Hash, Int
from mingdan.ledger.order import StageName, Step
from mingdan.ledger.status import Side
from mingdan.site.chain import Telling
from mingdan.site.schema_org import LinkedOrder
from mingdan.site.twin import Odd, Shape, Twin


class Raw(Shape, frozen=True, kw_only=True):
    """An entry: `raw` is the text whose bytes were hashed, `index` its place in the log from 0."""

    index: Count
    leaf: Hash
    raw: str


class Where(Shape, frozen=True, kw_only=True):
    """Where the order is: `what` says which end it came to, else by what its holder is known."""

    holder: str | None
    since: Int | None
    stage: str | None
    what: str


class Expected(Shape, frozen=True, kw_only=True):
    """By when 5 and 9 of 10 such orders (`of` its sku, form or platform) came that had waited as long."""

    n: Count
    of: str
    p50: Int | None
    p90: Int | None


class Worth(Shape, frozen=True, kw_only=True):
    """What lateness has come to, in minor units; `running` while it still grows. Durations in ms."""

    accrued: Count
    late: Count
    paid: Count
    paused: Count
    running: bool
    unpaid: Count


class Promise(Shape, frozen=True, kw_only=True):
    """`due` is the first promise, `promised` the one in force; `late` is None where nothing can be told."""

    due: Int | None
    expected: Expected | None
    late: bool | None
    policy: str
    promised: Int | None
    version: Count | None
    worth: Worth | None


class Goods(Shape, frozen=True, kw_only=True):
    """What was ordered where, as far as the record says it in public; money in minor units."""

    amount: Count | None
    currency: str | None
    form: str | None
    merchant: str | None
    platform: str
    qty: Count | None
    sku: str | None


class Held(Shape, frozen=True, kw_only=True):
    """A hold that lasts: by which rule, until when, and since when its buyer knows of it."""

    noticed: Int | None
    on_timeout: str
    review_by: Int
    rule: str
    since: Int
    track: str


class Queue(Shape, frozen=True, kw_only=True):
    """Where it waits in a batch that has not started."""

    batch: str
    expected_start: Int | None
    position: Count


class Trouble(Shape, frozen=True, kw_only=True):
    """Why it does not move on, and whose doing that is."""

    attributable_to: str
    code: str


class Dispute(Shape, frozen=True, kw_only=True):
    """A dispute that is open."""

    claim: str
    dispute: str
    freezes: str
    since: Int


class Said(Shape, frozen=True, kw_only=True):
    """When a tier said something, when that was known, and how long it took (ms)."""

    at: Int
    known: Int
    lag: Int
    leaf: Hash
    what: Telling


class Hop(Shape, frozen=True, kw_only=True):
    """A tier on the order's way; `word` is what became of the order there, `here` whether it is there now."""

    attempt: Count
    here: bool
    party: str
    said: tuple[Said, ...]
    word: str


class Standstill(Shape, frozen=True, kw_only=True):
    """Since when it stands still, in which stage, and by which limit (ms): of its terms, or what is usual."""

    limit: Count
    since: Int
    stage: StageName
    why: Literal["limit", "pace"]


class OrderTwin(Twin, frozen=True, kw_only=True, tag="../../schema/order.json"):
    """An order as its page shows it; `because` is the leaf hash of the entry that its status rests on.

    `units` were delivered and not taken back: it is delivered once they are all that were ordered.
    """

    because: Hash
    disputes: tuple[Dispute, ...]
    entries: tuple[Raw, ...]
    goods: Goods | None
    hold: Held | None
    hops: tuple[Hop, ...]
    imported: bool
    irregularities: tuple[Odd, ...]
    linked: LinkedOrder
    next: str
    promise: Promise
    queue: Queue | None
    refund: str
    side: Side
    step: Step
    stream: str
    stuck: Standstill | None
    trouble: Trouble | None
    units: Count
    violations: tuple[Odd, ...]
    waiting: bool
    where: Where


class Tombstone(Twin, frozen=True, kw_only=True, tag="../../schema/tombstone.json"):
    """That an order was erased, when and why; nothing else is told of it."""

    erased: Int
    reason: str | None
    stream: str
