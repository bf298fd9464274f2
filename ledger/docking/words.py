"""A shop's word as claims: the platform passes on what it observed, and says itself what nobody knows.

Every claim names the reference that the hop was forwarded under (I7), and has a key of dock, speaker,
reference and kind, so that a callback that comes again is the same fact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.docking.crossing import Crossing
from mingdan.ledger.docking.dock import Word
from mingdan.ledger.docking.harbour import Dock
from mingdan.ledger.hops import hop_of, hop_told_of
from mingdan.ledger.order import HopState, Order


class Heard(NamedTuple):
    """Who said what of which hop: all that a claim needs beside the event."""

    dock: Dock
    crossing: Crossing
    order: Order

    @property
    def hop(self) -> HopState | None:
        return hop_of(self.order, self.dock.upstream)


def forwarded(dock: Dock, crossing: Crossing, order: Order) -> Claim:
    """That the platform sends the order: told before the call goes out, so that a crash leaves a doubt."""
    attempt = 1 + sum(hop.by == dock.platform for hop in order.hops)
    event = e.HopForwarded(attempt=attempt, to=dock.upstream)
    return _platform(Heard(dock, crossing, order), event)


def claims_of(heard: Heard, word: Word) -> list[Claim]:
    """What a word adds to the record. After a doubt, all that a shop says of it tells that it is there."""
    hop = heard.hop
    known = word.said not in ("doubtful", "absent", "unknown", "rejected")
    found = hop is not None and hop.state == "uncertain" and known
    claims = [_platform(heard, e.HopQueried(result="found"), name="found")] if found else []
    return claims + _said(heard, word, hop)


def is_overtaken(heard: Heard, word: Word) -> bool:
    """Whether the shop said something later before, or its work is over: the word moves nothing any more.

    What was done is done: for that no word comes too late.
    """
    if word.goods or word.said not in _OVERTAKEN:
        return False
    crossing, hop = heard.crossing, heard.hop
    older = word.told is not None and crossing.told is not None and word.told < crossing.told
    ended = crossing.settled is not None and hop is not None and hop.outcome is not None
    return older or (ended and word.said != "failed")


def is_newest(heard: Heard, word: Word) -> bool:
    """Whether what was said before this word is overtaken by it; one without meaning to us overtakes none."""
    return word.said in (*_OVERTAKEN, "succeeded") and not is_overtaken(heard, word)


def is_over(heard: Heard, word: Word) -> bool:
    """Whether nothing more is to be heard after this word; a card is asked for until it is there."""
    if is_overtaken(heard, word):
        return False
    if word.said in ("failed", "rejected", "absent"):
        return True
    return bool(word.goods) or (word.said == "succeeded" and _is_charge(heard.order))


def _said(heard: Heard, word: Word, hop: HopState | None) -> list[Claim]:
    if is_overtaken(heard, word):
        return [] if hop is None or _is_told(hop, word) else [_noted(heard, word)]
    match word.said:
        case "accepted":
            accepted = [_passed_on(heard, e.HopAccepted(), word)]
            return accepted + (_done(heard, word) if word.goods else [])
        case "started":
            return [_passed_on(heard, e.ActivationStarted(), word)]
        case "succeeded":
            return _done(heard, word)
        case "failed" if hop is not None and hop.outcome == "succeeded":
            return [_noted(heard, word)]  # what was done may be paid back, but it was done
        case "failed":
            blame = _blame(heard.dock, word)
            return [_passed_on(heard, e.ActivationFailed(attributable_to=blame, code=word.code), word)]
        case "rejected":
            event = e.HopRejected(
                attributable_to=_blame(heard.dock, word), code=word.code, retryable=word.retryable
            )
            doubted = hop is not None and hop.state == "uncertain"
            answer = [_platform(heard, e.HopQueried(result="not_found"), name="absent")] if doubted else []
            return [*answer, _passed_on(heard, event, word)]
        case "doubtful":
            return [_platform(heard, e.HopUncertain())]
        case "absent" | "unknown":
            return _answered(heard, word, hop)
        case "noted":
            return [_noted(heard, word)]


def _is_told(hop: HopState, word: Word) -> bool:
    """Whether a word repeats what is recorded: that a tier has the order is in all that it says later."""
    return word.said == "accepted" or any(work == word.said for work, _ in hop.work)


def _answered(heard: Heard, word: Word, hop: HopState | None) -> list[Claim]:
    """The answer to a query that cleared nothing up, or that says no; it is told while there is a doubt."""
    if hop is None or hop.state != "uncertain":
        return []
    result = e.HopQueried(result="not_found" if word.said == "absent" else "unknown")
    return [_platform(heard, result, name=word.said)]


def _done(heard: Heard, word: Word) -> list[Claim]:
    """Done, as the shop says. Delivered is what the buyer has: a charge, or cards that are shown at once."""
    number = word.upstream or heard.crossing.upstream
    receipt = {} if number is None else {"receipt": number}
    claims = [_passed_on(heard, e.ActivationSucceeded(), word, **receipt)]
    qty = heard.order.qty or max(1, len(word.goods))
    if heard.order.units >= qty:
        return claims  # by whomever it was told
    if word.goods and heard.dock.shows:
        event = e.Delivered(evidence="provider_receipt", units=min(len(word.goods), qty - heard.order.units))
        claims.append(_passed_on(heard, event, word, goods="\n".join(word.goods)))
    elif not word.goods and _is_charge(heard.order):
        claims.append(_passed_on(heard, e.Delivered(evidence="provider_receipt"), word))
    return claims


def _is_charge(order: Order) -> bool:
    """Whether it is an account that is credited; of a form that was never told, nobody knows."""
    return order.terms is not None and order.terms.form in ("direct", "membership")


def _noted(heard: Heard, word: Word) -> Claim:
    label = _label(heard.dock.protocol, word.status)
    return _passed_on(heard, e.Noted(label=label), word, label)


def _label(protocol: str, status: str) -> str:
    """A shop's status as the public log may have it: a short word, and never what a shop writes freely."""
    return f"{protocol}: {status if _PLAIN.fullmatch(status) else 'unknown status'}"


