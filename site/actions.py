"""What the holder of the link may do from an order's page: one form for each thing that the rules allow.

Made from what is published alone, so that who reprints the page prints the same forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

from markupsafe import Markup

from mingdan.ledger.duty.answer import options
from mingdan.ledger.intake.holder import LONGEST, Action, Complaint, Freezes, offers
from mingdan.site.html import NOTHING, Html, escaped, marked, quoted
from mingdan.site.imprint import Imprint
from mingdan.site.standing import Standing
from mingdan.site.texts import Texts

BESIDE = "/"  # the intake lies where the pages lie
ROOM = "v1/o"  # below an intake's address


class Option(NamedTuple):
    value: str
    words: Html


class Choice(NamedTuple):
    """A field with a closed list; `words` is the value that was chosen before."""

    name: str
    label: Html
    options: list[Option]
    words: str


class Field(NamedTuple):
    """A field for somebody's own words; `words` are those that were sent before."""

    name: str
    label: Html
    longest: int
    required: bool
    words: str


class Ask(NamedTuple):
    """One form: it stands open where the order waits for just this."""

    address: str
    name: Markup
    hint: Html
    send: Html
    dispute: str | None
    choices: list[Choice]
    texts: list[Field]
    wanted: bool = False


def asks(at: Standing, handle: str, imprint: Imprint) -> list[Ask]:
    """The forms of an order's page, none where the site has no intake."""
    if not imprint.intake:
        return []
    at_root = f"../../{ROOM}" if imprint.intake == BESIDE else f"{imprint.intake}/{ROOM}"
    query = f"?seq={at.order.seq}&lang={at.voice.language}"
    wanted = "corrections" if "correct" in options(at.order, at.policy, at.as_of) else ""
    return [
        ask(
            at.voice.texts,
            offer.action,
            f"{at_root}/{handle}/{offer.action}{query}",
            {} if offer.dispute is None else {"dispute": offer.dispute},
            at.voice.known(offer.claim) if offer.claim else None,
        )._replace(wanted=offer.action == wanted)
        for offer in offers(at.order, at.policy, at.as_of)
    ]


def ask(
    texts: Texts, action: Action, address: str, said: Mapping[str, str], about: Html | None = None
) -> Ask:
    """The form of an action, with what was said in it before; `about` is its dispute's claim in words."""
    name = texts[f"ask.{action}.name"]
    return Ask(
        address=address,
        name=marked(name if about is None else texts.say("ask.about", action=name, claim=about)),
        hint=texts[f"ask.{action}.hint"],
        send=texts[f"ask.{action}.send"],
        dispute=said.get("dispute"),
        choices=[*_choices(texts, said)] if action == "disputes" else [],
        texts=[*_fields(texts, action, said)],
    )


def elsewhere(at: Standing, imprint: Imprint) -> Html:
    """How to reach somebody without a form, and what to show: the operator, else whoever sold it."""
    if imprint.contact:
        return at.voice.say("ask.elsewhere", who=_linked(imprint.contact))
    if imprint.intake:
        return NOTHING
    terms = at.order.terms
    return at.voice.say("ask.elsewhere", who=at.voice.party("platform" if terms is None else terms.platform))


def _linked(contact: str) -> Html:
    address = contact if contact.startswith("http") else f"mailto:{contact}"
    return Html(f'<a href="{quoted(address)}" rel="noreferrer">{escaped(contact)}</a>')


def sent_to(intake: str) -> Html:
    """Where a page may send forms, in the words of a content security policy."""
    if not intake:
        return Html("'none'")
    origin = re.match(r"https?://[^/]+", intake)
    return Html("'self'" if origin is None else origin[0])


def _choices(texts: Texts, said: Mapping[str, str]) -> Iterator[Choice]:
    claims = [Option(each, texts[f"word.{each}"]) for each in get_args(Complaint)]
    yield Choice("claim", texts["ask.claim"], claims, said.get("claim", ""))
    freezes = [Option(each, texts[f"detail.freezes_{each}"]) for each in get_args(Freezes)]
    yield Choice("freezes", texts["ask.freezes"], freezes, said.get("freezes", ""))


def _fields(texts: Texts, action: Action, said: Mapping[str, str]) -> Iterator[Field]:
    if action == "corrections":
        yield Field("recipient", texts["ask.recipient"], 200, True, said.get("recipient", ""))  # noqa: FBT003
    if action in ("disputes", "evidence"):
        required = action == "evidence"
        yield Field("message", texts["ask.message"], LONGEST, required, said.get("message", ""))
