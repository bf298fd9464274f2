"""What parties, goods and policies are called where the log says so; by their ids they are told apart.

Of an order is known what was known when its newest entry was recorded: no later word changes its page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.market.subject import Subject
from mingdan.projections.register import Register


class Goods(Struct, frozen=True):
    """What a SKU is called, and the id of who sells it."""

    name: str
    seller: str


class Names(Struct, frozen=True, eq=False):
    """By id, policies by `id/version`. A party whose name is not public is in it as little as an unknown."""

    parties: Mapping[str, str]
    goods: Mapping[str, Goods]
    policies: Mapping[str, str]


def names_in(register: Register) -> Names:
    """All that the register has."""
    kinds = (register.parties, register.skus, register.policies)
    return _names([subject for kind in kinds for subject in kind.values()], None)


def names_before(subjects: Iterable[Subject], instant: int) -> Names:
    """Of these streams of the market, what was recorded before an instant (ms UTC).

    Parties that are called the same keep their ids: a page of an order has few words to tell them apart.
    """
    found = _names(subjects, instant)
    several = Counter(found.parties.values())
    return replace(
        found, parties={name: called for name, called in found.parties.items() if several[called] == 1}
    )


def _names(subjects: Iterable[Subject], before: int | None) -> Names:
    parties, goods, policies = dict[str, str](), dict[str, Goods](), dict[str, str]()
    for subject in subjects:
        name = subject.stream.partition("/")[2]
        match subject:
            case Party(public=True, name=str(called), registered=mark) if _known(mark, before):
                parties[name] = called
            case Sku(listing=listing, listed=mark) if listing is not None and _known(mark, before):
                goods[name] = Goods(listing.name, listing.platform)
            case Promise(editions=editions):
                told = (each for each in editions if _known(each.mark, before))
                policies |= {f"{name}/{each.terms.version}": each.terms.title for each in told}
            case _:
                pass  # nobody has said what it is called
    return Names(parties, goods, policies)


def _known(mark: Mark | None, before: int | None) -> bool:
    return mark is not None and (before is None or mark.known < before)


NO_NAMES = Names({}, {}, {})
