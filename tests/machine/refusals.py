"""Why a live fact must be refused, by the words of the domain: rule by rule, over what the model knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from .life import MINUTE, SETTINGS, TOLERANCE, Fact, Life, seen_by
from .model import Model

OF_A_TIER = (
    "hop.accepted",
    "hop.rejected",
    "activation.started",
    "activation.succeeded",
    "activation.failed",
)
IN_THE_CHAIN = (
    *OF_A_TIER,
    "hop.forwarded",
    "hop.uncertain",
    "hop.queried",
    "activation.relayed",
    "delivery.delivered",
    "delivery.reversed",
)


LIES_AHEAD = ("dispute.appealed", "dispute.escalated", "dispute.decided", "promise.extended")
LIES_AHEAD += ("care.offered", "risk.held")
DECIDED = ("party.warned", "party.suspended", "party.blacklisted", "party.expelled")
TERMS_AHEAD: dict[str, tuple[str, ...]] = {
    "policy.published": (),
    "party.appealed": (),
    "party.qualified": ("valid_until",),
    "sku.preorder": ("restock_by",),
    **dict.fromkeys(DECIDED, ("until", "appeal_by")),
}
DOUBTFUL = ("uncertain", "unknown", "found")
SEEN = (
    "order.placed",
    "order.noted",
    "order.paid",
    "order.paid_late",
    "delivery.delivered",
    "delivery.reversed",
    "promise.compensated",
    "refund.paid",
)


NOBODY = {"buyer", "ledger"}
OF_TIERS = ("order.noted", "order.disavowed", "recipient.", "stock.", "batch.", "hop.", "activation.")
OF_TIERS += ("delivery.", "care.", "dispute.evidence")
OF_THE_SELLER = ("order.placed", "order.paid", "order.paid_late", "promise.compensated", "refund.paid")


class Said(NamedTuple):
    """A statement as the model hears it; `stream` is None for an order that nobody has placed."""

    kind: str
    stream: str | None
    by: str
    data: dict
    words: dict
    at: int | None = None
    basis: str | None = None
    id: str | None = None
    hand: Literal["right", "wrong"] | None = None


# orders -----------------------------------------------------------------------------------------------
def of_an_order(model: Model, said: Said, at: int, now: int) -> Iterator[str]:
    life = Life([], SETTINGS) if said.stream is None else model.life(said.stream)
    yield from _without_part(model, life, said)
    yield from _promised(model, life, said, at, now)
    yield from _again(model, said)
    if is_seen(life, said):
        yield from _seen(life, said)
    elif said.kind == "order.placed":
        yield from _placing(model, life, said, at, now)
    else:
        yield from _too_early(life, said, at)
        if life.erased and said.kind != "order.disavowed":
            yield "nothing follows an erasure"
        heard = now if said.kind in LIES_AHEAD else _counted(at, now)
        yield from _REFUSALS.get(said.kind, _nothing)(life, said, heard)
        if said.kind == "order.disavowed":
            yield from _revived(model, life, said)


def is_seen(life: Life, told: Said | Fact) -> bool:
    """Whether this happened to somebody else than who tells it: nobody observes himself."""
    sellers = [life.said("platform"), life.said("merchant")]
    if told.kind == "order.placed":
        sellers += [told.data.get("platform"), told.data.get("merchant")]
    own = told.kind in OF_THE_SELLER and told.by in sellers
    if told.kind == "delivery.delivered":
        sells = told.by in sellers
        sent = [each for each in life.hops if each["to"] != told.by and (sells or each["by"] == told.by)]
        own = not sent or (sells and told.data["evidence"] == "shown_to_buyer")
    return told.basis is not None and told.kind in SEEN and not own


def _counted(at: int, now: int) -> int:
    """When something counts as having happened: as it says, if told in time; never later than it is heard."""
    return min(at, now) if abs(now - at) <= TOLERANCE else now


def _without_part(model: Model, life: Life, said: Said) -> Iterator[str]:
    """Who is registered speaks of what is its own to speak of, and judges are judges."""
    yield from beyond_its_part(model, life, said)
    role = model.role(said.by)
    if role is not None and not _has_part(life, said, role):
        yield "a registered party has a part in the order"
    if said.kind == "dispute.decided":
        decider = said.data["decider"]
        passed_on = model.role(decider) in ("platform", "auditor") and _escalated(life, said, decider)
        if decider != life.said("platform") and not passed_on:
            yield "a dispute is decided by a judge"
        if said.by != life.said("platform"):
            if said.by == "buyer" or life.sells(said.by):
                yield "no side tells what was decided"
            if role is not None and not (said.by == decider and passed_on):
                yield "who decided tells of it, or the platform"


def beyond_its_part(model: Model, life: Life, said: Said) -> Iterator[str]:
    """Less trust grants no more: whom nobody registered is held to what the order says that it is."""
    terms = life.placed.data if life.placed else said.data if said.kind == "order.placed" else {}
    parts = {name for name in ("platform", "merchant", "tier") if terms.get(name) == said.by}
    parts |= {"tier"} if any(each["to"] == said.by for each in life.hops) else set()
    if not parts or model.role(said.by) is not None or said.by == "buyer":
        return
    if parts == {"tier"} and not said.kind.startswith(OF_TIERS):
        yield "a tier says what is for tiers to say"
    if parts <= {"merchant", "tier"} and said.kind == "dispute.decided":
        yield "a merchant tells no ruling"
    history = said.basis == "observed" and life.imported
    if parts == {"tier"} and not history and not _has_part(life, said, "agent"):
        yield "a tier that is named was sent the order"


def _has_part(life: Life, said: Said, role: str) -> bool:
    if said.kind in IN_THE_CHAIN or said.kind == "order.disavowed":
        return True  # which has rules of its own
    if role == "auditor":
        judges = said.kind in ("dispute.decided", "dispute.evidence")
        return said.kind == "order.noted" or (judges and _escalated(life, said, said.by))
    if life.placed is None:
        return said.by in (said.data.get("platform"), said.data.get("merchant"))
    return life.in_hands_of(said.by)


def _escalated(life: Life, said: Said, party: str) -> bool:
    """Whether a dispute was passed on to a party, and to nobody else since."""
    own = [each for each in life.disputes if each["id"] == said.data["dispute"]]
    return any(each.get("judge") == party for each in own)


def _promised(model: Model, life: Life, said: Said, at: int, now: int) -> Iterator[str]:
    """I6: what was published is promised, and no version that was not."""
    terms = life.terms
    if said.kind == "order.placed":
        named = model.version(said.data)
        if named is None and said.data.get("policy_version") is not None:
            yield "no such version was published"
        live = model.terms_at(said.data.get("policy"), _counted(at, now))
        if said.data.get("policy") is None and model.foreign(said.data):
            live = SETTINGS
        terms = (named if is_seen(life, said) else live) or SETTINGS
    due = said.data.get("due_at") if said.kind in ("order.placed", "order.paid", "order.paid_late") else None
    if due is not None and not life.imported and due > at + terms["due_in"]:
        yield "I6: later than the terms promise"


def _seen(life: Life, said: Said) -> Iterator[str]:
    """What happened to somebody stays, however odd; but who saw a delivery has the order, and evidence."""
    if said.kind in IN_THE_CHAIN and not life.in_hands_of(said.by):
        yield "I7: the order is in other hands"
    if said.data.get("evidence") == "source_record":
        yield "I1: a source's record of a live order is no evidence"
    whole = life.said("qty") is not None and life.units >= life.said("qty")
    if said.kind == "delivery.delivered" and whole and "goods" not in said.words:
        yield "I2: what has come comes once, unless other goods are named"


def _again(model: Model, said: Said) -> Iterator[str]:
    field = "goods" if said.kind == "delivery.delivered" else "payment"
    if field in said.words and model.holding(field, said.words[field])[0]:
        yield "I2: the same goods are delivered once, a payment pays for one order"


def _too_early(life: Life, said: Said, at: int) -> Iterator[str]:
    def begun(fact: Fact) -> int:
        return min(fact.at, fact.known)

    if at < begun(life.placed):
        yield "this happened before the order was placed"
    needs = said.kind in ("hop.forwarded", "delivery.delivered") or said.kind.startswith("refund.")
    if needs and life.prepaid and life.money is not None and at < begun(life.money):
        yield "this happened before the order was paid"


def _placing(model: Model, life: Life, said: Said, at: int, now: int) -> Iterator[str]:
    if life.placed is not None:
        yield "an order is placed once"
    if said.data.get("bound"):
        yield "live, one knows when an order was placed"
    if any(said.data.get(name) is None for name in ("amount", "currency", "merchant", "qty", "sku")):
        yield "a live order states its terms"
        return
    if {said.data.get(name) for name in ("platform", "merchant", "tier")} & NOBODY:
        yield "nobody sells to himself, and the ledger sells nothing"
    if model.terms_at(said.data.get("policy"), _counted(at, now)) is None:
        yield "no such policy"
    if said.data.get("policy") is not None and model.foreign(said.data):
        by = [each.by for each in model.of(f"party/{said.data['platform']}", "party.registered")]
        publisher = model.of(f"policy/{said.data['policy']}", "policy.published")[0].by
        if publisher not in by[:1]:
            yield "nobody names another platform's terms"
    sku = said.data["sku"]
    listing = model.listing(sku)
    if listing is None:
        return
    if listing.data["platform"] != said.data["platform"]:
        yield "I4: another platform sells from this shelf"
        return
    if said.data.get("form") not in (None, listing.data["form"]):
        yield "I1: it is of the form that is listed"
    if model.shut(sku):
        yield "I4: intake is closed"
    sure, _ = model.spent(sku, said.data["platform"])
    if model.promised(sku, said.data["platform"]) + said.data["qty"] > model.carries(sku, now, sure):
        yield "I4: more would be promised than is there"


def _nothing(_life: Life, _said: Said, _at: int) -> Iterator[str]:
    yield from ()


def _paid(life: Life, said: Said, _at: int) -> Iterator[str]:
    late = not life.all("order.paid") and (life.cancelled or life.expired)
    if said.kind == "order.paid_late" and not (life.cancelled or life.expired):
        yield "a payment is late only after the end"
    if said.kind == "order.paid_late" and (said.data["after"] == "cancelled") != life.cancelled:
        yield "after another end"
    if life.all("order.paid_late" if late or said.kind == "order.paid_late" else "order.paid"):
        yield "an order is paid once"
    due = said.data.get("due_at")
    if due is not None and life.due not in (None, due) and not (late and said.kind == "order.paid"):
        yield "I6: the due time never changes"


def _expired(life: Life, _said: Said, _at: int) -> Iterator[str]:
    if life.all("order.paid", "order.paid_late"):
        yield "a paid order does not expire"
    if life.expired:
        yield "an order expires once"


def _cancelled(life: Life, said: Said, _at: int) -> Iterator[str]:
    if said.kind == "order.cancelled" and life.shipments:
        yield "what is delivered is not cancelled"
    if said.data.get("by") == "buyer" and said.by != "buyer":
        yield "the buyer's word is the buyer's"
    if said.kind == "order.reinstated" and not life.cancelled:
        yield "only what is cancelled is reinstated"


def _completed(life: Life, said: Said, _at: int) -> Iterator[str]:
    if not (life.shipments if said.kind == "delivery.reversed" else life.delivered):
        yield "I1: it is not delivered"
    if said.kind == "order.completed" and life.all("order.completed"):
        yield "an order is completed once"
    if said.kind == "order.completed" and life.refund == "paid":
        yield "I12: what was refunded is not completed"
    if said.kind == "order.completed" and said.data["by"] == "buyer" and said.by != "buyer":
        yield "the buyer's word is the buyer's"
    if said.kind == "order.completed" and said.data["by"] == "timeout" and life.frozen("settlement"):
        yield "I8: a dispute freezes the settlement"


def _reversed(life: Life, said: Said, at: int) -> Iterator[str]:
    yield from _completed(life, said, at)
    if not life.in_hands_of(said.by):
        yield "I7: the order is in other hands"


def _reviewed(life: Life, said: Said, at: int) -> Iterator[str]:
    if said.kind == "risk.held" and not at < said.data["review_by"] <= at + 30 * 24 * 60 * MINUTE:
        yield "I5: a hold is reviewed from now on, and soon"
    if said.kind == "risk.held" and life.delivered:
        yield "what is delivered is held no more"
    if life.held == (said.kind == "risk.held"):
        yield "a hold begins once, and only what is held is reviewed"


def _corrected(life: Life, _said: Said, _at: int) -> Iterator[str]:
    if life.ended or life.delivered:
        yield "nothing is to come for whoever is named"


def _in_batch(life: Life, said: Said, _at: int) -> Iterator[str]:
    queued = life.last("batch.queued")
    if not life.is_now("batch.queued", "batch.finished") or queued.data["batch"] != said.data["batch"]:
        yield "only the batch that it is queued in starts or ends"


def _forwarded(life: Life, said: Said, _at: int) -> Iterator[str]:
    if not life.in_hands_of(said.by):
        yield "I7: the order is in other hands"
    if life.held:
        yield "what is held is not forwarded"
    if said.data["to"] in NOBODY:
        yield "an order is sent to a party"
    if life.in_doubt:
        yield "I10: nobody knows whether the order has arrived there"
    if life.delivered:
        yield "what is delivered is not forwarded"
    if life.prepaid and life.money is None:
        yield "what is prepaid is paid first"
    for chain in life.at_work:
        if said.by not in [each["to"] for each in chain] or said.data["to"] == chain[0]["to"]:
            yield "I10: a tier has it, who sends it on itself"


def _of_a_tier(life: Life, said: Said, _at: int) -> Iterator[str]:
    hops = life.hops
    if said.basis is not None:
        yield from _passed_on(life, said)
        return
    own = [each for each in hops if each["to"] == said.by]
    if not own and (hops or said.by not in (life.said("platform"), life.said("merchant"))):
        yield "I7: a tier speaks for its own hop"
    if not own and said.kind.startswith("hop."):
        yield "I7: nothing was forwarded"
    if own and said.hand is None and own[-1]["ref"] not in (None, said.words.get("ref")):
        yield "I7: a foreign reference"
    if own and not taken_back(life) and heard(own[-1], said.kind) and said.kind in own[-1]["own"]:
        yield "a tier says a thing once"


def _passed_on(life: Life, said: Said) -> Iterator[str]:
    """A tier's word that a neighbour tells: of the last tier beside him, under its reference, as news."""
    if not life.hops or not life.in_hands_of(said.by):
        yield "I7: a neighbour has the order, and the tier had it"
        return
    hop = seen_by(life.hops, said.by)
    if hop["ref"] not in (None, said.words.get("ref")):
        yield "I7: a foreign reference"
    itself = hop["to"] == said.by and said.kind not in hop["own"]
    if not taken_back(life) and heard(hop, said.kind) and not itself:
        yield "it is known already"


