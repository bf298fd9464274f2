"""What else is looked at when claims are decided: streams, shelves and entries that rules rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.event import Disavowed, DisputeDecided, HopForwarded, Placed, Reinstated
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.ground import State
from mingdan.ledger.keeping.named import is_of_its_order, named
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Appending
from mingdan.ledger.market.guard import TURNING, shelf_name, shelf_of
from mingdan.ledger.market.incident import Incident, Reported, Resolved
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.reach import above
from mingdan.ledger.market.sku import Listed, Mapped, Sku, Stocked
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT


def beside(claim: Claim) -> Iterator[str]:
    """The streams that are looked at when a claim is decided: who speaks, of what, under which promise.

    The ledger itself speaks where a SKU does not carry an order.
    """
    yield f"party/{claim.by}"
    event = claim.event
    if isinstance(event, Placed):
        yield from (f"party/{name}" for name in (event.platform, event.merchant, event.tier) if name)
        yield f"policy/{event.policy or DEFAULT.id}"
        if event.sku is not None:
            yield from (f"sku/{event.sku}", f"party/{LEDGER}")
    elif isinstance(event, _RESUMING):
        yield f"party/{LEDGER}"
    elif isinstance(event, HopForwarded):
        yield f"party/{event.to}"
    elif isinstance(event, DisputeDecided):
        yield f"party/{event.decider}"
    elif isinstance(event, Reported):
        yield from (f"sku/{name}" for name in event.scope)


def behind(claims: Sequence[Claim], known: Mapping[str, State]) -> Iterator[str]:
    """The streams behind these: policies that orders were placed under, SKUs that they may have again.

    And who published a policy first, and the SKUs of exceptions that end.
    """
    ending = {claim.stream for claim in claims if isinstance(claim.event, Resolved)}
    again = {claim.stream for claim in claims if isinstance(claim.event, _RESUMING)}
    for stream, state in known.items():
        terms = state.terms if isinstance(state, Order) else None
        if terms is not None and terms.policy_version is not None:
            yield f"policy/{terms.policy or DEFAULT.id}"
        if terms is not None and terms.sku is not None and stream in again:
            yield f"sku/{terms.sku}"
        if isinstance(state, Promise) and state.publisher is not None:
            yield f"party/{state.publisher}"
        if isinstance(state, Incident) and state.report is not None and stream in ending:
            yield from (f"sku/{name}" for name in state.report.scope)


def above_mapped(claims: Sequence[Claim], known: Mapping[str, State]) -> Iterator[str]:
    """The next stream up from each SKU that is mapped to, where it is not known yet."""
    for claim in claims:
        if isinstance(claim.event, Mapped):
            *_, last = above(claim.event.to, lambda name: _sku(known.get(f"sku/{name}")))
            if f"sku/{last}" not in known:
                yield f"sku/{last}"


def _sku(state: State | None) -> Sku | None:
    return state if isinstance(state, Sku) else None


def shelves(claims: Sequence[Claim], known: Mapping[str, State]) -> set[str]:
    """The shelves that these claims may change, or look at."""
    found = set()
    for claim in claims:
        if isinstance(claim.event, Listed | Stocked):
            sku = _sku(known.get(claim.stream))
            listing = claim.event if isinstance(claim.event, Listed) else None if sku is None else sku.listing
            if listing is not None:
                found.add(shelf_name(listing.platform, claim.stream.partition("/")[2]))
        elif type(claim.event) in TURNING:
            order = known.get(claim.stream)
            terms = order.terms if isinstance(order, Order) else claim.event
            if isinstance(terms, Placed) and (name := shelf_of(terms)) is not None:
                found.add(name)
    return found


def leaves(appending: Appending, claims: Sequence[Claim]) -> dict[str, dict[bytes, tuple[str, str]]]:
    """The entries that claims may name, by stream and leaf: of an order with its (by, kind)."""
    streams = {claim.stream for claim in claims if is_of_its_order(claim.event)}
    found: dict[str, dict[bytes, tuple[str, str]]] = {stream: {} for stream in streams}
    for row in appending.rows_of(streams):
        found[row.stream][row.leaf] = read(row.entry, row.kind, row.leaf).by, row.kind
    wanted: dict[str, set[bytes]] = {}
    for claim in claims:
        if not is_of_its_order(claim.event):
            asked = {bytes.fromhex(leaf) for _, leaf in named(claim.event)}
            wanted.setdefault(claim.stream, set()).update(asked)
    known = appending.leaves(set().union(*wanted.values()))
    for stream, asked in wanted.items():
        if asked:
            found[stream] = dict.fromkeys(asked & known, ("", "")) | found.get(stream, {})
    return found


def signed(appending: Appending, claims: Sequence[Claim]) -> dict[tuple[str, str], Row]:
    """The rows that carry a signature which claims bring again, by the stream it is of."""
    asked = {(claim.stream, claim.sig.ed25519) for claim in claims if claim.sig is not None}
    rows = appending.rows_of({stream for stream, _ in asked}) if asked else ()
    hands = {stream: [hand for of, hand in asked if of == stream] for stream, _ in asked}
    return {
        (row.stream, hand): row for row in rows for hand in hands[row.stream] if hand.encode() in row.entry
    }


_RESUMING = (Disavowed, Reinstated)  # an order that was over may be promised anew
