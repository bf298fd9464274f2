"""Counterexamples that were found, each as the few statements it comes down to, and how it must end.

What they tell of happens after the market has opened: no-1 is two units, paid; no-2 is one unit, placed.
"""

from typing import Literal, NamedTuple

from .market import Manner, Market, Words
from .words import DAY, HOUR, MINUTE, PUBLIC, SECOND

PLAIN, SEEN = Manner(), Manner(basis="observed")


class Example(NamedTuple):
    """Every statement but the last is accepted; `status` is the order's in the end, where it matters."""

    story: list[Words]
    ends: Literal["accepted", "refused"] = "accepted"
    status: tuple[str, str] | None = None
    prepaid: bool = True


def play(market: Market, example: Example) -> bool:
    """Tells the story, every law checked after each statement; whether the last one was accepted."""
    market.opens(mode="counted", prepaid=example.prepaid, register=False)
    *before, last = example.story
    for words in before:
        assert market.tell(words), words
    return market.tell(last)


def fact(
    kind: str, by: str = "xiaomai", about: str = "no-1", manner: Manner = PLAIN, **data: object
) -> Words:
    return Words(kind, data, about, by, manner)


def forwards(by: str, to: str, attempt: int = 1, **words: str) -> Words:
    return fact("hop.forwarded", by, attempt=attempt, to=to, **words)


def disavows(entry: int = 0, about: str = "no-1") -> Words:
    """The newest entry of the order did not occur, or the one so many before it."""
    return fact("order.disavowed", about=about, entry=entry, reason="did_not_occur")


def places(about: str, manner: Manner = PLAIN, **terms: object) -> Words:
    told = {"amount": 5000, "currency": "CNY", "merchant": "shop-a", "platform": "xiaomai", "qty": 1}
    return fact("order.placed", about=about, manner=manner, **(told | {"sku": "card-100"} | terms))


def delivers(units: int, **words: str) -> Words:
    return fact("delivery.delivered", evidence="provider_receipt", units=units, **words)


def checks(result: str) -> Words:
    return fact("recipient.checked", field="player", result=result, rule="format")


def cancels(about: str, reason: str = "sold out") -> Words:
    return Words("order.cancelled", {"by": "merchant", "reason": reason}, about, "xiaomai")


def disputes(kind: str, **data: object) -> Words:
    return fact(f"dispute.{kind}", dispute="d", **data)


def holds(manner: Manner = PLAIN) -> Words:
    return fact(
        "risk.held", manner=manner, on_timeout="release", review_by=HOUR, rule="velocity", track="auto"
    )


def offers(by_when: int) -> Words:
    return fact("care.offered", by_when=by_when, nudge="a", option="wait")


LISTED = {"form": "card", "name": "音乐月卡", "platform": "xiaomai", "stock_mode": "counted"}
LISTS_A_CARD = fact("sku.listed", about="music-month", **(LISTED | {"stock_mode": "unlimited"}))
PAYS_THREE = fact("order.paid", about="no-3")
RESERVES = fact("stock.reserved", as_of=0, available=1, reservation="r")
DELIVERS = fact("delivery.delivered", evidence="shown_to_buyer")
CREDITED = fact("delivery.delivered", evidence="account_credited")
REVERSES = fact("delivery.reversed", reason="x")
REINSTATES = fact("order.reinstated", reason="x")
FAILS = fact("activation.failed", "brand", attributable_to="brand", code="outage")
ESCALATES = fact("dispute.escalated", dispute="d", to="auditor")
DISPUTES = fact("dispute.opened", claim="not-delivered", dispute="d", freezes="none")
JUDGES = fact("dispute.decided", decider="auditor", dispute="d", outcome="split", reason="x")
DOUBTS = fact("hop.uncertain")
ACCEPTS = fact("hop.accepted")
REJECTS = fact("hop.rejected", "brand", attributable_to="brand", code="outage", retryable=True)
FOUND = fact("hop.queried", result="found")
NUDGES = fact("care.nudged", "buyer", nudge="a")


def publishes(since: int, manner: Manner = PLAIN) -> Words:
    terms = {"clock_start": "paid", "due_in": HOUR, "notice_within": MINUTE, "stage_limits": {}, "text": "x"}
    terms |= {"since": since, "title": "x", "version": 1, "zone": "Asia/Shanghai"}
    return fact("policy.published", about="fast", manner=manner, **terms)


def warns(what: str, by: str, data: dict[str, object] | None = None) -> Words:
    return Words(f"exception.{what}", data or {}, "cut-7", by)


