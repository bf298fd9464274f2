"""What the holder of the link may do: an order's page leads to one form for each thing that the rules allow.

The ways are made from what is published alone, so that who reprints the page prints the same. The forms are
given by whoever takes them: a page that is only looked at need not carry them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args
from urllib.parse import urlencode

from markupsafe import Markup

from mingdan.ledger.duty.answer import options
from mingdan.ledger.intake.holder import LONGEST, Action, Complaint, Freezes, Offer, offers
from mingdan.site.html import Html, escaped, marked, quoted
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
    """One form."""

    address: str
    name: Html
    hint: Html
    send: Html
    dispute: str | None
    choices: list[Choice]
    texts: list[Field]


class Way(NamedTuple):
    """A link to a form: `wanted` where the order waits for just this."""

    address: str
    name: Markup
    wanted: bool


def ways(at: Standing, handle: str, imprint: Imprint) -> list[Way]:
    """What an order's page leads to, nothing where the site has no intake."""
    if not imprint.intake:
        return []
    at_root = f"../../{ROOM}" if imprint.intake == BESIDE else f"{imprint.intake}/{ROOM}"
    wanted = "corrections" if "correct" in options(at.order, at.policy, at.as_of) else ""
    return [
        Way(
            f"{at_root}/{handle}/{offer.action}?{_query(at, offer)}",
            marked(_named(at, offer)),
            offer.action == wanted,
        )
        for offer in offers(at.order, at.policy, at.as_of)
    ]


def ask(texts: Texts, action: Action, address: str, said: Mapping[str, str]) -> Ask:
    """The form of an action, with what was said in it before."""
    return Ask(
        address=address,
        name=texts[f"ask.{action}.name"],
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
    terms = at.order.terms
    return at.voice.say("ask.elsewhere", who=at.voice.party("platform" if terms is None else terms.platform))


def _linked(contact: str) -> Html:
    address = contact if contact.startswith("http") else f"mailto:{contact}"
    return Html(f'<a href="{quoted(address)}" rel="noreferrer">{escaped(contact)}</a>')


def _query(at: Standing, offer: Offer) -> str:
    """Of which state of the order the form is to be, in which language, of which dispute if it is of one."""
    told = {"seq": str(at.order.seq), "lang": at.voice.language}
    return urlencode(told if offer.dispute is None else told | {"dispute": offer.dispute})


def _named(at: Standing, offer: Offer) -> Html:
    """What it is called; where it is of a dispute, with its claim in words."""
    name = at.voice.texts[f"ask.{offer.action}.name"]
    if not offer.claim:
        return name
    return at.voice.say("ask.about", action=name, claim=at.voice.claim(offer.claim))


def _choices(texts: Texts, said: Mapping[str, str]) -> Iterator[Choice]:
    claims = [Option(each, texts[f"word.{each}"]) for each in get_args(Complaint)]
    yield Choice("claim", texts["ask.claim"], claims, said.get("claim", ""))
    freezes = [
        Option(each, texts.get(f"ask.freezes_{each}") or texts[f"detail.freezes_{each}"])
        for each in get_args(Freezes)
    ]
    yield Choice("freezes", texts["ask.freezes"], freezes, said.get("freezes", ""))


def _fields(texts: Texts, action: Action, said: Mapping[str, str]) -> Iterator[Field]:
    if action == "corrections":
        yield Field("recipient", texts["ask.recipient"], 200, True, said.get("recipient", ""))  # noqa: FBT003
    if action in ("disputes", "evidence"):
        required = action == "evidence"
        yield Field("message", texts["ask.message"], LONGEST, required, said.get("message", ""))
