"""One order, one file: the page says what the record carries and carries the record it says it from."""

from __future__ import annotations

from collections.abc import Sequence

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import Erased
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import ended, step_of
from mingdan.ledger.stuck import NO_PACE
from mingdan.ledger.timeline import Timeline
from mingdan.site.actions import elsewhere, ways
from mingdan.site.appointment import appointment
from mingdan.site.chain import chain
from mingdan.site.edition import Edition
from mingdan.site.evidence import embedded, phrases, proof_of, trust_of
from mingdan.site.html import NOTHING, Html, Line, described, joined, listed
from mingdan.site.imprint import Imprint
from mingdan.site.notice import notices
from mingdan.site.number import count
from mingdan.site.page import path_in, render
from mingdan.site.promise import promise
from mingdan.site.qr_code import address_of
from mingdan.site.signpost import to_party, to_platform, to_sku
from mingdan.site.standing import (
    Standing,
    sentence,
    side_lines,
    standing,
    steps,
    what_next,
    words_of,
)
from mingdan.site.timeline import timeline as lines_of
from mingdan.site.voice import voice

NEWEST = 3  # entries of the timeline that stand open
_ROOT = "../../"  # from an order's page to the site's root
VERIFIER = "verify.html"  # the standalone verifier, at the site's root
SCRIPTS = ("entry.js", "verify.js", "{words}", "verdict.js", "order.js")


def path_of_order(handle: str, language: str, languages: tuple[str, ...]) -> str:
    """`o/ab/<handle>.html` in the default language, `o/ab/<handle>.en.html` in another one."""
    return path_in(f"o/{handle[:2]}/{handle}.html", language, languages)


def path_of_order_feed(handle: str, language: str, languages: tuple[str, ...]) -> str:
    """The feed beside an open order's page: `o/ab/<handle>.atom`, and `o/ab/<handle>.en.atom`."""
    return path_in(f"o/{handle[:2]}/{handle}.atom", language, languages)


def is_open(order: Order) -> bool:
    """Whether more is to come of an order; imported history is over as it stands."""
    if order.imported or order.erased is not None:
        return False
    return ended(order) is None and step_of(order) != "completed"


def words_script(edition: Edition, language: str) -> tuple[str, bytes]:
    """Path and content of what the scripts of all order pages say in a language."""
    told = phrases(voice(edition, language), "check")
    return f"static/{_words(language)}", f"mingdan.words = {told};\n".encode()


def order_page(
    edition: Edition,
    language: str,
    handle: str,
    order: Order,
    entries: Sequence[tuple[Row, Entry]],
    policy: Policy,
    timeline: Timeline,
    imprint: Imprint,
    pace: Paced = NO_PACE,
) -> bytes:
    """The page of an order from all its entries, oldest first; an erased order gets its tombstone."""
    if order.erased is not None:
        return tombstone_page(edition, language, handle, order, _why_erased(entries))
    at = standing(voice(edition, language), order, [entry for _, entry in entries], policy, pace)
    lines = lines_of(at.story, order, list(at.entries.values()))
    told = {
        "newest": joined(lines[:NEWEST]),
        "earlier": joined(lines[NEWEST:]),
        **_carried(at, [row for row, _ in entries], timeline, imprint),
        "elsewhere": elsewhere(at, imprint),
    }
    return render(
        "order.html",
        at.voice,
        _place(edition, handle),
        _said(at) | told,
        side=at.status.side,
        imported=order.imported,
        ways=ways(at, handle, imprint),
        code=f"{handle}.svg",
        address=address_of(edition, handle),
        stream=order.stream,
        leaf=entries[-1][0].leaf.hex(),
        entries=len(entries),
        hidden=len(lines) - NEWEST,
        scripts=[f"static/{name.format(words=_words(language))}" for name in SCRIPTS],
        verifier=path_in(VERIFIER, language, edition.languages),
        follow=path_in(f"{handle}.atom", language, edition.languages) if is_open(order) else None,
    )


def tombstone_page(
    edition: Edition, language: str, handle: str, order: Order, reason: str | None = None
) -> bytes:
    """What stands where an erased order was: that it was erased, when, why, and nothing else of it."""
    speech = voice(edition, language)
    assert order.erased is not None
    why = NOTHING if reason is None else speech.say("tombstone.reason", reason=speech.word(reason))
    when = speech.say("tombstone.text", time=speech.calendar.words(order.erased.effective))
    return render(
        "tombstone.html", speech, _place(edition, handle), {"when": when, "why": why}, stream=order.stream
    )


def _said(at: Standing) -> dict[str, Html]:
    """What the page says of the order above its timeline."""
    return {
        "heading": words_of(at, "name"),
        "why": at.voice.texts[_why(at)],
        "meaning": words_of(at, "meaning"),
        "not_yet": words_of(at, "not_yet"),
        "next": what_next(at),
        "sentence": sentence(at),
        "reasons": described(side_lines(at)),
        "because": at.story.link(at.status.because.hex()),
        "notices": listed(notices(at)),
        "steps": joined(steps(at)),
        "promise": described(promise(at)),
        "goods": described(_goods(at)),
        "chain": joined(chain(at)),
        "appointment": appointment(at),
    }


def _why(at: Standing) -> str:
    """The title of what is said of its side: a dispute may be of an order that is complete or at its end."""
    if at.status.side == "disputed":
        return "order.why_disputed"
    return "order.why" if ended(at.order) is None else "order.why_ended"


def _carried(at: Standing, rows: Sequence[Row], timeline: Timeline, imprint: Imprint) -> dict[str, Html]:
    """What the page carries to prove itself."""
    return {
        "evidence": embedded(at.voice, rows),
        "proof": proof_of(timeline),
        "trust": trust_of(imprint),
        "end": _end(at, timeline),
    }


def _end(at: Standing, timeline: Timeline) -> Html:
    """Where the order's last entry stands: with its hash, what a print needs to be found in the log."""
    assert timeline.head is not None
    return at.voice.say("proof.end", seq=timeline.head.seq, index=count(timeline.head.index))


def _words(language: str) -> str:
    return f"words.{language}.js"


def _place(edition: Edition, handle: str) -> str:
    return path_of_order(handle, edition.languages[0], edition.languages)


def _goods(at: Standing) -> list[Line]:
    """What was ordered, as far as the record says it in public."""
    terms, texts = at.order.terms, at.voice.texts
    if terms is None:
        return []
    lines = [(texts["field.platform"], to_platform(at.voice, terms.platform, _ROOT))]
    if terms.merchant is not None:
        lines.append((texts["field.merchant"], to_party(at.voice, terms.merchant, _ROOT)))
    if terms.sku is not None:
        goods = to_sku(at.voice, terms.platform, terms.sku, _ROOT)
        lines.append((texts["field.sku"], goods if terms.qty is None else _times(goods, terms.qty)))
    if terms.form is not None:
        lines.append((texts["field.form"], at.voice.word(terms.form)))
    if terms.amount is not None:
        lines.append((texts["field.amount"], at.voice.money(terms.amount, terms.currency)))
    return lines


def _times(goods: Html, qty: int) -> Html:
    return Html(f"{goods} ×\u00a0{qty:,}")


def _why_erased(entries: Sequence[tuple[Row, Entry]]) -> str | None:
    return next((entry.event.reason for _, entry in entries if isinstance(entry.event, Erased)), None)