def heard(hop: dict, kind: str) -> bool:
    """Whether a tier's word on this submission is known, from whomever: what fails again was begun again."""
    work = [each for each in hop["said"] if each.startswith("activation.")]
    ends = [each for each in work if each != "activation.started"]
    return {
        "hop.accepted": "hop.accepted" in hop["said"],
        "hop.rejected": hop["state"] == "rejected",
        "activation.started": work[-1:] == ["activation.started"],
        "activation.succeeded": ends[-1:] == ["activation.succeeded"],
        "activation.failed": work[-1:] == ["activation.failed"],
    }[kind]


def taken_back(life: Life) -> bool:
    """Whether a tier's word was disavowed: what is known then is not for this model to say."""
    gone = {each.data["entry"] for each in life.told if each.kind == "order.disavowed"}
    return any(each.leaf in gone and each.kind in OF_A_TIER for each in life.told)


def unasked(life: Life) -> bool:
    """Whether an answer to a query was disavowed: what was heard since counts as it was heard."""
    gone = {each.data["entry"] for each in life.told if each.kind == "order.disavowed"}
    return any(each.leaf in gone and each.kind == "hop.queried" for each in life.told)


def _relayed(life: Life, said: Said, _at: int) -> Iterator[str]:
    if not life.in_hands_of(said.by):
        yield "I7: the order is in other hands"


