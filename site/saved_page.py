"""An order's page read back: the timeline it carries, the entries it shows, by which keys it checks itself.

Accepts what `evidence` prints and nothing else; what the page says in words is not looked at.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.map import Head
from mingdan.ledger.note import of_base64
from mingdan.ledger.timeline import Timeline
from mingdan.site.evidence import Carried, Trust, proof_of
from mingdan.site.html import escaped

_MARKS = ("<pre", 'id="proof"', 'id="trust"')
_ENTRY = re.compile(r'<pre data-index="(0|[1-9][0-9]{0,18})">([^<]*)</pre>')
_PROOF = re.compile(r'<script type="application/json" id="proof">([^<]*)</script>')
_TRUST = re.compile(r'<script type="application/json" id="trust">([^<]*)</script>')


class SavedPage(Struct, frozen=True):
    """What a page carries; nothing vouches for it yet. `places` are the indices it says its entries have."""

    timeline: Timeline
    places: tuple[int, ...]
    trust: Trust


def parse_saved_page(content: bytes) -> SavedPage:
    """Raises MalformedProof for bytes that are no order's page, or carry their evidence otherwise."""
    try:
        page = content.decode()
        found = [pattern.findall(page) for pattern in (_ENTRY, _PROOF, _TRUST)]
        entries, (proof,), (trust,) = found
    except ValueError as error:  # also what is not UTF-8
        raise MalformedProof("not an order's page", reason=str(error)) from error
    if [len(each) for each in found] != [page.count(mark) for mark in _MARKS]:
        raise MalformedProof("evidence that stands in a page as we would not write it", entries=len(entries))
    told = tuple(_unescaped(text).encode() for _, text in entries)
    return SavedPage(_timeline(proof, told), tuple(int(place) for place, _ in entries), _trust(trust))


def _timeline(proof: str, entries: tuple[bytes, ...]) -> Timeline:
    try:
        told = _CARRIED(proof)
        timeline = Timeline(
            stream=told.stream,
            checkpoint=told.checkpoint.encode(),
            epoch=told.epoch.encode(),
            path=tuple(map(of_base64, told.path)),
            head=None if told.head is None else Head.parse(bytes.fromhex(told.head)),
            map=of_base64(told.map),
            entries=entries,
            place=tuple(map(of_base64, told.place)),
            openings=told.openings,
        )
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise MalformedProof("not the proof of an order", reason=str(error)) from error
    if proof_of(timeline) != proof:
        raise MalformedProof("a proof we would write otherwise", stream=told.stream[:100])
    return timeline


def _trust(text: str) -> Trust:
    try:
        trust = _TRUSTED(text)
    except (ValueError, RecursionError) as error:
        raise MalformedProof("not the keys that a page goes by", reason=str(error)) from error
    if msgspec.json.encode(trust).decode().replace("<", "\\u003c") != text:
        raise MalformedProof("keys that we would write otherwise", policy=trust.policy[:100])
    return trust


def _unescaped(text: str) -> str:
    words = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if escaped(words) != text:
        raise MalformedProof("an entry that is escaped otherwise", start=text[:80])
    return words


_CARRIED = msgspec.json.Decoder(Carried).decode
_TRUSTED = msgspec.json.Decoder(Trust).decode
