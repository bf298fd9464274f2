"""What goes wrong in the simulated market, and which tier knows of it since when, and what it does.

A trouble is what orders run into; its alarm is what is said of it: tier by tier, late, and not by all.
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.event import FailureCode
from mingdan.ledger.intake.catalogue import PARTIES, PLATFORMS
from mingdan.ledger.intake.dice import Dice
from mingdan.ledger.intake.trade import ACKNOWLEDGES, ACTS
from mingdan.ledger.market.incident import Action
from mingdan.ledger.market.incident import Trouble as Kind
from mingdan.ledger.policy import HOUR, MINUTE


class Trouble(NamedTuple):
    """A party fails in one way from `start` to `end` (ms UTC); `alarm` names the exception it is told as."""

    code: FailureCode
    party: str
    start: int
    end: int
    alarm: str


class Alarm(NamedTuple):
    """An exception to be: who reports it, who knows of it since when, who does what (ms UTC)."""

    id: str
    kind: Kind
    party: str
    by: str
    start: int
    reported: int
    expected_end: int
    acknowledged: dict[str, int]
    acted: tuple[tuple[str, Action, int], ...]
    resolved: int

    def known_to(self, party: str) -> int | None:
        return self.reported if party == self.by else self.acknowledged.get(party)

    def acts(self, platform: str, action: Action) -> int | None:
        """When a platform does this about it, or None."""
        return next((at for by, did, at in self.acted if (by, did) == (platform, action)), None)


def raised(dice: Dice, name: str, kind: Kind, party: str, start: int, end: int) -> Alarm:
    """The alarm over what goes wrong at a party from `start` to `end`; maintenance is told the day before."""
    by = "agent-east" if party in PARTIES and PARTIES[party].observed else party
    reported = start + (-20 * HOUR if kind == "maintenance" else dice.between(2 * MINUTE, 50 * MINUTE))
    acknowledged = _acknowledged(dice, by, _below(kind, party), reported)
    acted = tuple(
        (platform, action, acknowledged.get(platform, reported) + dice.between(MINUTE, HOUR))
        for platform, actions in ACTS[kind].items()
        if platform in acknowledged or platform == by
        for action in actions
    )
    expected = max(reported, end + dice.between(-HOUR, 3 * HOUR))
    resolved = end + dice.between(5 * MINUTE, 40 * MINUTE)
    return Alarm(
        name, kind, party, by, start, reported, expected, acknowledged,
        tuple(each for each in acted if each[2] < resolved), resolved,
    )  # fmt: skip


def _below(kind: Kind, party: str) -> list[str]:
    """The platforms whose orders run into it."""
    if kind == "surge":
        return [party]
    return [
        each.id for each in PLATFORMS.values() if party not in AGENTS or party in (each.agent, each.backup)
    ]


def _acknowledged(dice: Dice, by: str, platforms: list[str], reported: int) -> dict[str, int]:
    """Down the chain: first the agents, then the platforms they serve, each after who told it."""
    found: dict[str, int] = {}
    for platform in platforms:
        agent = PLATFORMS[platform].agent
        for tier, above in ((agent, by), (platform, agent)):
            if tier != by and tier not in found and tier in ACKNOWLEDGES:
                found[tier] = found.get(above, reported) + dice.between(*ACKNOWLEDGES[tier])
    return found


AGENTS = frozenset(each.agent for each in PLATFORMS.values())