def _asked_for(life: Life, said: Said, _at: int) -> Iterator[str]:
    own = life.sent_by(said.by, life.hops)
    if not own:
        yield "I7: who sent an order asks whether it arrived"
    if "ref" in said.words and said.words["ref"] not in [each["ref"] for each in own]:
        yield "I7: a foreign reference"
    if "of" in said.data and said.data["of"] not in [each["leaf"] for each in own]:
        yield "I7: who sent an order asks for it"
    if len(life.asked_of(said, life.hops)) > 1 and not (taken_back(life) or unasked(life)):
        yield "I10: of several in doubt a query names one"


def disavowed(life: Life, said: Said, _at: int = 0) -> Iterator[str]:
    if any(each.leaf == said.data["entry"] and each.by != said.by for each in life.told):
        yield "I13: a fact is taken back by whoever told it"
    if any(each.leaf == said.data["entry"] and each.kind == "hop.uncertain" for each in life.told):
        yield "I10: a doubt ends with an answer"


def _revived(model: Model, life: Life, said: Said) -> Iterator[str]:
    """What stands again without a fact could have been told without it."""
    taken = Fact(life.told[0].stream, said.kind, said.by, said.data, {}, None, 0, 0, "")
    after = Life([*life.told, taken], life.terms)
    if any(each["leaf"] == said.data["entry"] and each["state"] in DOUBTFUL for each in life.hops):
        yield "I10: who may have an order was sent it"
    if any(each["leaf"] == said.data["entry"] and each["ruled"] for each in life.disputes):
        yield "what was decided is not taken back with its opening"
    if life.shipments and after.units > max(life.units, life.said("qty") or 1):
        yield "I2: every unit is delivered once"
    if life.shipments and after.cancelled and not life.cancelled:
        yield "what is delivered is not cancelled"
    back = [each for each, _ in after.shipments if all(each is not one for one, _ in life.shipments)]
    goods = [each.words["goods"] for each in back if "goods" in each.words and each.stream in model.secrets]
    if any(model.holding("goods", words)[0] for words in goods):
        yield "I2: the same goods are delivered once"


