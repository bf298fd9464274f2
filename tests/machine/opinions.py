"""What must become of a statement: accepted, refused, or either, where no invariant decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .life import MINUTE, SETTINGS, Fact, Life, seen_by
from .model import Model
from .refusals import (
    OF_A_TIER,
    Said,
    beyond_its_part,
    disavowed,
    is_seen,
    of_an_order,
    of_the_market,
    taken_back,
    unasked,
)

AHEAD, DRIFT = 5 * MINUTE, 5_000


class Opinion(NamedTuple):
    verdict: Literal["accepted", "refused", "either"]
    why: str


def opinion(model: Model, said: Said, clock: int) -> Opinion:
    """What must become of a statement that is told at an instant of the machine's clock (ms UTC)."""
    newest = model.log[-1].recorded if model.log else 0
    now = max(clock, newest)
    if said.kind == "order.erased":
        return Opinion("refused", "an erasure is done, not told")
    if any(isinstance(value, float) for value in said.data.values()):
        return Opinion("refused", "I15: money is integers")
    if said.stream is None and said.kind != "order.placed":
        return Opinion("refused", "nobody has placed this order")
    if clock < newest - DRIFT:
        return Opinion("refused", "the clock stands before the newest entry")
    if said.id is not None and (said.by, said.id) in model.keys:
        return _again(model.keys[said.by, said.id], said)
    if said.hand == "right" and any(_is_the_same(each, said) for each in model.signed):
        return Opinion("accepted", "the same fact in the same hand")
    found = next(_refusals(model, said, now), None)
    if found is not None:
        return Opinion("refused", found)
    return (
        Opinion("accepted", "nothing speaks against it")
        if _plain(model, said, now)
        else Opinion("either", "")
    )


def _again(fact: Fact, said: Said) -> Opinion:
    """A key stands for one fact: the same is the same receipt, another is refused; nothing grows."""
    told = {name: value for name, value in fact.data.items() if name in said.data}
    differs = (said.kind, said.basis, said.data, {*said.words}) != (
        fact.kind,
        fact.basis,
        told,
        {*fact.words},
    )
    fixed = {"due_at", "policy_version", *fact.words} >= fact.data.keys() - said.data.keys()
    moved = said.at not in (None, fact.at) or said.stream != fact.stream
    if said.kind == "order.placed" or {said.kind, fact.kind} == {"order.paid", "order.paid_late"}:
        return Opinion("either", "what the ledger adds is not compared")
    if not differs and fixed and not moved and said.words == fact.words:
        return Opinion("accepted", "the same fact again")
    return Opinion("refused", "the key stands for another fact")


def _is_the_same(fact: Fact, said: Said) -> bool:
    """Whether a party signed just this before, whatever it was sent under."""
    told = fact.kind, fact.stream, fact.by, fact.basis, fact.at, fact.data
    return told == (said.kind, said.stream, said.by, said.basis, said.at, said.data)


def _refusals(model: Model, said: Said, now: int) -> Iterator[str]:
    at = now if said.at is None else said.at
    yield from _unheard(model, said, at, now)
    of_order = said.stream is None or said.stream.startswith("order/")
    if of_order and _is_history(model, said):
        if said.kind == "order.disavowed" and said.basis == "observed":
            yield from disavowed(model.life(said.stream or ""), said)
        if said.kind == "order.placed" and said.basis == "backfill":
            yield from _is_kept(model, said, at)
        if said.basis == "observed":
            yield from beyond_its_part(model, model.life(said.stream or ""), said)
        return  # history of orders is never refused for being odd
    yield from _shut_out(model, said, now)
    if of_order:
        yield from of_an_order(model, said, at, now)
    else:
        yield from of_the_market(model, said, at, now)


def _unheard(model: Model, said: Said, at: int, now: int) -> Iterator[str]:
    """What neither a live fact nor history may be."""
    life = None if said.stream is None else model.life(said.stream)
    if at > now + AHEAD:
        yield "this has not happened yet"
    if said.basis == "backfill" and life is not None and life.placed and not life.imported:
        yield "a live order has no imported history"
    if said.words and said.stream is not None and said.stream not in model.secrets:
        yield from () if said.kind == "party.registered" else ("nothing to keep private words under",)
    answers = said.kind in ("care.located", "care.notified") and not _is_history(model, said)
    if said.kind == "order.disavowed" or answers:
        about = said.kind == "care.notified" and "about" in said.data
        own = {each.leaf for each in (model.log if about else model.of(said.stream or ""))}
        if not own.issuperset(_named(said.data)):
            yield "I13: an entry that is named is not of this order"
    if said.hand == "wrong":
        yield "I7: not this party's hand"
    if said.hand is not None and (said.at is None or said.words):
        yield "what is signed says everything itself"


