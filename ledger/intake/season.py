"""The simulated market's thirty days: when orders arrive, what goes wrong upstream and for how long.

Everything is drawn in integers from one seed, so that every machine draws the same days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from mingdan.ledger.intake.alarm import Alarm, Trouble, raised
from mingdan.ledger.intake.catalogue import HOURS, MERCHANTS, Merchant, Sku
from mingdan.ledger.intake.dice import Dice
from mingdan.ledger.intake.terms import Terms, in_force
from mingdan.ledger.intake.trade import (
    BARRED,
    EXPECTED,
    EXPELLED,
    LAPSED,
    LAPSES,
    RISE,
    SUSPENDED,
    SUSPENSION_TERM,
    Expected,
)
from mingdan.ledger.market.incident import Trouble as Kind
from mingdan.ledger.policy import DAY, HOUR, MINUTE

DAYS = 30
ZONE = 8 * HOUR  # the market lives in +08:00
OPENING = 2 * HOUR  # before the first day's first order: by then all is registered and listed
FLURRY = 90_000  # ms from the first to the last order of one
RUN = 2 * HOUR  # a supplier's batch runs this often
AROUND = 15 * MINUTE  # nothing is begun with a merchant so shortly before it is shut out, or after
OVER = 1 << 53  # for good


class Season:
    """The days before `end` (ms UTC) and what is shared between their orders: shelves, batches and alarms."""

    def __init__(self, dice: Dice, orders: int, end: int) -> None:
        self.dice = dice
        self.orders = orders
        self.end = end
        self.start = (end + ZONE) // DAY * DAY - ZONE - DAYS * DAY  # a midnight
        self.number = self.start // DAY  # unique beside an earlier market
        self.trade = dice.apart()  # for the market's own facts
        self.surge = self._evening(23)
        self.alarms: dict[str, Alarm] = {}
        self.troubles = self._troubles()
        self._raise("surge", "kameng-a", *self.surge)
        self.shut = self._shut()
        self.sold: Counter[tuple[str, int]] = Counter()
        self.queued: Counter[str] = Counter()
        self.editions: dict[str, int] = {}  # how many versions of each policy an older market left

    def day(self, day: int, hour: int = 0) -> int:
        """An hour of a day in +08:00 (ms UTC)."""
        return self.start + day * DAY + hour * HOUR

    def arrivals(self) -> list[int]:
        """When each order is placed, in order: in flurries, as when a reseller buys for many at once."""
        placed: list[int] = []
        while len(placed) < self.orders:
            first = self._arrival()
            placed += [first + self.dice.randrange(FLURRY) for _ in range(self.dice.between(1, 12))]
        return sorted(placed[: self.orders])

    def open_at(self, at: int) -> list[Merchant]:
        """The merchants that new orders are placed with."""
        return [each for each in MERCHANTS if not self.is_shut(each.id, at)]

    def is_shut(self, merchant: str, at: int) -> bool:
        """Whether a merchant is barred or has lapsed at that time, or shortly before or after."""
        since, until = self.shut.get(merchant, (OVER, OVER))
        return since - AROUND <= at < until + AROUND

    def price(self, platform: str, sku: Sku, at: int) -> int:
        """What a platform asks for one piece: it passes on the rises upstream that it knows of."""
        asked = [price for since, price in self.rises(platform, sku) if since <= at]
        return asked[-1] if asked else sku.price

    def rises(self, platform: str, sku: Sku) -> list[tuple[int, int]]:
        """When a platform raises a price (ms UTC), and to how much."""
        rises, price = [], sku.price
        for alarm in self.alarms.values():
            known = alarm.known_to(platform)
            if alarm.kind == "price_rise" and alarm.party in sku.chain and known is not None:
                price = price * RISE // 100
                rises.append((known + 10 * MINUTE, price))
        return rises

    def terms(self, policy: str, at: int) -> Terms:
        """The published terms that an order falls under."""
        return self.numbered(in_force(policy, at - self.start))

    def numbered(self, terms: Terms) -> Terms:
        """Terms under the number of their version: those of an older market are counted on."""
        version = terms.published.version + self.editions.get(terms.policy, 0)
        return terms._replace(published=replace(terms.published, version=version))

    def trouble(self, parties: Sequence[str], at: int) -> Trouble | None:
        """What goes wrong at that time at the first of these parties that fails."""
        return next(
            (each for each in self.troubles if each.party in parties and each.start <= at < each.end), None
        )

    def take(self, merchant: str, weight: int, at: int, pieces: int) -> int:
        """Takes pieces off an overselling merchant's shelf of that day: how many there were before."""
        quota = max(2, self.orders * weight * 3 // (2 * DAYS * sum(each.weight for each in MERCHANTS)))
        shelf = (merchant, (at - self.start) // DAY)
        left = max(0, quota - self.sold[shelf])
        if pieces <= left:
            self.sold[shelf] += pieces
        return left

    def join(self, supplier: str, at: int) -> tuple[str, int, int]:
        """A place in the supplier's next batch: its name, the position, when it starts (ms UTC)."""
        run = (at - self.start) // RUN + 1
        batch = f"{supplier}-b{run:04d}"
        self.queued[batch] += 1
        return batch, self.queued[batch], self.start + run * RUN

    def surging(self, at: int) -> bool:
        return self.surge[0] <= at < self.surge[1]

    def _arrival(self) -> int:
        """Mostly by the hour of the day; some in the surge, some in the last two hours."""
        if self.dice.chance(90):
            return self.dice.randrange(*self.surge)
        if self.dice.chance(32):
            return self.end - self.dice.randrange(2 * MINUTE, 2 * HOUR)
        while True:
            day = self.dice.randrange(DAYS + 1)
            hour = self.dice.weighted(range(24), HOURS)
            at = self.day(day, hour) + self.dice.randrange(HOUR)
            if self.start + OPENING <= at < self.end - 2 * MINUTE:
                return at

    def _evening(self, day: int) -> tuple[int, int]:
        start = self.day(day, 19) + self.dice.randrange(HOUR)
        return start, start + 3 * HOUR

    def _troubles(self) -> tuple[Trouble, ...]:
        """Those that are over and one that lasts: what an operator finds on any day."""
        past = tuple(self._happens(each) for each in EXPECTED)
        start, end = self.end - 4 * HOUR, self.end + 8 * HOUR
        alarm = self._raise("fault", "core-beta", start, end)
        return (*past, Trouble("outage", "core-beta", start, end, alarm))

    def _happens(self, expected: Expected) -> Trouble:
        start = self.day(expected.day, expected.earliest) + self.dice.randrange(2 * HOUR)
        end = start + expected.length
        alarm = self._raise(expected.kind, expected.party, start, end)
        return Trouble(expected.code, expected.party, start, end, alarm)

    def _raise(self, kind: Kind, party: str, start: int, end: int) -> str:
        name = f"{kind}-{party}-{self.number}"
        self.alarms[name] = raised(self.trade, name, kind, party, start, end)
        return name

    def _shut(self) -> dict[str, tuple[int, int]]:
        """From when to when nothing new is begun with a merchant: three come to it, each in its way."""
        spans = {LAPSES: LAPSED, SUSPENDED: SUSPENSION_TERM}
        passing = {who: (self.day(*since), self.day(*until)) for who, (since, until) in spans.items()}
        return passing | {EXPELLED: (self.day(*BARRED), OVER)}