def _delivered(life: Life, said: Said, _at: int) -> Iterator[str]:
    if life.frozen("delivery"):
        yield "I8: a dispute freezes the delivery"
    if life.held and life.sells(said.by):
        yield "what is held is not delivered by who sells it"
    if life.units + (said.data.get("units") or life.said("qty") or 1) > (life.said("qty") or 1):
        yield "I2: every unit is delivered once"
    if life.prepaid and life.money is None:
        yield "what is prepaid is paid first"
    if said.data["evidence"] == "source_record":
        yield "I1: no evidence"
    if life.said("form") == "card" and "goods" not in said.words:
        yield "I1: a card that is delivered is not committed to"
    if not life.in_hands_of(said.by):
        yield "I7: the order is in other hands"


def _extended(life: Life, said: Said, at: int) -> Iterator[str]:
    if "consent" not in said.words:
        yield "I6: without the buyer's consent"
    if life.promised is not None and said.data["due_at"] <= life.promised:
        yield "I6: an extension is later than what was promised"
    if said.data["due_at"] <= at:
        yield "I6: an extension is not over when it is heard"


def _refund(life: Life, said: Said, _at: int) -> Iterator[str]:
    if life.refund == "paid":
        yield "I12: a refund that was paid is the end"
    if life.prepaid and life.money is None:
        yield "nothing was paid"
    if life.prepaid and life.refund == "none" and said.kind != "refund.requested":
        yield "no refund was requested"
    if life.refund == "refused" and said.kind in ("refund.approved", "refund.paid"):
        yield "the refund was refused"
    amount = said.data.get("amount") if said.kind == "refund.paid" else None
    if amount is not None and life.paid is not None and life.paid_in_all is not None:
        if amount > life.paid_in_all:
            yield "more than was paid is paid back"
        if amount < min([life.undelivered, *life.asked_back]):
            yield "less than was paid for what did not come, or than the buyer asked for"


