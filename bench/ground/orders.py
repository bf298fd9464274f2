"""The same work everywhere: orders of eight facts, the first with two private words, about 350 bytes each.

A hundred orders walk abreast: a hundred commands in a row are one fact of each of a hundred orders, which
is the hardest case for whoever loads an order before deciding about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from typing import NamedTuple

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import (
    ActivationSucceeded,
    Delivered,
    HopAccepted,
    HopForwarded,
    OrderEvent,
    Paid,
    Placed,
    RecipientChecked,
    StockReserved,
)
from mingdan.ledger.keeping.vault import NewOrder, draw_order

ABREAST = 100


class Fact(NamedTuple):
    """What a party says of an order, and in which words that stay private."""

    by: str
    event: OrderEvent
    private: tuple[str, ...] = ()


FACTS = (
    Fact(
        "shop-a",
        Placed(
            amount=4980,
            currency="CNY",
            form="direct",
            merchant="store-7",
            platform="shop-a",
            policy="default",
            qty=1,
            sku="game-100",
            tier="agent-a",
        ),
        ("order_no", "recipient"),
    ),
    Fact("shop-a", Paid(amount=4980)),
    Fact("shop-a", RecipientChecked(field="recipient", result="ok", rule="account-exists")),
    Fact("shop-a", StockReserved(as_of=1_790_000_000_000, available=512, reservation="reserve-7-100")),
    Fact("shop-a", HopForwarded(attempt=1, to="agent-a")),
    Fact("agent-a", HopAccepted(eta=1_790_000_060_000)),
    Fact("agent-a", ActivationSucceeded()),
    Fact("shop-a", Delivered(evidence="account_credited", units=1)),
)


class Told(NamedTuple):
    """One command: order number `order` is told fact number `fact`."""

    order: int
    fact: int


def told(orders: int) -> Iterator[Told]:
    """Every fact of this many orders, a hundred orders abreast."""
    for start in range(0, orders, ABREAST):
        for fact in range(len(FACTS)):
            for order in range(start, min(start + ABREAST, orders)):
                yield Told(order, fact)


def grouped(some: Iterable[Told], group: int) -> Iterator[list[Told]]:
    """The same commands, so many at a time."""
    rest = iter(some)
    return iter(lambda: list(islice(rest, group)), [])


def words(order: int, fact: int) -> dict[str, str]:
    """The private words of a command."""
    return {field: f"{field} of order {order}" for field in FACTS[fact].private}


class Command(NamedTuple):
    """What our ledger records at once: claims, and the orders that they open."""

    claims: list[Claim]
    new: list[NewOrder]


def commands(orders: int, group: int = 1, seed: int = 1) -> list[Command]:
    """The same facts as our claims, `group` to a command."""
    drawn = [draw_order(f"no-{seed}-{order}", Random(f"{seed}/{order}").randbytes) for order in range(orders)]
    return [_command(drawn, some) for some in grouped(told(orders), group)]


def _command(drawn: list[NewOrder], some: list[Told]) -> Command:
    claims = [
        Claim(
            stream=drawn[order].stream,
            by=FACTS[fact].by,
            event=FACTS[fact].event,
            private=words(order, fact),
        )
        for order, fact in some
    ]
    return Command(claims, [drawn[order] for order, fact in some if fact == 0])
