"""The rules by which entries become figures, published word for word: the very code that folds and counts.

An epoch names this text by its hash, so that nobody can count by one rule today and by another tomorrow.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]

RULES = (
    "ledger/fact.py",
    "ledger/market/subject.py",
    "ledger/market/party.py",
    "ledger/market/sku.py",
    "ledger/market/incident.py",
    "ledger/market/compensation.py",
    "ledger/market/promise.py",
    "ledger/market/fold.py",
    "ledger/market/guard.py",
    "ledger/market/reach.py",
    "ledger/event.py",
    "ledger/entry.py",
    "ledger/mark.py",
    "ledger/order.py",
    "ledger/refund.py",
    "ledger/rules.py",
    "ledger/covered.py",
    "ledger/disavowal.py",
    "ledger/stages.py",
    "ledger/hops.py",
    "ledger/evolve.py",
    "ledger/policy.py",
    "ledger/status.py",
    "ledger/pauses.py",
    "ledger/owed.py",
    "ledger/stuck.py",
    "projections/delay.py",
    "projections/backlog.py",
    "projections/dispute.py",
    "projections/hop.py",
    "projections/stage.py",
    "projections/hold.py",
    "projections/nudge.py",
    "projections/acceptance.py",
    "projections/register.py",
    "projections/interval.py",
    "projections/measure.py",
    "projections/incidence.py",
    "projections/standard_error.py",
    "projections/survival.py",
    "projections/awaited.py",
    "projections/conduct.py",
    "projections/propagation.py",
    "projections/attribution.py",
    "projections/care.py",
    "projections/board.py",
    "projections/exposure.py",
    "projections/fairness.py",
    "projections/standstill.py",
    "projections/days.py",
    "projections/account.py",
    "projections/figures.py",
    "projections/on_time.py",
    "projections/standing.py",
    "projections/scope.py",
    "projections/market.py",
    "projections/incidents.py",
    "projections/sanctions.py",
    "projections/census.py",
)


@cache
def rulebook(zone: str) -> bytes:
    """The text: in which zone (IANA) days end, then each module behind a line with its name."""
    modules = [f"# ==== {name}\n".encode() + (ROOT / name).read_bytes() for name in RULES]
    return b"".join([f"# days end in {zone}\n".encode(), *modules])


@cache
def rules_hash(zone: str) -> str:
    """Its SHA-256 (hex), as epochs carry it."""
    return sha256(rulebook(zone)).hexdigest()