def _asked(life: Life, said: Said, _at: int) -> Iterator[str]:
    if said.by != "buyer":
        yield "the buyer's word is the buyer's"
    if life.since_asked(said.data["nudge"]):
        yield "a nudge has a name of its own"


def _answered(life: Life, said: Said, at: int) -> Iterator[str]:
    told = life.since_asked(said.data["nudge"])
    if not told:
        yield "an answer needs its nudge"
    if any(each.kind == "care.closed" for each in told):
        yield "a nudge that is closed is answered no more"
    if said.kind == "care.located" and not said.data["entries"]:
        yield "what was found rests on entries"
    offers = [each.data["by_when"] for each in told if each.kind == "care.offered"]
    stands = max(5 * MINUTE, life.terms.get("answer_within", 12 * 60 * MINUTE))
    if said.kind == "care.offered" and said.data["by_when"] < max(at + stands, *offers, 0):
        yield "an offer stands as long as the terms say, and the one before it"
    if said.kind == "care.closed" and said.data["outcome"] == "buyer" and said.by != "buyer":
        yield "a nudge is closed by the buyer"
    timed = said.kind == "care.closed" and said.data["outcome"] == "timeout"
    if timed and (not offers or at < offers[-1]):
        yield "or by time, when that is over"


def _disputed(life: Life, said: Said, at: int) -> Iterator[str]:
    own = [each for each in life.disputes if each["id"] == said.data["dispute"]]
    is_open = any(each["open"] for each in own)
    closed = [each for each in own if not each["open"]]
    if said.kind == "dispute.opened":
        yield from ("a dispute has a name of its own",) if own else ()
    elif not own:
        yield "a dispute is opened first"
    elif said.kind == "dispute.decided" and not is_open:
        yield "a dispute is decided once"
    elif said.kind == "dispute.decided":
        if said.data["decider"] == life.said("merchant") != life.said("platform"):
            yield "no merchant decides about itself"
        if said.data.get("appeal_by") is not None and said.data["appeal_by"] <= at:
            yield "a decision is appealed from now on"
    elif said.kind == "dispute.merged":
        yield from _merged(life, said, own[-1]) if is_open else ("what is decided is not merged",)
    elif said.kind == "dispute.appealed" and all(each["open"] or each["merged"] for each in own):
        yield "only a decision is appealed"
    elif said.kind == "dispute.escalated" and not is_open and all(each["merged"] for each in own):
        yield "only a decision is passed on"
    elif closed and closed[-1].get("until") is not None and at > closed[-1]["until"]:
        yield from ("an appeal comes in time",) if said.kind != "dispute.evidence" else ()


