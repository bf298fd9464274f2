"""One order's way through the simulated market, as the claims that are told about it, in the order told.

Each step is told no earlier than the one before; it may have happened long before it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from mingdan.ledger import event as e
from mingdan.ledger.claim import Basis
from mingdan.ledger.intake.catalogue import PARTIES, PLATFORMS, SECOND, SKUS
from mingdan.ledger.intake.season import Season
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.mark import TOLERANCE
from mingdan.ledger.policy import HOUR, MINUTE

FLUSH = 3 * MINUTE  # a platform sends what it heard at least this often
ROUND = 2 * HOUR  # how often the ledger looks what it owes

Freeze = Literal["none", "settlement", "delivery"]
Telling = e.Event | Callable[[Sequence[str]], e.Event]
FOREIGN = "foreign_callback"  # what plays this is tried, and refused


def next_round(at: int) -> int:
    """When the ledger has looked at what was recorded by an instant, or fell due by then (ms UTC)."""
    return at // ROUND * ROUND + ROUND


def ware_of(seller: str, sku: str) -> str:
    """The name of a SKU as one seller lists it."""
    return f"{seller}.{sku}"


class Step(NamedTuple):
    """One claim to be. `says` is the event, or makes it from the leaves of the journey's steps so far."""

    recorded: int
    at: int
    by: str
    says: Telling
    private: dict[str, str]
    basis: Basis | None
    key: str | None
    plays: str  # the failures that are seen here first, between blanks


class Plight(NamedTuple):
    """Where an order waits: the stage, who holds it, the step that says so, the cause in words."""

    stage: str
    holder: str
    because: int
    cause: str


class Journey:
    """What the road draws and says of one order. `now` is when things happen, `known` the last telling."""

    def __init__(self, season: Season, number: int, placed: int) -> None:
        self.season = season
        self.dice = season.dice
        self.name = f"{season.number}-{number:06d}"
        self.order = draw_order(f"no-{self.name}", self.dice.randbytes)
        merchants = season.open_at(placed)
        self.merchant = self.dice.weighted(merchants, [each.weight for each in merchants])
        self.platform = PLATFORMS[self.merchant.platform]
        self.sku = self.dice.weighted(SKUS, [each.weight for each in SKUS])
        self.ware = ware_of(self.platform.id, self.sku.id)
        self.qty = self.dice.between(1, self.sku.most + 1)
        self.amount = self.qty * season.price(self.platform.id, self.sku, placed)
        self.terms = season.terms("instant" if self.sku.form == "card" else "default", placed)
        self.now = self.known = placed
        self.steps: list[Step] = []
        self.paid_at = self.over = placed  # `over` is when a delivery counts as uncontested
        self.reserved = False
        self.frozen: dict[str, Freeze] = {}  # what each open dispute freezes
        self.agent = self.speaker = self.platform.agent  # who is sent to, and the last tier heard of
        self.chain = self.sku.chain
        self.refs: dict[str, str] = {}  # under which each tier was last sent the order
        self.nudges = self.disputes = 0

    @property
    def stream(self) -> str:
        return self.order.stream

    def chance(self, per_mille: int) -> bool:
        return self.dice.chance(per_mille)

    def elapse(self, low: int, high: int) -> None:
        """Lets time pass: `low` to `high` ms."""
        self.now += self.dice.between(low, high)

    def say(self, by: str, says: Telling, plays: str = "", **private: str) -> int:
        """The platform or the buyer acts on what is known, and says so at once. The step's place."""
        self.now = max(self.now, self.known)
        if self.season.is_shut(by, self.now):
            by = self.platform.id  # which speaks for a merchant that is barred
        return self._tell(by, says, self.now + self.dice.between(100, 2 * SECOND), private, plays=plays)

    def hear(self, tier: str, says: Telling, plays: str = "", **private: str) -> int:
        """An upstream tier's fact, which its own word or the platform's observation brings late."""
        party = PARTIES[tier]
        late = self._late()
        told = self.now + self.dice.between(party.prompt, 4 * party.prompt) + late
        told = -(-told // party.poll) * party.poll
        basis: Basis | None = "observed" if party.observed else None
        by = self.platform.id if party.observed else tier
        plays += " late_callback" if late > TOLERANCE else ""
        return self._tell(by, says, told, private, basis, plays)

    def answer(self, tier: str, says: e.OrderEvent, plays: str = "", **private: str) -> int:
        """A tier's word on its hop, under the reference that it was sent with (I7)."""
        return self.hear(tier, says, plays, ref=self.refs[tier], **private)

    def forged(self, tier: str, says: e.OrderEvent) -> None:
        """A callback that names another order's reference."""
        step = Step(self.known, self.known, tier, says, {"ref": f"{self.refs[tier]}0"}, None, None, FOREIGN)
        self._append(step)

    def repeat(self, place: int) -> None:
        """A callback that comes again: the same fact under the same key, which is recorded once."""
        step = self.steps[place]._replace(key=f"callback/{self.order.alias}/{place}")
        self.steps[place] = step
        again = max(self.known, step.recorded + self.dice.between(5 * SECOND, 10 * MINUTE))
        self._append(step._replace(recorded=again, plays="repeated_callback"))

    def _late(self) -> int:
        if self.chance(970):
            return 0
        return self.dice.between(10 * MINUTE, HOUR) if self.chance(700) else self.dice.between(HOUR, 9 * HOUR)

    def _tell(
        self,
        by: str,
        says: Telling,
        told: int,
        private: dict[str, str],
        basis: Basis | None = None,
        plays: str = "",
    ) -> int:
        return self._append(Step(max(told, self.known), self.now, by, says, private, basis, None, plays))

    def _append(self, step: Step) -> int:
        self.steps.append(step)
        self.known = step.recorded
        return len(self.steps) - 1
