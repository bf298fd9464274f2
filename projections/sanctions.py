"""Sanctions: what was decided against whom, by whom and why, on which entries, until when, and appeals."""

from __future__ import annotations

from collections.abc import Mapping

from mingdan.ledger.market.party import Party, Sanction
from mingdan.projections.market import Appeal, Decision


def sanctions(parties: Mapping[str, Party], as_of: int) -> tuple[Decision, ...]:
    """Every decision ever, as of an instant (ms UTC), by party and time: what is over stays told."""
    return tuple(_decision(name, each, as_of) for name, party in parties.items() for each in party.sanctions)


def _decision(party: str, sanction: Sanction, as_of: int) -> Decision:
    return Decision(
        party=party,
        severity=sanction.severity,
        reasons=sanction.reasons,
        by=sanction.by,
        since=sanction.mark.effective,
        until=sanction.until,
        ended=None if sanction.ended is None else sanction.ended.effective,
        ended_by=sanction.ended_by,
        ended_why=sanction.ended_why,
        entries=sanction.entries,
        appeal=_appeal(sanction, as_of),
    )


def _appeal(sanction: Sanction, as_of: int) -> Appeal:
    """Without a last day an appeal may be filed as long as the decision stands."""
    if sanction.appealed is not None:
        return "filed"
    if sanction.ended is not None:
        return "none"
    late = sanction.appeal_by is not None and as_of > sanction.appeal_by
    return "over" if late else "possible"