def _merged(life: Life, said: Said, own: dict) -> Iterator[str]:
    first = [each for each in life.disputes if each["id"] == said.data["into"] != said.data["dispute"]]
    if not first:
        yield "a dispute is merged into another"
    elif not first[-1]["open"] or (own["open"] and own["freezes"] not in ("none", first[-1]["freezes"])):
        yield "I8: what is frozen is not set free by merging"


# the market -------------------------------------------------------------------------------------------
def of_the_market(model: Model, said: Said, at: int, now: int) -> Iterator[str]:
    facts = model.of(said.stream or "")
    if said.basis == "backfill":
        yield "a register is not imported"
    first = {"party": "party.registered", "sku": "sku.listed", "exception": "exception.reported"}.get(
        (said.stream or "").partition("/")[0]
    )
    begun = any(each.kind == first for each in facts)
    if first is not None and begun == (said.kind == first):
        yield "each stream begins once, and with its first fact"
    heard = now if said.kind in TERMS_AHEAD else _counted(at, now)
    ends = [said.data.get(name) for name in TERMS_AHEAD.get(said.kind, ())]
    if any(end is not None and end <= now for end in ends):
        yield "a term is not over when it is heard"
    yield from _MARKET.get(said.kind, _unguarded)(model, said, heard)
    if said.kind.startswith("sku.") and begun:
        listing = next(each for each in facts if each.kind == first)
        if said.by != listing.data["platform"]:
            yield "a SKU is spoken of by its platform"


def _unguarded(_model: Model, _said: Said, _at: int) -> Iterator[str]:
    yield from ()


def _stocked(model: Model, said: Said, at: int) -> Iterator[str]:
    before = model.stock((said.stream or "").partition("/")[2])
    if said.data["as_of"] > at:
        yield "I4: stock is reported as of now or before"
    if before is not None and said.data["as_of"] < before.data["as_of"]:
        yield "I4: more is known than this report says"
    if before is not None and said.data["as_of"] == before.data["as_of"]:
        same = [said.data.get(name) == before.data.get(name) for name in ("qty", "ttl")]
        yield from () if all(same) else ("of one instant one quantity, which holds as long",)


def _ended(model: Model, said: Said, _at: int) -> Iterator[str]:
    reports = model.of(said.stream or "", "exception.reported")
    if reports and said.by != reports[0].by and model.role(said.by) != "auditor":
        listed = [model.of(f"sku/{name}", "sku.listed") for name in reports[0].data["scope"]]
        if not all(each and each[0].data["platform"] == said.by for each in listed):
            yield "an exception is ended by who reported it, who lists all of it, or an auditor"


def _mapped(model: Model, said: Said, _at: int) -> Iterator[str]:
    seen, name = set(), said.data["to"]
    while name is not None and name not in seen:
        seen.add(name)
        mapped = model.of(f"sku/{name}", "sku.mapped")
        name = mapped[-1].data["to"] if mapped else None
    if (said.stream or "").partition("/")[2] in seen:
        yield "no SKU is supplied from itself"