CUT = warns("reported", "agent-east", {"kind": "supply_cut", "scope": ["card-100"], "starts": 0})


def registers(name: str, role: str) -> Words:
    return fact("party.registered", about=name, name=name, role=role)


def keys(number: int, manner: Manner = PLAIN) -> Words:
    """The agent gives one of the keys there are."""
    return fact("party.keyed", "agent-east", "agent-east", manner, key=PUBLIC[number])


EXAMPLES = {
    # I10: a doubt is of the submission that was sent, and lasts until it is answered
    "a tier that sent an order on and doubts whether it arrived does not send it again": Example(
        [
            forwards("xiaomai", "agent-east"),
            forwards("agent-east", "brand"),
            fact("hop.uncertain", "agent-east"),
            forwards("agent-east", "brand", 2),
        ],
        "refused",
    ),
    "a doubt is not over because the order went to another tier as well": Example(
        [
            forwards("xiaomai", "agent-east"),
            forwards("agent-east", "brand"),
            forwards("xiaomai", "brand"),
            fact("hop.uncertain", "agent-east"),
            forwards("xiaomai", "agent-east", 2),
        ],
        "refused",
    ),
    "nobody doubts whether an order has arrived at himself": Example(
        [forwards("xiaomai", "brand"), fact("hop.uncertain", "brand")], "refused"
    ),
    "nobody answers a doubt about himself": Example(
        [forwards("xiaomai", "brand"), DOUBTS, fact("hop.queried", "brand", result="not_found")], "refused"
    ),
    "who sells an order asks for it beside who sent it": Example(
        [
            forwards("xiaomai", "brand"),
            DOUBTS,
            fact("hop.queried", "shop-a", result="not_found"),
            forwards("xiaomai", "brand", 2),
        ]
    ),
    "a doubt names the reference that its teller sent": Example(
        [forwards("xiaomai", "brand", ref="up-1"), fact("hop.uncertain", ref="up-2")], "refused"
    ),
    "a doubt is of the submission that has its reference, and so is what clears it": Example(
        [
            forwards("xiaomai", "agent-east", ref="up-1"),
            forwards("xiaomai", "brand", ref="up-2"),
            fact("hop.uncertain", ref="up-1"),
            fact("hop.queried", ref="up-2", result="not_found"),
            forwards("xiaomai", "agent-east", 2),
        ],
        "refused",
    ),
    "of several submissions in doubt a query names one": Example(
        [
            forwards("xiaomai", "agent-east", ref="up-1"),
            forwards("xiaomai", "brand", ref="up-2"),
            fact("hop.uncertain", ref="up-1"),
            fact("hop.uncertain", ref="up-2"),
            fact("hop.queried", result="not_found"),
        ],
        "refused",
    ),
    "without a reference a query is of what is in doubt": Example(
        [
            forwards("xiaomai", "agent-east", ref="up-1"),
            forwards("xiaomai", "brand", ref="up-2"),
            fact("hop.uncertain", ref="up-1"),
            fact("hop.queried", result="not_found"),
            forwards("xiaomai", "agent-east", 2),
        ]
    ),
    "a tier that has an order sends it to itself no more": Example(
        [forwards("xiaomai", "brand"), FOUND, forwards("brand", "brand", 2)], "refused"
    ),
    "an order that was found and failed further on is sent again": Example(
        [
            forwards("xiaomai", "agent-east"),
            FOUND,
            forwards("agent-east", "brand"),
            REJECTS,
            forwards("xiaomai", "agent-east", 2),
        ]
    ),
    "an order that may have arrived was sent": Example(
        [forwards("xiaomai", "brand"), DOUBTS, disavows(1)], "refused"
    ),
    "a doubt is not taken back": Example([forwards("xiaomai", "brand"), DOUBTS, disavows()], "refused"),
    "a doubt stands again when its answer is disavowed": Example(
        [
            forwards("xiaomai", "brand"),
            DOUBTS,
            fact("hop.queried", result="not_found"),
            disavows(),
            forwards("xiaomai", "brand", 2),
        ],
        "refused",
    ),
    # I11
    "an order whose money came late does not expire": Example(
        [cancels("no-2"), fact("order.paid", about="no-2"), fact("order.expired", about="no-2")],
        "refused",
    ),
    # I4
    "of one instant one quantity is told": Example(
        [fact("sku.stocked", about="card-100", as_of=0, qty=5, ttl=HOUR)], "refused"
    ),
    "no two SKUs are supplied from each other": Example(
        [
            fact("sku.listed", about="music-month", **LISTED),
            fact("sku.mapped", about="music-month", to="card-100"),
            fact("sku.mapped", about="card-100", to="music-month"),
        ],
        "refused",
    ),
    "a report of the future is not told by a clock that runs ahead": Example(
        [fact("sku.stocked", about="card-100", manner=Manner(at=MINUTE), as_of=MINUTE, qty=0, ttl=HOUR)],
        "refused",
    ),
    "an order is placed on the platform that lists its SKU": Example(
        [places("no-3", platform="kamao")], "refused"
    ),
    "an order that is seen to be placed elsewhere leaves what there is": Example(
        [places("no-3", SEEN, platform="kamao", qty=3)._replace(by="buyer"), places("no-4")]
    ),
    "an order that is seen to be placed here leaves less": Example(
        [places("no-3", SEEN, qty=3)._replace(by="buyer"), places("no-4")], "refused"
    ),
    "nobody observes that he took in too much": Example([places("no-3", SEEN, qty=3)], "refused"),
    "nobody observes that he sells from another's shelf": Example(
        [places("no-3", SEEN, platform="kamao")._replace(by="kamao")], "refused"
    ),
    "no history is told of what the ledger kept by then": Example(
        [places("no-3", Manner(at=SECOND, basis="backfill"))], "refused"
    ),
    "what was before the ledger is its history": Example(
        [places("no-3", Manner(at=-HOUR, basis="backfill"))]
    ),
    "a signed fact is told again under another id, and counts once": Example(
        [
            registers("agent-east", "agent"),
            keys(0),
            forwards("xiaomai", "agent-east"),
            fact("hop.accepted", "agent-east", manner=Manner(at=0, id="a", hand="right")),
            fact("hop.accepted", "agent-east", manner=Manner(at=0, id="b", hand="right")),
        ]
    ),
    "a disavowed cancellation promises no more than there is": Example(
        [cancels("no-2"), places("no-3"), places("no-4"), disavows(about="no-2")], "refused"
    ),
    # I2
    "a disavowed reversal delivers no more than was ordered": Example(
        [delivers(1), REVERSES, DELIVERS, disavows(1)], "refused"
    ),
    "a disavowed reversal leaves what was delivered": Example(
        [delivers(1), REVERSES, delivers(1), disavows(1)], status=("shipped", "none")
    ),
    "a disavowed reversal delivers no goods that were delivered since": Example(
        [delivers(1, goods="CARD-1"), REVERSES, delivers(1, goods="CARD-1"), disavows(1)], "refused"
    ),
    "goods that were taken back are delivered again": Example(
        [delivers(1, goods="CARD-1"), REVERSES, delivers(1, goods="CARD-2"), delivers(1, goods="CARD-1")]
    ),
    # I1
    "an order is delivered once all its units are": Example([delivers(1)], status=("paid", "none")),
    "the unit that makes up the quantity delivers the order": Example(
        [delivers(1), delivers(1)], status=("shipped", "none")
    ),
    "an order of which a part came is not complete": Example(
        [delivers(1), Words("order.completed", {"by": "buyer"}, "no-1", "buyer", PLAIN)], "refused"
    ),
    "an order of which a part came is not cancelled": Example([delivers(1), cancels("no-1")], "refused"),
    "the rest of an order is forwarded": Example([delivers(1), forwards("xiaomai", "brand")]),
    # I6
    "terms do not hold for what was placed before they were heard": Example(
        [publishes(-30 * SECOND), places("no-3", policy="fast", manner=Manner(at=-10 * SECOND))], "refused"
    ),
    "terms do not hold from before they are heard": Example(
        [publishes(-2 * MINUTE, Manner(at=-2 * MINUTE))], "refused"
    ),
    "terms may have been on their way": Example([publishes(-SECOND), places("no-3", policy="fast")]),
    "nobody places an order under terms that are to come": Example(
        [publishes(MINUTE), places("no-3", policy="fast", manner=Manner(at=MINUTE))], "refused"
    ),
    # its private words had no secret to be kept under
    "nothing is told of a party before it is registered, whoever saw it": Example(
        [fact("party.warned", about="brand", manner=SEEN, reasons="slow")], "refused"
    ),
    # who speaks of parties
    "nobody who is not registered decides about another": Example(
        [registers("brand", "brand"), fact("party.warned", about="brand", reasons="slow")], "refused"
    ),
    "a key is replaced by what it signs": Example(
        [registers("agent-east", "agent"), keys(0), keys(1, Manner(at=0, hand="right"))]
    ),
    "a key is replaced by nothing that it did not sign": Example(
        [registers("agent-east", "agent"), keys(0), keys(1)], "refused"
    ),
    "a key that was lost is replaced by a platform that is registered": Example(
        [
            registers("agent-east", "agent"),
            keys(0),
            registers("xiaomai", "platform"),
            fact("party.keyed", "xiaomai", "agent-east", key=PUBLIC[1]),
        ]
    ),
    # an observation may be odd, an act may not
    "nobody observes a second hold": Example([holds(), holds(SEEN)], "refused"),
    "nobody observes that an order was sent again in doubt": Example(
        [forwards("xiaomai", "brand"), DOUBTS, forwards("xiaomai", "brand", 2)._replace(manner=SEEN)],
        "refused",
    ),
    "what has come comes once, also as it is seen": Example(
        [forwards("xiaomai", "brand"), DELIVERS, CREDITED._replace(manner=SEEN)], "refused"
    ),
    "a tier that has the order last observes no delivery of its own": Example(
        [
            forwards("xiaomai", "brand"),
            disputes("opened", claim="other", freezes="delivery"),
            fact("delivery.delivered", "brand", manner=SEEN, evidence="account_credited"),
        ],
        "refused",
    ),
    "what is held is not delivered by who sells it": Example([holds(), DELIVERS], "refused"),
    "what is delivered is held no more": Example([DELIVERS, holds()], "refused"),
    "nobody observes that he delivered more than was ordered": Example(
        [forwards("xiaomai", "xiaomai"), DELIVERS, CREDITED._replace(manner=SEEN)], "refused"
    ),
    # less trust grants no more
    "a tier that nobody registered releases no hold": Example(
        [
            forwards("xiaomai", "brand"),
            holds(),
            fact("risk.reviewed", "brand", decision="release", reason="x"),
        ],
        "refused",
    ),
    "a tier that nobody registered sees no refund": Example(
        [forwards("xiaomai", "brand"), fact("refund.paid", "brand", manner=SEEN)], "refused"
    ),
    "a tier that is named and was sent nothing reserves nothing": Example(
        [places("no-3", tier="brand"), RESERVES._replace(by="brand", about="no-3")], "refused"
    ),
    "a tier says itself what its neighbour has passed on": Example(
        [forwards("xiaomai", "brand"), ACCEPTS._replace(manner=SEEN), ACCEPTS._replace(by="brand")]
    ),
    "what a tier said is not passed on as news": Example(
        [forwards("xiaomai", "brand"), ACCEPTS._replace(by="brand"), ACCEPTS._replace(manner=SEEN)],
        "refused",
    ),
    "nobody observes a tier that never had the order": Example([ACCEPTS._replace(manner=SEEN)], "refused"),
    "a callback of a failure that comes again is no news": Example(
        [forwards("xiaomai", "brand"), FAILS, FAILS], "refused"
    ),
    "what was begun again fails again": Example(
        [forwards("xiaomai", "brand"), FAILS, fact("activation.started", "brand"), FAILS]
    ),
    "what was sent again fails again": Example(
        [forwards("xiaomai", "brand"), FAILS, forwards("xiaomai", "brand", 2), FAILS]
    ),
    "a failure that a neighbour passed on is told by its tier, once": Example(
        [
            forwards("xiaomai", "brand"),
            FAILS._replace(by="xiaomai", manner=SEEN),
            FAILS,
            FAILS._replace(by="xiaomai", manner=SEEN),
        ],
        "refused",
    ),
    # whose order it is
    "a registered platform has no part in another's order": Example(
        [registers("kamao", "platform"), fact("refund.requested", "kamao")], "refused"
    ),
    "the buyer decides no dispute": Example(
        [
            disputes("opened", claim="not-delivered", freezes="none"),
            disputes("decided", decider="buyer", outcome="for_buyer", reason="x"),
        ],
        "refused",
    ),
    "an auditor decides nothing that was not escalated to it": Example(
        [registers("auditor", "auditor"), DISPUTES, JUDGES], "refused"
    ),
    "an auditor decides what was escalated to it": Example(
        [registers("auditor", "auditor"), DISPUTES, ESCALATES, JUDGES]
    ),
    "an auditor decides nothing once that escalation is disavowed": Example(
        [registers("auditor", "auditor"), DISPUTES, ESCALATES, disavows(), JUDGES], "refused"
    ),
    # whose ruling it is
    "the merchant tells nobody's decision": Example(
        [DISPUTES, JUDGES._replace(by="shop-a", data=JUDGES.data | {"decider": "xiaomai"})], "refused"
    ),
    "the ledger's name does not make a merchant's decision": Example(
        [DISPUTES, JUDGES._replace(by="shop-a", data=JUDGES.data | {"decider": "ledger"})], "refused"
    ),
    "a platform decides no dispute of another's order that it was not sent": Example(
        [registers("kamao", "platform"), DISPUTES, JUDGES._replace(data=JUDGES.data | {"decider": "kamao"})],
        "refused",
    ),
    "an auditor's suspension is not lifted by another platform": Example(
        [
            registers("xiaomai", "platform"),
            registers("kamao", "platform"),
            registers("shop-b", "merchant"),
            fact("party.suspended", about="shop-b", entries=[-1], reasons="x"),
            fact("party.reinstated", "kamao", "shop-b", reason="mistake"),
        ],
        "refused",
    ),
    # what lies ahead
    "no decision is told into the past so that its appeal is over at once": Example(
        [
            registers("xiaomai", "platform"),
            registers("shop-b", "merchant"),
            fact(
                "party.suspended",
                about="shop-b",
                manner=Manner(at=-13 * MINUTE),
                entries=[-1],
                reasons="x",
                appeal_by=-12 * MINUTE,
            ),
        ],
        "refused",
    ),
    "no pre-order is told into the past": Example(
        [fact("sku.preorder", about="card-100", manner=Manner(at=-2 * MINUTE), qty=9, restock_by=-MINUTE)],
        "refused",
    ),
    "an offer is not over before the terms say": Example([NUDGES, offers(HOUR)], "refused"),
    "an offer that stands is not made shorter": Example([NUDGES, offers(2 * DAY), offers(DAY)], "refused"),
    "an offer is made longer": Example([NUDGES, offers(DAY), offers(2 * DAY)]),
    "a nudge has a name of its own": Example([NUDGES, NUDGES], "refused"),
    "a nudge that was closed is offered nothing": Example(
        [NUDGES, fact("care.closed", "buyer", nudge="a", outcome="buyer"), offers(DAY)], "refused"
    ),
    # I10: hearsay ends no doubt, and what was found is sent on by who has it
    "a rejection that somebody else saw ends no doubt": Example(
        [
            forwards("xiaomai", "brand"),
            DOUBTS,
            REJECTS._replace(by="xiaomai", manner=SEEN),
            forwards("xiaomai", "agent-east"),
        ],
        "refused",
    ),
    "the tier's own rejection ends the doubt about it": Example(
        [forwards("xiaomai", "brand"), DOUBTS, REJECTS, forwards("xiaomai", "agent-east")]
    ),
    "what was found goes to no other tier": Example(
        [forwards("xiaomai", "brand"), DOUBTS, FOUND, forwards("xiaomai", "agent-east")], "refused"
    ),
    "what was found goes on from the tier that has it": Example(
        [forwards("xiaomai", "agent-east"), DOUBTS, FOUND, forwards("agent-east", "brand")]
    ),
    "what was found and failed since goes to another tier": Example(
        [forwards("xiaomai", "brand"), DOUBTS, FOUND, FAILS, forwards("xiaomai", "agent-east")]
    ),
    "what failed is in doubt again once it was never found": Example(
        [
            forwards("xiaomai", "brand"),
            DOUBTS,
            FOUND,
            FAILS,
            disavows(1),
            forwards("xiaomai", "agent-east"),
        ],
        "refused",
    ),
    # I3, I13: a disavowal leaves the order as if the fact had not been told
    "a disavowed approval leaves the request for a refund": Example(
        [fact("refund.requested"), fact("refund.approved"), disavows()], status=("paid", "refunding")
    ),
    "a disavowed second cancellation leaves the first": Example(
        [cancels("no-2"), cancels("no-2", "again"), disavows(about="no-2")], status=("placed", "cancelled")
    ),
    "a disavowed reinstatement leaves the cancellation": Example(
        [cancels("no-2"), fact("order.reinstated", about="no-2", reason="x"), disavows(about="no-2")],
        status=("placed", "cancelled"),
    ),
    "a disavowed reinstatement cancels nothing that was delivered": Example(
        [cancels("no-1"), REINSTATES, DELIVERS, disavows(1)], "refused"
    ),
    "a disavowed payment leaves the other that was seen": Example(
        [fact("order.paid", "buyer", manner=SEEN), disavows(1)], status=("paid", "none")
    ),
    "a disavowed refund leaves the other that was seen": Example(
        [
            fact("refund.requested"),
            fact("refund.paid"),
            fact("refund.paid", "buyer", manner=SEEN),
            disavows(1),
        ],
        status=("paid", "refunded"),
    ),
    # what a refund pays back
    "less than was paid for what did not come is no refund": Example(
        [fact("refund.requested"), delivers(1), fact("refund.paid", amount=2499)], "refused"
    ),
    "what was paid for what did not come is a refund": Example(
        [fact("refund.requested"), delivers(1), fact("refund.paid", amount=2500)], status=("paid", "refunded")
    ),
    "less is paid back if the buyer asks for less": Example(
        [fact("refund.requested", "buyer", amount=100), fact("refund.paid", amount=100)],
        status=("paid", "refunded"),
    ),
    "what a seller asks back for the buyer is not less than was paid": Example(
        [fact("refund.requested", amount=100), fact("refund.paid", amount=100)], "refused"
    ),
    "more than was paid is not paid back": Example(
        [fact("refund.requested"), fact("refund.paid", amount=5001)], "refused"
    ),
    "a payment that did not occur is not paid back": Example(
        [
            disavows(),
            fact("order.paid", amount=100),
            fact("refund.requested"),
            fact("refund.paid", amount=101),
        ],
        "refused",
    ),
    # I1: what is listed as a card is delivered as one
    "a card that is delivered is committed to, whatever its order says it is": Example(
        [LISTS_A_CARD, places("no-3", sku="music-month"), PAYS_THREE, DELIVERS._replace(about="no-3")],
        "refused",
    ),
    "a card is not sold as something else": Example(
        [LISTS_A_CARD, places("no-3", sku="music-month", form="direct")], "refused"
    ),
    # whose terms and whose exception it is
    "another platform's terms are not named": Example(
        [
            registers("kamao", "platform")._replace(by="kamao"),
            publishes(0)._replace(by="kamao"),
            places("no-3", policy="fast"),
        ],
        "refused",
    ),
    "its registrar's terms are a platform's to name": Example(
        [
            registers("xiaomai", "platform")._replace(by="kamao"),
            registers("kamao", "platform"),
            publishes(0)._replace(by="kamao"),
            places("no-3", policy="fast"),
        ],
    ),
    "an exception is not ended by who acknowledged it": Example(
        [CUT, warns("acknowledged", "brand"), warns("resolved", "brand")], "refused"
    ),
    "who lists all that an exception names ends it": Example([CUT, warns("resolved", "xiaomai")]),
    "an order that names no policy is paid first": Example(
        [places("no-3"), forwards("xiaomai", "brand")._replace(about="no-3")], "refused"
    ),
    "a disavowed decision leaves the one before it": Example(
        [
            disputes("opened", claim="not-delivered", freezes="delivery"),
            disputes("decided", decider="xiaomai", outcome="for_merchant", reason="x"),
            disputes("appealed"),
            disputes("decided", decider="xiaomai", outcome="for_merchant", reason="y"),
            disavows(1),
            disavows(1),
            DELIVERS,
        ],
        status=("shipped", "none"),
    ),
    "a disavowed appeal freezes nothing": Example(
        [
            disputes("opened", claim="not-delivered", freezes="delivery"),
            disputes("decided", decider="xiaomai", outcome="for_merchant", reason="x"),
            disputes("appealed"),
            disavows(),
            DELIVERS,
        ],
        status=("shipped", "none"),
    ),
    "a disavowed suspicion leaves the check before it": Example(
        [RESERVES, checks("ok"), checks("suspect"), disavows()], status=("verified", "none")
    ),
    "a disavowed correction leaves the recipient that was checked": Example(
        [RESERVES, checks("ok"), fact("recipient.corrected"), disavows()], status=("verified", "none")
    ),
    "a disavowed release leaves the reservation": Example(
        [checks("ok"), RESERVES, fact("stock.released", reason="x"), disavows()], status=("verified", "none")
    ),
    "a disavowed hold leaves none": Example([holds(), disavows()], status=("paid", "none")),
    "a disavowed end of a batch leaves the order in its queue": Example(
        [
            fact("batch.queued", batch="b", position=1),
            fact("batch.finished", batch="b"),
            disavows(),
        ],
        status=("paid", "queued"),
    ),
}
