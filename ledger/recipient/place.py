"""Regions and servers of a game: which one was named, which one was probably meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from mingdan.ledger.recipient.outcome import Outcome
from mingdan.ledger.recipient.rule import REGION, SERVER
from mingdan.ledger.recipient.slip import near

Regions = Mapping[str, Collection[str]]


def places(regions: Regions, region: str, server: str) -> dict[str, Outcome]:
    """What was found of the fields `region` and `server`; in an unknown region no server is judged."""
    if _swapped(regions, region, server):
        return {REGION: Outcome("swapped", server.strip()), SERVER: Outcome("swapped", region.strip())}
    where = _place(regions, region)
    if where.meant is None:
        return {REGION: where, SERVER: Outcome("fits")}
    which = _place(regions[where.meant], server)
    if which.meant is None and (others := _having(regions, server.strip())):
        right = others[0] if len(others) == 1 else None
        return {REGION: Outcome("other_region", right), SERVER: Outcome("fits", server.strip())}
    return {REGION: where, SERVER: which}


def _place(known: Collection[str], text: str) -> Outcome:
    named = text.strip()
    if named in known:
        return Outcome("fits" if named == text else "tidied", named)
    alike = [name for name in known if _folded(name) == _folded(named)]
    meant = alike[0] if len(alike) == 1 else near(named, known)
    return Outcome("unknown_name" if meant is None else "near_name", meant)


def _swapped(regions: Regions, region: str, server: str) -> bool:
    return region.strip() in regions.get(server.strip(), ())


def _having(regions: Regions, server: str) -> list[str]:
    return [region for region, servers in regions.items() if server in servers]


def _folded(name: str) -> str:
    """As it would be compared by ear: width, case, spaces, dashes and the script of numerals aside."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_NUMERALS)
    return "".join(letter for letter in plain if letter.isalnum())


_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
