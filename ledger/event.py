"""What can happen to an order: one frozen struct for each kind, past tense, no behaviour.

Fields stand in sorted order and defaults are omitted, so that encoding a fact yields its RFC 8785 form at
once. Fields typed `Commitment` are private: an entry carries the commitment, the vault the words.
A change of meaning is a new kind, never another reading of old bytes.
Long: the vocabulary of the domain is one list, to be read as one.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeGuard, get_args

from msgspec import Meta, Struct

from mingdan.ledger.fact import Commitment, Count, Currency, Fact, Hash, Id, Label, Millis
from mingdan.ledger.market import incident, party, promise, sku

FailureCode = Literal[
    "outage", "price_rise", "supply_cut", "interface_change", "bad_recipient", "rate_limited", "other"
]


Units = Annotated[int, Meta(ge=1, le=10**9)]  # so that no shelf outgrows 64 bits


# order ------------------------------------------------------------------------------------------------
class Placed(Fact, frozen=True, kw_only=True):
    amount: Count | None = None  # minor units
    bound: bool = False  # imported: `at` is only the latest it can have been
    contact: Commitment | None = None
    currency: Currency | None = None
    due_at: Millis | None = None
    form: Literal["card", "direct", "membership"] | None = None
    merchant: Id | None = None
    order_no: Commitment | None = None
    platform: Id
    policy: Id | None = None
    policy_version: Count | None = None  # of a published policy, fixed when the order is placed
    qty: Units | None = None
    recipient: Commitment | None = None
    sku: Id | None = None
    tier: Id | None = None


class Paid(Fact, frozen=True, kw_only=True):
    amount: Count | None = None
    due_at: Millis | None = None
    payment: Commitment | None = None


class Noted(Fact, frozen=True, kw_only=True):
    label: Label


class PaidLate(Fact, frozen=True, kw_only=True):
    after: Literal["expired", "cancelled"]
    amount: Count | None = None
    due_at: Millis | None = None
    payment: Commitment | None = None


class Expired(Fact, frozen=True, kw_only=True):
    pass


class Cancelled(Fact, frozen=True, kw_only=True):
    by: Literal["buyer", "merchant", "platform", "unknown"]
    reason: Label


class Reinstated(Fact, frozen=True, kw_only=True):
    reason: Label


class Completed(Fact, frozen=True, kw_only=True):
    by: Literal["buyer", "timeout"]


class Erased(Fact, frozen=True, kw_only=True):
    reason: Literal["buyer_request", "retention_over", "court_order", "mistake"]


class Disavowed(Fact, frozen=True, kw_only=True):
    corrected_by: Hash | None = None
    entry: Hash
    reason: Literal["did_not_occur", "incorrect_data"]


# recipient --------------------------------------------------------------------------------------------
class RecipientChecked(Fact, frozen=True, kw_only=True):
    field: Label
    result: Literal["ok", "suspect", "invalid"]
    rule: Id


class RecipientConfirmed(Fact, frozen=True, kw_only=True):
    pass


class RecipientCorrected(Fact, frozen=True, kw_only=True):
    recipient: Commitment | None = None


# stock ------------------------------------------------------------------------------------------------
class StockReserved(Fact, frozen=True, kw_only=True):
    as_of: Millis
    available: Count
    reservation: Id


class StockShort(Fact, frozen=True, kw_only=True):
    available: Count
    needed: Count


class StockReleased(Fact, frozen=True, kw_only=True):
    reason: Label


# risk -------------------------------------------------------------------------------------------------
class RiskHeld(Fact, frozen=True, kw_only=True):
    on_timeout: Literal["release", "refund"]
    review_by: Millis
    rule: Id
    track: Literal["auto", "manual"]


class RiskEscalated(Fact, frozen=True, kw_only=True):
    pass


class RiskReviewed(Fact, frozen=True, kw_only=True):
    decision: Literal["release", "refuse"]
    reason: Label


# batch ------------------------------------------------------------------------------------------------
class BatchQueued(Fact, frozen=True, kw_only=True):
    batch: Id
    expected_start: Millis | None = None
    position: Count


class BatchStarted(Fact, frozen=True, kw_only=True):
    batch: Id


class BatchFinished(Fact, frozen=True, kw_only=True):
    batch: Id


# hop --------------------------------------------------------------------------------------------------
class HopForwarded(Fact, frozen=True, kw_only=True):
    attempt: Annotated[int, Meta(ge=1, le=10_000)]
    ref: Commitment | None = None
    to: Id


class HopAccepted(Fact, frozen=True, kw_only=True):
    eta: Millis | None = None
    ref: Commitment | None = None  # the reference under which the order was forwarded (I7)


class HopRejected(Fact, frozen=True, kw_only=True):
    attributable_to: Id
    code: FailureCode
    ref: Commitment | None = None
    retryable: bool


class HopUncertain(Fact, frozen=True, kw_only=True):
    of: Hash | None = None  # the forwarding that has the reference
    ref: Commitment | None = None


class HopQueried(Fact, frozen=True, kw_only=True):
    of: Hash | None = None
    ref: Commitment | None = None
    result: Literal["found", "not_found", "unknown"]


# activation -------------------------------------------------------------------------------------------
class ActivationStarted(Fact, frozen=True, kw_only=True):
    ref: Commitment | None = None


class ActivationSucceeded(Fact, frozen=True, kw_only=True):
    receipt: Commitment | None = None
    ref: Commitment | None = None


class ActivationFailed(Fact, frozen=True, kw_only=True):
    attributable_to: Id
    code: FailureCode
    ref: Commitment | None = None


class ActivationRelayed(Fact, frozen=True, kw_only=True):
    of: Hash


# delivery ---------------------------------------------------------------------------------------------
class Delivered(Fact, frozen=True, kw_only=True):
    evidence: Literal["shown_to_buyer", "account_credited", "provider_receipt", "source_record"]
    goods: Commitment | None = None
    units: Units | None = None  # all that were ordered, unless said


class DeliveryReversed(Fact, frozen=True, kw_only=True):
    reason: Label


# promise ----------------------------------------------------------------------------------------------
class PromiseExtended(Fact, frozen=True, kw_only=True):
    consent: Commitment | None = None
    due_at: Millis


class Compensated(Fact, frozen=True, kw_only=True):
    amount: Count
    rule: Id


# refund -----------------------------------------------------------------------------------------------
class RefundRequested(Fact, frozen=True, kw_only=True):
    amount: Count | None = None


class RefundApproved(Fact, frozen=True, kw_only=True):
    pass


class RefundRefused(Fact, frozen=True, kw_only=True):
    reason: Label


class RefundPaid(Fact, frozen=True, kw_only=True):
    amount: Count | None = None


# care -------------------------------------------------------------------------------------------------
class Nudged(Fact, frozen=True, kw_only=True):
    nudge: Id


class Located(Fact, frozen=True, kw_only=True):
    cause: Label
    entries: tuple[Hash, ...]
    holder: Id
    nudge: Id
    stage: Id


class Offered(Fact, frozen=True, kw_only=True):
    by_when: Millis
    nudge: Id
    option: Literal["wait", "replace", "correct", "refund", "compensate"]


class NudgeClosed(Fact, frozen=True, kw_only=True):
    nudge: Id
    outcome: Literal["buyer", "timeout"]


class Notified(Fact, frozen=True, kw_only=True):
    about: Id | None = None  # the exception that the buyer was told of
    channel: Id
    of: Hash
    template: Id


# dispute ----------------------------------------------------------------------------------------------
class DisputeOpened(Fact, frozen=True, kw_only=True):
    claim: Id
    dispute: Id
    freezes: Literal["none", "settlement", "delivery"]
    message: Commitment | None = None


class DisputeMerged(Fact, frozen=True, kw_only=True):
    dispute: Id
    into: Id


class DisputeEvidence(Fact, frozen=True, kw_only=True):
    dispute: Id
    message: Commitment | None = None


class DisputeDecided(Fact, frozen=True, kw_only=True):
    appeal_by: Millis | None = None
    decider: Id
    dispute: Id
    outcome: Literal["for_buyer", "for_merchant", "split", "withdrawn"]
    reason: Label


class DisputeAppealed(Fact, frozen=True, kw_only=True):
    dispute: Id


class DisputeEscalated(Fact, frozen=True, kw_only=True):
    dispute: Id
    to: Id


# log --------------------------------------------------------------------------------------------------
class Digest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    sha256: Hash
    size: Count  # of the prefix that was counted: all that the epoch covers


class Epoch(Fact, frozen=True, kw_only=True):
    covers: Count  # the index of this very entry: everything before it is in this epoch
    map: Hash  # root of the map over the heads of all streams
    previous: Count | None  # the index of the epoch entry before it
    rules: Hash  # SHA-256 of the published text of the rules by which orders are folded and counted
    site: Hash | None = None  # SHA-256 of the published settings: a promise's terms are among them
    statistics: Digest  # of the published figures, as of the recorded time of this entry
    streams: Count


Ordering = (
    Placed | Paid | Noted | PaidLate | Expired | Cancelled | Reinstated | Completed | Erased | Disavowed
)
Recipient = RecipientChecked | RecipientConfirmed | RecipientCorrected
Stock = StockReserved | StockShort | StockReleased
Risk = RiskHeld | RiskEscalated | RiskReviewed
Batch = BatchQueued | BatchStarted | BatchFinished
Hop = HopForwarded | HopAccepted | HopRejected | HopUncertain | HopQueried
Activation = ActivationStarted | ActivationSucceeded | ActivationFailed | ActivationRelayed
Delivery = Delivered | DeliveryReversed
Promise = PromiseExtended | Compensated
Refund = RefundRequested | RefundApproved | RefundRefused | RefundPaid
Care = Nudged | Located | Offered | NudgeClosed | Notified
Dispute = (
    DisputeOpened | DisputeMerged | DisputeEvidence | DisputeDecided | DisputeAppealed | DisputeEscalated
)
OrderEvent = (
    Ordering
    | Recipient
    | Stock
    | Risk
    | Batch
    | Hop
    | Activation
    | Delivery
    | Promise
    | Refund
    | Care
    | Dispute
)
MarketEvent = party.PartyEvent | sku.SkuEvent | incident.IncidentEvent | promise.PromiseEvent
Event = OrderEvent | MarketEvent | Epoch

KINDS: dict[str, type[Event]] = {
    "order.placed": Placed,
    "order.paid": Paid,
    "order.noted": Noted,
    "order.paid_late": PaidLate,
    "order.expired": Expired,
    "order.cancelled": Cancelled,
    "order.reinstated": Reinstated,
    "order.completed": Completed,
    "order.erased": Erased,
    "order.disavowed": Disavowed,
    "recipient.checked": RecipientChecked,
    "recipient.confirmed": RecipientConfirmed,
    "recipient.corrected": RecipientCorrected,
    "stock.reserved": StockReserved,
    "stock.short": StockShort,
    "stock.released": StockReleased,
    "risk.held": RiskHeld,
    "risk.escalated": RiskEscalated,
    "risk.reviewed": RiskReviewed,
    "batch.queued": BatchQueued,
    "batch.started": BatchStarted,
    "batch.finished": BatchFinished,
    "hop.forwarded": HopForwarded,
    "hop.accepted": HopAccepted,
    "hop.rejected": HopRejected,
    "hop.uncertain": HopUncertain,
    "hop.queried": HopQueried,
    "activation.started": ActivationStarted,
    "activation.succeeded": ActivationSucceeded,
    "activation.failed": ActivationFailed,
    "activation.relayed": ActivationRelayed,
    "delivery.delivered": Delivered,
    "delivery.reversed": DeliveryReversed,
    "promise.extended": PromiseExtended,
    "promise.compensated": Compensated,
    "refund.requested": RefundRequested,
    "refund.approved": RefundApproved,
    "refund.refused": RefundRefused,
    "refund.paid": RefundPaid,
    "care.nudged": Nudged,
    "care.located": Located,
    "care.offered": Offered,
    "care.closed": NudgeClosed,
    "care.notified": Notified,
    "dispute.opened": DisputeOpened,
    "dispute.merged": DisputeMerged,
    "dispute.evidence": DisputeEvidence,
    "dispute.decided": DisputeDecided,
    "dispute.appealed": DisputeAppealed,
    "dispute.escalated": DisputeEscalated,
    "party.registered": party.Registered,
    "party.keyed": party.Keyed,
    "party.qualified": party.Qualified,
    "party.lapsed": party.Lapsed,
    "party.warned": party.Warned,
    "party.suspended": party.Suspended,
    "party.blacklisted": party.Blacklisted,
    "party.expelled": party.Expelled,
    "party.reinstated": party.Reinstated,
    "party.appealed": party.Appealed,
    "sku.listed": sku.Listed,
    "sku.mapped": sku.Mapped,
    "sku.stocked": sku.Stocked,
    "sku.alerted": sku.Alerted,
    "sku.cleared": sku.Cleared,
    "sku.priced": sku.Priced,
    "sku.capped": sku.Capped,
    "sku.closed": sku.Closed,
    "sku.opened": sku.Opened,
    "sku.paced": sku.Paced,
    "sku.preorder": sku.Preorder,
    "sku.intake_refused": sku.IntakeRefused,
    "exception.reported": incident.Reported,
    "exception.acknowledged": incident.Acknowledged,
    "exception.acted": incident.Acted,
    "exception.resolved": incident.Resolved,
    "policy.published": promise.Published,
    "log.epoch": Epoch,
}

KIND_OF: dict[type[Event], str] = {fact: kind for kind, fact in KINDS.items()}

PRIVATE: dict[type[Event], tuple[str, ...]] = {
    Placed: ("contact", "order_no", "recipient"),
    Paid: ("payment",),
    PaidLate: ("payment",),
    RecipientCorrected: ("recipient",),
    HopForwarded: ("ref",),
    HopAccepted: ("ref",),
    HopRejected: ("ref",),
    HopUncertain: ("ref",),
    HopQueried: ("ref",),
    ActivationStarted: ("ref",),
    ActivationSucceeded: ("receipt", "ref"),
    ActivationFailed: ("ref",),
    Delivered: ("goods",),
    PromiseExtended: ("consent",),
    DisputeOpened: ("message",),
    DisputeEvidence: ("message",),
    party.Qualified: ("document",),
    party.Appealed: ("statement",),
}


def of_order(event: Event) -> TypeGuard[OrderEvent]:
    """Whether it is told of an order, and not of the market or of the log."""
    return type(event) in _OF_ORDER


_OF_ORDER = frozenset(get_args(OrderEvent))
