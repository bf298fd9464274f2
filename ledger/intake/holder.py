"""What the holder of a tracking link may say of its order: a form becomes a claim by the buyer.

What is offered is asked of the very rules that decide; private words reach the vault and nothing else.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import IllegalTransition, MalformedEntry
from mingdan.ledger.fact import BUYER, Id
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.live import live_objection
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import RULES, objection

LONGEST = 2_000  # characters of a statement
Action = Literal["nudges", "affirmations", "corrections", "disputes", "evidence", "confirmations"]
Complaint = Literal["not-delivered", "wrong-account", "wrong-goods", "code-already-used", "other"]
Freezes = Literal["none", "settlement", "delivery"]


class Form(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`seq` is of the newest entry on the page that it was sent from: from one page a thing is said once."""

    seq: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class Nudge(Form, frozen=True, kw_only=True):
    pass


class Affirmation(Form, frozen=True, kw_only=True):
    """The recipient is right as it was given."""


class Correction(Form, frozen=True, kw_only=True):
    recipient: Annotated[str, Meta(pattern=r"\A[^\n]{1,200}\Z")]


class Dispute(Form, frozen=True, kw_only=True):
    claim: Complaint
    freezes: Freezes = "none"
    message: Annotated[str, Meta(max_length=LONGEST)] = ""


class Evidence(Form, frozen=True, kw_only=True):
    dispute: Id
    message: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class Confirmation(Form, frozen=True, kw_only=True):
    pass


AnyForm: TypeAlias = Nudge | Affirmation | Correction | Dispute | Evidence | Confirmation


class Offer(NamedTuple):
    """Something the holder may say now; evidence is of one open dispute, told by its id and its claim."""

    action: Action
    dispute: str | None = None
    claim: str | None = None


def offers(order: Order, policy: Policy, at: int) -> Iterator[Offer]:
    """What the holder may say of an order as it stands at an instant (ms UTC), by the rules of live facts."""
    for offer, event in _thinkable(order):
        rule = objection(order, event) or live_objection(order, event, policy, by=BUYER, at=at)
        if rule is None:
            yield offer


def read_form(action: Action, fields: Mapping[str, str]) -> AnyForm:
    """The form of an action, with no field too many. Raises MalformedEntry: with the field, not its words."""
    told = {name: _line_ends(text) for name, text in fields.items()}
    for name, text in told.items():
        if not name.isascii():
            raise MalformedEntry("no form has a field of this name")
        if _UNSEEN.search(text):
            raise MalformedEntry("text has no control and no reordering characters", field=name)
    try:
        form: AnyForm = msgspec.convert(told, FORMS[action], strict=False)
    except msgspec.ValidationError as error:
        raise MalformedEntry("the form does not fit the action", field=_field(str(error))) from error
    return form


def is_ahead(form: AnyForm, order: Order) -> bool:
    """Whether no page can be where it was sent from: who makes up an entry says a thing more than once."""
    return form.seq > order.seq


def claim_of(form: AnyForm, order: NewOrder, stands: Order) -> Claim:
    """The claim that a form makes of an order as it stands. Raises IllegalTransition for an erased one.

    From one page a complaint is one dispute until that is decided; then it is another, and no repeat.
    Its key and the names in it rest on the order's secret: who knows the link alone cannot try words on them,
    and once the order is erased, nobody can.
    """
    if order.secret is None:
        raise IllegalTransition(RULES["erased"], rule="erased")
    told = _LABEL + msgspec.json.encode([type(form).__name__, form])
    mark = hmac.digest(order.secret, told, "sha256").hex()
    while isinstance(form, Dispute) and _is_settled(stands, f"d-{mark[:16]}"):
        mark = hmac.digest(order.secret, told + mark.encode(), "sha256").hex()
    event, private = _said(form, mark[:16])
    return Claim(stream=order.stream, by=BUYER, event=event, private=private, key=f"{BUYER}\n{mark}")


def _is_settled(order: Order, name: str) -> bool:
    """Whether a dispute was decided, by its own name or as the one that it was merged into."""
    own = next((each for each in order.disputes if each.dispute == name), None)
    if own is None or own.closed is None:
        return False
    return own.outcome != "merged" or all(each.claim != own.claim for each in order.open_disputes)


def _said(form: AnyForm, name: str) -> tuple[e.OrderEvent, dict[str, str]]:
    """The fact, and its private words."""
    match form:
        case Nudge():
            return e.Nudged(nudge=f"n-{name}"), {}
        case Affirmation():
            return e.RecipientConfirmed(), {}
        case Correction(recipient=recipient):
            return e.RecipientCorrected(), {"recipient": recipient}
        case Dispute(claim=claim, freezes=freezes, message=message):
            opened = e.DisputeOpened(claim=claim, dispute=f"d-{name}", freezes=freezes)
            return opened, {"message": message} if message else {}
        case Evidence(dispute=dispute, message=message):
            return e.DisputeEvidence(dispute=dispute), {"message": message}
        case Confirmation():
            return e.Completed(by=BUYER), {}


def _thinkable(order: Order) -> Iterator[tuple[Offer, e.OrderEvent]]:
    """What a holder may come to say, with a fact to try the rules on."""
    yield Offer("confirmations"), e.Completed(by=BUYER)
    if order.completed is None or order.open_disputes or order.refund in ("requested", "approved"):
        yield Offer("nudges"), e.Nudged(nudge="")  # else nobody has to act, but a word sent before is taken
    if order.asked is not None and order.recipient != "invalid" and not order.imported:
        yield Offer("affirmations"), e.RecipientConfirmed()
    if order.terms is not None and order.terms.form != "card":  # a card is for whoever holds the link
        yield Offer("corrections"), e.RecipientCorrected()
    for each in order.open_disputes:
        evidence = e.DisputeEvidence(dispute=each.dispute)
        yield Offer("evidence", each.dispute, each.claim), evidence
    yield Offer("disputes"), e.DisputeOpened(claim="other", dispute="", freezes="none")


def _line_ends(text: str) -> str:
    """A browser sends every end of a line as two characters, and what surrounds words is nobody's word."""
    return text.replace("\r\n", "\n").strip()


def _field(reason: str) -> str:
    """Which field a msgspec error is about; the words in it are not repeated."""
    found = re.search(r"\$\.(\w+)|field `(\w+)`", reason)
    return "" if found is None else found[1] or found[2]


_LABEL = b"mingdan/holder/v1\n"  # apart from everything else that the secret is used for
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORMS: Mapping[Action, type[AnyForm]] = {
    "nudges": Nudge,
    "affirmations": Affirmation,
    "corrections": Correction,
    "disputes": Dispute,
    "evidence": Evidence,
    "confirmations": Confirmation,
}
ACTION_OF: Mapping[str, Action] = {
    "care.nudged": "nudges",
    "recipient.confirmed": "affirmations",
    "recipient.corrected": "corrections",
    "dispute.opened": "disputes",
    "dispute.evidence": "evidence",
    "order.completed": "confirmations",
}
