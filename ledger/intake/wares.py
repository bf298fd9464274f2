"""The simulated market's SKUs: listed along the chain, their stock told of, their intake closed and opened.

A ware is one SKU at one seller, a platform or an upstream tier. Of tiers that never speak nothing is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal

from mingdan.ledger.intake.affair import Affair
from mingdan.ledger.intake.alarm import Alarm
from mingdan.ledger.intake.catalogue import CURRENCY, PARTIES, SECOND, SKUS, Sku
from mingdan.ledger.intake.enrolment import Known
from mingdan.ledger.intake.journey import Journey, ware_of
from mingdan.ledger.intake.season import DAYS, Season
from mingdan.ledger.intake.trade import (
    ENROLLED,
    FLOWING,
    MODES,
    RISE,
    SCARCE,
    SILENT,
    THIN,
    UNLISTED,
    WARES,
    Mode,
    Thin,
)
from mingdan.ledger.market import sku as s
from mingdan.ledger.market.incident import Trouble as Kind
from mingdan.ledger.policy import DAY, HOUR, MINUTE

LOW = 5  # units at which a warning is given
FRESH = 31 * HOUR  # how long a report is worth something

Level = Literal["low", "out"] | None
Moment = tuple[int, Callable[[int], None]]  # when, and what is told then


class Ware:
    """One SKU at one seller, and what was told of its stock so far."""

    def __init__(self, season: Season, seller: str, sku: Sku, before: s.Sku) -> None:
        self.season = season
        self.dice = season.trade
        self.seller = seller
        self.sku = sku
        self.before = before
        self.affair = Affair(f"sku/{ware_of(seller, sku.id)}")
        self.level = None if before.alert is None else before.alert.level
        self.as_of = 0

    def tell(self, at: int, event: s.SkuEvent) -> None:
        self.affair.tell(at, self.seller, event)

    def enter(self, at: int, to: str | None, mode: Mode) -> None:
        """Its entry into the market; one that an older ledger knows is taken up as it stands."""
        if self.before.listing is None:
            self.tell(at, s.Listed(
                form=self.sku.form, name=WARES[self.sku.id], platform=self.seller,
                recipient=self.sku.rule, stock_mode=mode,
            ))  # fmt: skip
            if to is not None:
                self.tell(at, s.Mapped(to=ware_of(to, self.sku.id)))
        self.price(at, self.sku.price)

    def price(self, at: int, amount: int) -> None:
        self.tell(at, s.Priced(amount=amount, currency=CURRENCY))

    def cap(self, at: int, cap: int, basis: s.Basis) -> None:
        self.tell(at, s.Capped(basis=basis, cap=cap))

    def stock(self, at: int, qty: int, *, arrived: bool = False) -> None:
        """A report as of some time ago, and the warning that follows from it."""
        self.as_of = max(self.as_of + 1, at - self.dice.between(2 * MINUTE, 2 * HOUR))
        told = s.Stocked(arrived=arrived, as_of=self.as_of, qty=qty, ttl=FRESH)
        self.tell(at, told)
        level: Level = "out" if qty == 0 else "low" if qty <= LOW else None
        if level != self.level:
            self.tell(at, s.Cleared() if level is None else s.Alerted(level=level))
        self.level = level


def sold(trips: Iterable[Journey], season: Season) -> dict[tuple[str, str], set[int]]:
    """On which days of the season each platform sells which SKU, without those that are not listed."""
    days: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for trip in trips:
        days[trip.platform.id, trip.sku.id].add((trip.steps[0].at - season.start) // DAY)
    return {ware: days[ware] for ware in sorted(days) if ware not in UNLISTED}


def shelves(season: Season, trips: Iterable[Journey], known: Known) -> Iterator[Affair]:
    """The affairs of every ware: those of the platforms where it sells, and of the tiers behind them."""
    days = sold(trips, season)
    for (platform, name), selling in days.items():
        yield _told(_ware(season, platform, _BY_ID[name], known), _at_platform, selling)
    for sku in SKUS:
        selling = {day for (_, name), on in days.items() if name == sku.id for day in on}
        for tier in sku.chain:
            if selling and not PARTIES[tier].observed:
                yield _told(_ware(season, tier, sku, known), _upstream, selling)


def _ware(season: Season, seller: str, sku: Sku, known: Known) -> Ware:
    before = known(f"sku/{ware_of(seller, sku.id)}")
    assert isinstance(before, s.Sku)
    return Ware(season, seller, sku, before)


def _told(ware: Ware, moments: Callable[[Ware, set[int]], Iterator[Moment]], selling: set[int]) -> Affair:
    for at, tell in sorted(moments(ware, selling), key=lambda moment: moment[0]):
        tell(at)
    return ware.affair


def _upstream(ware: Ware, selling: set[int]) -> Iterator[Moment]:
    """A tier tells every day what it has, and raises its price before anybody is told."""
    behind = ware.sku.chain[ware.sku.chain.index(ware.seller) + 1 :]
    to = behind[0] if behind else None
    yield ware.season.start + 20 * MINUTE, partial(ware.enter, to=to, mode="counted")
    cuts = [*_alarms(ware, "supply_cut")]
    for at, _day in _reports(ware, selling, ()):
        gone = any(each.start <= at < each.resolved for each in cuts)
        yield at, partial(ware.stock, qty=0 if gone else _plenty(ware))
    for alarm in _alarms(ware, "price_rise"):
        if alarm.party == ware.seller:
            yield alarm.start, partial(ware.price, amount=ware.sku.price * RISE // 100)


def _at_platform(ware: Ware, selling: set[int]) -> Iterator[Moment]:
    season, mode = ware.season, _mode(ware.sku)
    yield season.start + 40 * MINUTE, partial(ware.enter, to=ware.sku.chain[0], mode=mode)
    for since, price in season.rises(ware.seller, ware.sku):
        yield since, partial(ware.price, amount=price)
    if mode == "counted":
        yield from _stocked(ware, selling)
    else:
        yield season.start + 41 * MINUTE, partial(ware.cap, cap=_usual(ware), basis="manual")
        yield from _throttled(ware) if mode == "unlimited" else _flowing(ware)


def _mode(sku: Sku) -> Mode:
    """What the tier above never tells, a platform counts by itself."""
    mode = MODES[sku.form]
    return "counted" if mode == "upstream" and PARTIES[sku.chain[0]].observed else mode


def _stocked(ware: Ware, selling: set[int]) -> Iterator[Moment]:
    """Reports before each day of sales, but for spans in which there is something else to tell, or nothing.

    Only a platform that stops its intake has looked: another tells in a supply cut what it told before.
    """
    season, spans = ware.season, []
    for alarm in _alarms(ware, "supply_cut"):
        since, until = alarm.acts(ware.seller, "stop_intake"), alarm.resolved + HOUR
        if since is None:
            continue
        spans.append((since, until))
        yield since + 5 * MINUTE, partial(ware.stock, qty=LOW - 2)
        yield since + HOUR, partial(ware.stock, qty=0)
        yield until - 10 * MINUTE, partial(ware.stock, qty=_full(ware, DAYS))
    for thin in THIN:
        if (thin.platform, thin.sku) == (ware.seller, ware.sku.id):
            spans.append((season.day(thin.day, 10), season.day(thin.day, 10) + thin.waits))
            yield from _preordered(ware, thin, *spans[-1])
    for at, day in _reports(ware, selling, spans):
        yield at, partial(ware.stock, qty=_full(ware, day))


def _reports(ware: Ware, selling: set[int], spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """When a seller reports, for which day: not in these spans, nor while it is silent."""
    first, last = SILENT.get((ware.seller, ware.sku.id), (DAYS + 1, DAYS + 1))
    quiet = [(ware.season.day(first), ware.season.day(last)), *spans]
    for day in sorted(selling):
        at = _feed(ware, day)
        if not any(since <= at < until for since, until in quiet):
            yield at, day


def _preordered(ware: Ware, thin: Thin, out: int, restocked: int) -> Iterator[Moment]:
    """Sold out, taken in as pre-order until it arrives."""
    preorder = s.Preorder(qty=thin.qty, restock_by=restocked)
    yield out, partial(ware.stock, qty=0)
    yield out + 20 * MINUTE, partial(ware.tell, event=preorder)
    yield restocked - 2 * HOUR, partial(ware.stock, qty=_full(ware, thin.day) + thin.qty, arrived=True)


def _usual(ware: Ware) -> int:
    """The cap that a platform sets by hand on what it does not count itself."""
    return 30 + ware.season.orders // 20


def _throttled(ware: Ware) -> Iterator[Moment]:
    """What nobody counts is limited in the surge by what goes through."""
    usual = _usual(ware)
    for alarm in ware.season.alarms.values():
        throttled = alarm.acts(ware.seller, "throttle")
        if alarm.kind == "surge" and throttled is not None:
            yield throttled + MINUTE, partial(ware.cap, cap=usual // 20, basis="throughput")
            yield alarm.resolved + 2 * HOUR, partial(ware.cap, cap=usual, basis="backlog")


def _flowing(ware: Ware) -> Iterator[Moment]:
    """The days on which the ledger caps what follows upstream, by what it sees delivered."""
    first, last = FLOWING.get(ware.seller, (DAYS + 1, DAYS + 1))
    yield ware.season.day(first), partial(ware.cap, cap=_usual(ware), basis="throughput")
    yield ware.season.day(last), partial(ware.cap, cap=_usual(ware), basis="manual")


def _alarms(ware: Ware, kind: Kind) -> Iterator[Alarm]:
    """The alarms of one kind over the tiers behind a ware."""
    return (
        each for each in ware.season.alarms.values() if each.kind == kind and each.party in ware.sku.chain
    )


def _feed(ware: Ware, day: int) -> int:
    """When a seller tells the stock it has for a day: the evening before, one seller after another."""
    place = [*ENROLLED].index(ware.seller)
    if day == 0:
        return ware.season.start + 45 * MINUTE + place * 30 * SECOND
    return ware.season.day(day - 1, 20) + place * 10 * MINUTE


def _full(ware: Ware, day: int) -> int:
    """How much there is on a day, when there is some."""
    if (ware.seller, ware.sku.id) in SCARCE:
        return ware.dice.randrange(2, 10) + (day + 2) * ware.season.orders // 3000
    return ware.dice.randrange(60, 240) + ware.season.orders // 20


def _plenty(ware: Ware) -> int:
    """How much an upstream tier has for all that sell it on."""
    return ware.dice.randrange(200, 900) + ware.season.orders // 20


_BY_ID = {sku.id: sku for sku in SKUS}
