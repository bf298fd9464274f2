"""Propagation: how late each tier's words arrive, and how many of those that the protocol expects ever do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from mingdan.projections.conduct import Tier
from mingdan.projections.measure import FEW, grouped, published, rate, spread

WORDS = ("accepted", "started", "finished")  # what a tier owes of an order that was delivered
GIVEN_BACK = ("rejected", "not_found")  # a hop that never became the tier's own


def propagation(hops: Iterable[Row[Any]]) -> dict[str, Tier]:
    """By tier, from rows of `views.hops`."""
    tiers = published(grouped((hop.tier, hop) for hop in hops))
    return {tier: _tier(those) for tier, those in tiers.items()}


def _tier(hops: Sequence[Row[Any]]) -> Tier:
    owed = [hop for hop in hops if _owes(hop)]
    heard = {word: sum(getattr(hop, f"{word}_at") is not None for hop in owed) for word in WORDS}
    return Tier(
        hops=len(hops),
        lag=spread(lag for hop in hops for lag in _lags(hop)),
        heard={word: rate(count, len(owed), FEW) for word, count in heard.items()},
        attenuation=rate(sum(heard.values()), len(WORDS) * len(owed), len(WORDS) * FEW),
    )


def _owes(hop: Row[Any]) -> bool:
    """Whether its words are expected: a source of history never promised to tell them."""
    return bool(hop.delivered) and not hop.imported and hop.state not in GIVEN_BACK


def _lags(hop: Row[Any]) -> Iterable[int]:
    told = (
        (hop.accepted_at, hop.accepted_known),
        (hop.started_at, hop.started_known),
        (hop.finished_at, hop.finished_known),
    )
    return [known - at for at, known in told if known is not None]
