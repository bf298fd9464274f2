"""The stock board: what each SKU is known to have, how old that knowledge is, and whether orders are taken.

What is too old counts as nothing and is shown so: never as stock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from mingdan.ledger.market.sku import Sku, Stock, carries
from mingdan.projections.census import Census
from mingdan.projections.conduct import Supply
from mingdan.projections.market import Alarm
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.html import NOTHING, Html, escaped, joined, marked
from mingdan.site.number import count
from mingdan.site.page import path_in, render
from mingdan.site.signpost import SUPPLY, Signpost, rooms, root_of
from mingdan.site.voice import Voice, voice

Known = Literal["unlimited", "unknown", "unsaid", "stale", "known"]
Intake = Literal["closed", "empty", "open"]


class Goods(NamedTuple):
    """A SKU and what the census has of it, if anything."""

    name: str
    sku: Sku
    counted: Supply | None
    alarm: Alarm | None


def supply_pages(
    edition: Edition, language: str, register: Register, census: Census
) -> Iterator[tuple[str, bytes]]:
    """Path and content of the board: who sells, in alphabetical order, and the goods of each."""
    speech = voice(edition, language)
    signs = Signpost(speech, register, root_of(SUPPLY))
    known = list(goods_of(register, census))
    boards = [
        (marked(_seller(signs, name)), marked(_board(signs, known, name))) for name in _sellers(register)
    ]
    page = render("supply.html", speech, SUPPLY, {}, boards=boards, rooms=rooms(speech, SUPPLY))
    yield path_in(SUPPLY, language, edition.languages), page


def upstream(register: Register, name: str) -> Iterator[str]:
    """The SKUs that a SKU is supplied from, tier by tier; a circle ends before it comes round."""
    seen, sku = {name}, register.skus.get(name)
    while sku is not None and sku.upstream is not None and sku.upstream not in seen:
        yield sku.upstream
        seen.add(sku.upstream)
        sku = register.skus.get(sku.upstream)


def stock_of(sku: Sku, now: int) -> Known:
    """What is known of its stock at an instant (ms UTC)."""
    stock = sku.stock
    if sku.listing is not None and sku.listing.stock_mode == "unlimited":
        return "unlimited"
    if stock is None:
        return "unknown"
    if stock.qty is None:
        return "unsaid"
    return "stale" if now > stock.as_of + stock.ttl else "known"


def intake_of(sku: Sku, counted: Supply | None, now: int) -> Intake:
    """Whether orders are taken at an instant (ms UTC), or nothing is left that could be promised."""
    if sku.closed is not None:
        return "closed"
    most, standing = most_of(sku, counted, now), 0 if counted is None else counted.promised
    return "empty" if sku.listing is not None and most is not None and most <= standing else "open"


def _sellers(register: Register) -> list[str | None]:
    """Where the goods are listed; last, what is told of although it never was."""
    found = {_platform(sku) for sku in register.skus.values()}
    return [*sorted(name for name in found if name is not None), *({None} & found)]


def _platform(sku: Sku) -> str | None:
    return None if sku.listing is None else sku.listing.platform


def _seller(signs: Signpost, name: str | None) -> Html:
    return signs.voice.texts["supply.unlisted"] if name is None else signs.party(name)


def goods_of(register: Register, census: Census) -> Iterator[Goods]:
    """All SKUs of the register; counted are those of platforms that have orders."""
    counted = {name: each for of in census.platforms for name, each in of.conduct.supply.items()}
    alarms = {each.sku: each for each in census.market.alarms if each.cleared is None}
    for name, sku in register.skus.items():
        yield Goods(name, sku, counted.get(name), alarms.get(name))


def _board(signs: Signpost, known: Sequence[Goods], seller: str | None) -> Html:
    return joined(_row(signs, each) for each in known if _platform(each.sku) == seller)


def _row(signs: Signpost, goods: Goods) -> Html:
    (name, sku, counted, alarm), texts = goods, signs.voice.texts
    told = (
        ("supply.stock", (*_stock(signs.voice, sku), *_coming(signs.voice, sku))),
        ("supply.intake", (*_intake(signs, sku, counted), *_cap(signs.voice, sku))),
        ("supply.alert", tuple(_alert(signs, sku, alarm))),
    )
    cells = joined(
        Html(f'<td data-name="{texts[key]}"><div>{joined(lines)}</div></td>') for key, lines in told
    )
    what = joined(_what(signs, name, sku))
    return Html(f'<tr id="{name}"><th scope="row">{what}</th>{cells}</tr>\n')


def _what(signs: Signpost, name: str, sku: Sku) -> Iterator[Html]:
    """What it is, and the chain of tiers it comes from."""
    speech, listing = signs.voice, sku.listing
    if listing is not None:
        yield Html(f"<span>{speech.words(listing.name)}</span>")
    yield _small(Html(f"<code>{escaped(name)}</code>"))
    tiers = [signs.sold(each) for each in upstream(signs.register, name)]
    if tiers:
        yield _small(speech.say("supply.chain", chain=joined(tiers, Html(" ← "))))


def _stock(speech: Voice, sku: Sku) -> Iterator[Html]:
    """How much is known to be there and how old that is; too old is grey, and nothing is promised on it."""
    told = stock_of(sku, speech.edition.sealed)
    if told == "unlimited":
        yield _state("plain", speech.texts["word.unlimited"])
    elif sku.stock is None:
        yield _state("stale", speech.texts["supply.unknown"])
    else:
        yield from _reported(speech, sku.stock, told)


def _reported(speech: Voice, stock: Stock, told: Known) -> Iterator[Html]:
    now, duration = speech.edition.sealed, speech.calendar.duration
    age = {
        "age": duration(now - stock.as_of),
        "ttl": duration(stock.ttl),
        "time": speech.calendar.words(stock.as_of),
    }
    if stock.qty is None:
        yield _state("stale", speech.texts["supply.unsaid"])
    elif told == "stale":
        yield _state("stale", speech.say("supply.stale", qty=count(stock.qty)))
        yield _small(speech.say("supply.age_over", **age))
        return
    else:
        yield _state("there" if stock.qty else "gone", speech.say("supply.qty", qty=count(stock.qty)))
    yield _small(speech.say("supply.age", **age))


def _coming(speech: Voice, sku: Sku) -> Iterator[Html]:
    if sku.preorder is None:
        return
    late = speech.edition.sealed > sku.preorder.restock_by
    key = "supply.preorder_late" if late else "supply.preorder"
    by = speech.calendar.words(sku.preorder.restock_by)
    yield _small(speech.say(key, qty=count(sku.preorder.qty), time=by))


def _intake(signs: Signpost, sku: Sku, counted: Supply | None) -> Iterator[Html]:
    """Whether orders are taken, and else why not: closed, or nothing left that could be promised."""
    speech, now = signs.voice, signs.voice.edition.sealed
    most, standing = most_of(sku, counted, now), 0 if counted is None else counted.promised
    if sku.closed is not None:
        yield _state("gone", speech.texts["supply.closed"])
        yield _small(speech.say("supply.closed_since", time=speech.calendar.words(sku.closed.effective)))
        yield _small(_why_closed(signs, sku))
    elif intake_of(sku, counted, now) == "empty":
        yield _state("stale", speech.texts["supply.empty"])
    else:
        yield _state("there", speech.texts["supply.open"])
    if counted is not None and most is not None:
        yield _small(speech.say("supply.promised", promised=count(standing), most=count(most)))
    if sku.refused:
        yield _small(speech.say("supply.refused", count=count(sku.refused)))
    if counted is not None and counted.over_accepted:
        yield _small(speech.say("supply.over", count=count(counted.over_accepted)))


def most_of(sku: Sku, counted: Supply | None, now: int) -> int | None:
    """How many units may stand promised: as counted, else before what was delivered since the report."""
    return carries(sku, now) if counted is None else counted.carries


def _why_closed(signs: Signpost, sku: Sku) -> Html:
    closing = sku.closing
    if closing is None:
        return signs.voice.texts["page.unknown"]
    if closing.exception is not None:
        return signs.exception(closing.exception)
    return signs.voice.words(closing.reason)


def _cap(speech: Voice, sku: Sku) -> Iterator[Html]:
    if sku.cap is not None and sku.basis is not None:
        yield _small(speech.say("supply.cap", cap=count(sku.cap), basis=speech.word(sku.basis)))


def _alert(signs: Signpost, sku: Sku, alarm: Alarm | None) -> Iterator[Html]:
    """The warning that stands, and whether an exception was reported of it."""
    speech, alert = signs.voice, sku.alert
    if alert is None:
        yield _state("plain", speech.texts["supply.no_alert"])
        return
    yield _state("low" if alert.level == "low" else "gone", speech.word(alert.level))
    yield _small(speech.say("supply.alert_since", time=speech.calendar.words(alert.mark.effective)))
    if alarm is not None and alarm.exception is not None:
        yield _small(signs.exception(alarm.exception))
    elif alarm is not None and alarm.overdue:
        yield _small(speech.texts["supply.unreported"])


def _state(tone: str, words: Html) -> Html:
    """The word of a cell, with a sign of its own: colour only repeats it."""
    return Html(f'<span class="state {tone}">{words}</span>')


def _small(words: Html) -> Html:
    return Html(f"<small>{words}</small>") if words else NOTHING