def _published(model: Model, said: Said, at: int) -> Iterator[str]:
    before = model.of(said.stream or "", "policy.published")
    if said.data["version"] != (before[-1].data["version"] + 1 if before else 1):
        yield "versions are numbered"
    if said.data["since"] < at - MINUTE or (before and said.data["since"] < before[-1].data["since"]):
        yield "I6: terms do not reach back"
    if said.data.get("compensation") == "amount // 0":
        yield "I15: what cannot be computed cannot be promised"
    if before and said.by not in (before[0].by, model.registrar(before[0].by)):
        yield "a policy is its publisher's, or its platform's"


def _registered(_model: Model, said: Said, _at: int) -> Iterator[str]:
    if said.stream == "party/buyer":
        yield "the buyer's name is nobody else's"


def _sanctioned(model: Model, said: Said, at: int) -> Iterator[str]:
    if not {each.leaf for each in model.log}.issuperset(said.data.get("entries", ())):
        yield "I13: a decision rests on entries that are there"
    yield from _judged(model, said, at)


def _judged(model: Model, said: Said, _at: int) -> Iterator[str]:
    if said.stream == f"party/{said.by}":
        yield "nobody decides about itself"
    if model.role(said.by) is None:
        yield "who decides about others is registered"


def _reinstated(model: Model, said: Said, at: int) -> Iterator[str]:
    yield from _judged(model, said, at)
    own = any(each.by == said.by for each in model.of(said.stream or "", *DECIDED))
    if said.data["reason"] != "term_over" and model.role(said.by) != "auditor" and not own:
        yield "who decided ends it, or an auditor"


def _keyed(model: Model, said: Said, _at: int) -> Iterator[str]:
    own = said.stream == f"party/{said.by}"
    if own and model.key(said.by) is not None and said.hand != "right":
        yield "a party replaces its key by what that key signs"
    if not own and model.role(said.by) != "platform":
        yield "only a platform replaces a key that was lost"


def _appealed(_model: Model, said: Said, _at: int) -> Iterator[str]:
    if said.stream != f"party/{said.by}":
        yield "a party appeals for itself"


def _paced(_model: Model, _said: Said, _at: int) -> Iterator[str]:
    yield "what is usual is counted, not told"


_Rule = Callable[[Life, Said, int], Iterator[str]]
_REFUSALS: dict[str, _Rule] = {
    "order.paid": _paid,
    "order.paid_late": _paid,
    "order.expired": _expired,
    "order.cancelled": _cancelled,
    "order.reinstated": _cancelled,
    "order.completed": _completed,
    "order.disavowed": disavowed,
    "delivery.reversed": _reversed,
    "activation.relayed": _relayed,
    "recipient.corrected": _corrected,
    "risk.held": _reviewed,
    "risk.escalated": _reviewed,
    "risk.reviewed": _reviewed,
    "batch.started": _in_batch,
    "batch.finished": _in_batch,
    "hop.forwarded": _forwarded,
    "hop.uncertain": _asked_for,
    "hop.queried": _asked_for,
    "delivery.delivered": _delivered,
    "promise.extended": _extended,
    "care.nudged": _asked,
    "care.located": _answered,
    "care.offered": _answered,
    "care.closed": _answered,
    **dict.fromkeys(OF_A_TIER, _of_a_tier),
    **dict.fromkeys(("refund.requested", "refund.approved", "refund.refused", "refund.paid"), _refund),
    **dict.fromkeys(("dispute.opened", "dispute.merged", "dispute.evidence", "dispute.decided"), _disputed),
    **dict.fromkeys(("dispute.appealed", "dispute.escalated"), _disputed),
}
_MARKET: dict[str, Callable[[Model, Said, int], Iterator[str]]] = {
    "sku.mapped": _mapped,
    "sku.stocked": _stocked,
    "sku.paced": _paced,
    "party.registered": _registered,
    "party.keyed": _keyed,
    "party.appealed": _appealed,
    "party.qualified": _judged,
    "party.reinstated": _reinstated,
    "policy.published": _published,
    "exception.resolved": _ended,
    **dict.fromkeys(("party.warned", "party.suspended", "party.blacklisted", "party.expelled"), _sanctioned),
}