def _is_kept(model: Model, said: Said, at: int) -> Iterator[str]:
    """What the ledger would have been told live is no history."""
    listing = model.listing(said.data.get("sku") or "")
    if listing is not None and listing.data["platform"] == said.data["platform"] and at > listing.recorded:
        yield "I4: the ledger kept this SKU by then"
    dealt = [said.by, *(said.data.get(name) for name in ("platform", "merchant", "tier"))]
    if any(model.barred_since(name, at) for name in dealt if name is not None):
        yield "no history of what a party was barred from"


def _is_history(model: Model, said: Said) -> bool:
    """Imported, or observed of an order that was."""
    imported = said.stream is not None and model.life(said.stream).imported
    return said.basis == "backfill" or (said.basis == "observed" and imported)


def _named(data: dict) -> Iterator[str]:
    yield from data.get("entries", ())
    yield from (data[name] for name in ("entry", "corrected_by", "of") if name in data)


def _shut_out(model: Model, said: Said, now: int) -> Iterator[str]:
    dealt = [said.data.get(name) for name in ("platform", "merchant", "tier") if said.kind == "order.placed"]
    dealt += [said.data["to"]] if said.kind == "hop.forwarded" else []
    if any(model.barred(name, now) for name in dealt if name is not None):
        yield "nothing new is taken in from a party that is barred"


# What must be accepted --------------------------------------------------------------------------------
def _plain(model: Model, said: Said, now: int) -> bool:
    """Whether nothing is left that no invariant has a word on, such as who may speak of what."""
    of_order = said.stream is None or said.stream.startswith("order/")
    if said.basis == "backfill":
        names = (said.data.get(name) for name in ("platform", "merchant", "tier"))
        known = said.kind != "order.placed" or all(model.spotless(name) for name in (said.by, *names) if name)
        return of_order and said.hand is None and known
    signed = said.hand is not None and (said.basis is not None or said.kind not in OF_A_TIER)
    if not of_order or signed or not _may_speak(model, said):
        return False
    if said.kind == "order.placed":
        parties = (said.data.get(name) for name in ("platform", "merchant", "tier"))
        return all(model.spotless(name) for name in parties if name) and (
            is_seen(Life([], SETTINGS), said) or _carried(model, said, now)
        )
    if said.kind == "order.reinstated" or _ended_by(model, said):
        return False  # what it needs of its SKU is not for this model to say
    if said.kind == "hop.forwarded":
        life = model.life(said.stream or "")
        return model.spotless(said.data["to"]) and not (taken_back(life) or unasked(life))
    if said.kind == "hop.queried":
        life = model.life(said.stream or "")
        return not (taken_back(life) or unasked(life))
    if said.kind in ("delivery.delivered", "order.paid", "order.paid_late"):
        field = "goods" if said.kind == "delivery.delivered" else "payment"
        return field not in said.words or not model.holding(field, said.words[field])[1]
    if (
        said.kind in OF_A_TIER
    ):  # a tier says a thing once: after a disavowal, what, is not for this model to say
        life = model.life(said.stream or "")
        return not (taken_back(life) and _said(life.hops, said))
    return True


def _ended_by(model: Model, said: Said) -> bool:
    """Whether an end of an order is taken back."""
    told = model.of(said.stream or "", "order.cancelled", "order.expired")
    return said.kind == "order.disavowed" and any(each.leaf == said.data["entry"] for each in told)


def _said(hops: list[dict], said: Said) -> bool:
    """Whether this was told of the hop it is about, in some way."""
    own = [each for each in hops if each["to"] == said.by]
    seen = [seen_by(hops, said.by)] if hops and said.basis is not None else own[-1:]
    return any(said.kind in each["said"] for each in seen)


def _may_speak(model: Model, said: Said) -> bool:
    if not model.spotless(said.by):
        return False
    role = model.role(said.by)
    own = said.kind.startswith(("hop.", "activation.", "delivery."))
    return role in (None, "platform") or (role in ("agent", "supplier", "brand") and own)


def _carried(model: Model, said: Said, now: int) -> bool:
    sku = said.data["sku"]
    if model.listing(sku) is None:
        return True
    platform = said.data["platform"]
    _, maybe = model.spent(sku, platform)
    return model.carries(sku, now, 0) == float("inf") or (
        maybe != float("inf")
        and model.promised(sku, platform) + said.data["qty"] <= model.carries(sku, now, int(maybe))
    )