def _passed_on(heard: Heard, event: e.OrderEvent, word: Word, name: str = "", **private: str) -> Claim:
    """The shop's word, which the platform passes on as it observed it.

    Where a tier behind the shop has the order since, an observation would be of that one: then it is told as
    the shop's own, whose signature or answer it was.
    """
    if "ref" in e.PRIVATE.get(type(event), ()):
        private["ref"] = heard.crossing.ref
    dock = heard.dock
    nearest = hop_told_of(heard.order, dock.platform, observed=True)
    observed = nearest is None or nearest.to == dock.upstream
    return Claim(
        stream=heard.crossing.stream,
        by=dock.platform if observed else dock.upstream,
        event=event,
        at=word.at,
        basis="observed" if observed else None,
        private=private,
        key=_key(heard, name or e.KIND_OF[type(event)], dock.platform if observed else dock.upstream),
    )


def _platform(heard: Heard, event: e.OrderEvent, *, name: str = "") -> Claim:
    """What the platform says itself of its submission, under that one's reference."""
    return Claim(
        stream=heard.crossing.stream,
        by=heard.dock.platform,
        event=event,
        private={"ref": heard.crossing.ref},
        key=_key(heard, name or e.KIND_OF[type(event)], heard.dock.platform),
    )


def _key(heard: Heard, name: str, by: str) -> str:
    return f"dock/{heard.dock.name}\n{by}\n{heard.crossing.ref}\n{name}"


def _blame(dock: Dock, word: Word) -> str:
    return {"upstream": dock.upstream, "platform": dock.platform}.get(word.blame, word.blame)


_OVERTAKEN = ("accepted", "started", "failed")
_PLAIN = re.compile(r"(?!.*[0-9]{5})[A-Za-z0-9_.-]{1,32}")  # five digits in a row may be somebody's number
