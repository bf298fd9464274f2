"""What holds after every step, whatever was told: the invariants, read off the store beside the model."""

import json
from collections.abc import Callable
from random import Random

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market import fold as market
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy, terms_of
from mingdan.ledger.status import status, violations
from mingdan.ledger.stuck import stuck

from ..ledger.keeping.scribe import POLICIES, flaws
from .life import Life
from .model import Model
from .shop import Shop

EVIDENCE = {"shown_to_buyer", "account_credited", "provider_receipt", "source_record"}


def check_log(before: list[Row], after: list[Row]) -> None:
    """I13, I15: nothing was taken back or altered, everything continues, no number has a fraction."""
    assert after[: len(before)] == before, "what was written was altered"
    assert flaws(after) == []
    for row in after[len(before) :]:
        json.loads(row.entry, parse_float=_no_float, parse_constant=_no_float)


def check_order(shop: Shop, model: Model, stream: str) -> None:
    """Every law of one order, at the hand-turned clock's time."""
    entries = [parse(row.entry) for row in shop.stores.store.rows_of([stream])]
    order, life = fold(entries), model.life(stream)
    terms = _terms(shop, order)
    _folds(entries, fold)
    for law in LAWS:
        law(order, life, shop.now, terms)


def check_market(shop: Shop, stream: str) -> None:
    """I16, of a stream of the market."""
    entries = [parse(row.entry) for row in shop.stores.store.rows_of([stream])]
    _folds(entries, lambda told: _subject(stream, told))


def check_shelves(shop: Shop, model: Model) -> None:
    """I4: the ledger counts as many open promises of each SKU as there are, and never too little spent."""
    *_, shelves = shop.kept()
    counted = {name: (promised, spent) for name, promised, spent, _ in shelves}
    named = {(life.said("sku"), life.said("platform")) for life in model.lives().values()}
    for sku, platform in ((sku, platform) for sku, platform in named if sku is not None):
        promised, spent = counted.get(f"{platform}/{sku}", (0, 0))
        there, gone = model.promised(sku, platform), model.spent(sku, platform)[0]
        assert promised == there, (platform, sku, "promised", promised, there)
        assert spent >= gone, (platform, sku, "spent", spent, gone)


def check_views(shop: Shop) -> None:
    assert shop.viewed(anew=False) == shop.viewed(anew=True)


# the parts --------------------------------------------------------------------------------------------
def _no_float(text: str) -> None:
    raise AssertionError(f"a float was stored: {text}")


def _subject(stream: str, entries: list[Entry]) -> market.Subject:
    subject = market.empty(stream)
    for each in entries:
        subject = market.evolve(subject, each)
    return subject


def _terms(shop: Shop, order: Order) -> Policy:
    named = f"policy/{(order.terms and order.terms.policy) or 'default'}"
    published = [parse(row.entry) for row in shop.stores.store.rows_of([named])]
    return terms_of(order, POLICIES, _subject(named, published) if published else None)


def _folds(entries: list[Entry], folded: Callable[[list[Entry]], object]) -> None:
    """I16: any part in any order folds, and twice to the same."""
    shuffled = [*entries]
    Random(len(entries)).shuffle(shuffled)
    for told in (entries, entries[: len(entries) // 2], shuffled):
        assert folded(told) == folded(told)


def _status(order: Order, life: Life, now: int, _terms: Policy) -> None:
    """I1, I3, I8, I11, I12: the public status is what the facts say, and rests on one of them."""
    step, side, because = status(order, now)
    assert because.hex() in {each.leaf for each in life.told}
    assert step == life.step, ("step", step, life.step)
    told = "waiting" if side in ("none", "queued", "exception") and not life.delivered else side
    assert told == life.side(now), ("side", told, life.side(now))
    if step == "shipped" and side != "refunded":
        assert {each.data["evidence"] for each, _ in life.shipments} <= EVIDENCE


def _units(order: Order, life: Life, _now: int, _terms: Policy) -> None:
    """I2: what was delivered live is never more than was ordered."""
    assert order.units == life.units
    if life.said("qty") and all(
        each.basis is None for each in life.told if each.kind == "delivery.delivered"
    ):
        assert life.units <= life.said("qty")


def _promise(order: Order, life: Life, _now: int, _terms: Policy) -> None:
    """I6: the due time is the first that was fixed; only what the buyer agreed to extends it."""
    assert order.due_at == life.due
    assert order.promised == life.promised


def _stages(order: Order, life: Life, _now: int, _terms: Policy) -> None:
    """I9: somebody holds the order from its payment on, without a gap, and nobody after its delivery."""
    since = [each.since for each in order.stages]
    assert since == sorted(since)
    assert all(each.holder for each in order.stages)
    assert not since or since[0] in {
        each.effective for each in life.facts if each.kind.startswith("order.paid")
    }


def _tells_when_stuck(order: Order, life: Life, now: int, terms: Policy) -> None:
    """I14: paid, waiting, and forwarded to nobody for longer than its limit."""
    out = life.refund == "paid" or (life.cancelled and not life.all("order.paid_late"))
    waits = life.money is not None and not life.delivered and not out
    if waits and not life.hops:
        late = now > life.money.effective + life.terms["stock"]
        found = stuck(order, terms, now)
        assert late == (found is not None and found.stage == "stock"), (late, found)


def _notices(order: Order, life: Life, now: int, terms: Policy) -> None:
    """I5: a hold that the buyer was not told of in time is listed, and so is a review that is overdue."""
    owed = set()
    for hold in life.all("risk.held"):
        told = [each for each in life.told if each.kind == "care.notified" and each.data["of"] == hold.leaf]
        heard = told[0].known if told else now
        if heard - hold.known > life.terms["notice_within"]:
            owed.add(hold.leaf)
    listed = {leaf.hex() for rule, leaf in violations(order, terms, now) if rule == "hold-without-notice"}
    assert listed == owed
    if life.held:
        assert order.hold is not None
        assert order.hold.review_by == life.last("risk.held").data["review_by"]


LAWS = (_status, _units, _promise, _stages, _tells_when_stuck, _notices)
