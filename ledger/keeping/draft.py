"""A transaction's entries while they are made: each claim is decided, given its place and sealed.

Long: all that a claim goes through under the lock, in its order, to be read as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.claim import Claim, Signature
from mingdan.ledger.commitment import committed
from mingdan.ledger.decide import check_history, decide, is_history, is_later_than_promised, refused
from mingdan.ledger.entry import Entry, parse, seal
from mingdan.ledger.errors import IllegalTransition, KeyReused, MalformedEntry, MingdanError, NotFound
from mingdan.ledger.event import (
    KIND_OF,
    Epoch,
    Event,
    OrderEvent,
    Placed,
    of_order,
)
from mingdan.ledger.keeping.ground import Ground, State
from mingdan.ledger.keeping.named import check_named
from mingdan.ledger.keeping.once import check_once
from mingdan.ledger.keeping.repeat import in_the_same_words, says_the_same
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder, Words
from mingdan.ledger.live import is_seen
from mingdan.ledger.market import fold
from mingdan.ledger.market.decide import (
    check_chain,
    check_claim,
    check_end,
    check_imported,
    check_part,
    check_publisher,
    check_role,
    check_speaker,
)
from mingdan.ledger.market.guard import is_sold_elsewhere, takes_up
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.signing import check_signature, signed_text
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.obstacle import Obstacle
from mingdan.ledger.order import Order
from mingdan.ledger.reference import is_foreign, pointed
from mingdan.ledger.rules import objection
from mingdan.ledger.stream import LOG, is_order
from mingdan.ledger.tree import leaf_hash


class Receipt(Struct, frozen=True):
    """What an appender holds: the entry's place and hash. `index` is its place in the tree, from 0.

    `irregular` is the rule that imported or observed history was just seen to break.
    """

    stream: str
    seq: int
    position: int
    index: int
    leaf: str
    recorded: int
    duplicate: bool = False
    irregular: str | None = None


class Draft:
    """The entries of one transaction while they are made; what is made here joins what was known."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.now = ground.now
        self.secrets = ground.secrets
        self.repeats = ground.repeats
        self.renamed: dict[str, str] = {}  # streams drawn for orders that were erased, and their own
        self.seqs: dict[str, int] = {}
        self.rows: list[Row] = []
        self.words: list[Words] = []

    def add_all(self, claims: Sequence[Claim]) -> list[Receipt]:
        """One receipt a claim; an error names the claim it is about, from 1."""
        receipts: list[Receipt] = []
        for claim in claims:
            try:
                receipts.append(self.add(claim))
            except MingdanError as error:
                error.evidence.setdefault("statement", len(receipts) + 1)
                raise
        return receipts

    def add(self, claim: Claim) -> Receipt:
        _check_stream(claim)
        if claim.stream in self.renamed:
            claim = replace(claim, stream=self.renamed[claim.stream])
        digest = key_digest(claim.key)
        if digest is not None and digest in self.repeats:
            return self._again(claim, self.repeats[digest])
        said = None if claim.sig is None else self.ground.hands.get((claim.stream, claim.sig.ed25519))
        if said is not None and says_the_same(claim, parse(said.entry)):
            return self._again(claim, said)  # under another id, or none
        self._check_after(claim)
        at = self.now if claim.at is None else claim.at
        if claim.basis != "backfill" or not is_order(claim.stream):
            check_speaker(claim, self.ground.party, self.now)
        state = self.ground.state(claim.stream)
        event = self._decided(claim, state, at)
        if claim.sig is not None:
            self._check_hand(claim, claim.sig, event)
        row, entry = self._sealed(claim, event, state, at, digest)
        rule = None if claim.basis is None else _broken(state, entry)
        self.seqs.setdefault(claim.stream, state.seq)
        self.ground.apply(state, entry, rule)
        self.rows.append(row)
        if claim.stream in self.ground.leaves:
            self.ground.leaves[claim.stream][row.leaf] = claim.by, row.kind
        if digest is not None:
            self.repeats[digest] = row
        if claim.sig is not None:
            self.ground.hands[claim.stream, claim.sig.ed25519] = row
        return _receipt(row, self.now, rule)

    def opened(self) -> list[NewOrder]:
        """The orders that really begin here: a repeated claim opens none. A party may have been told of."""
        opening = self.ground.opening
        return [
            opening[stream]
            for stream, seq in self.seqs.items()
            if stream in opening and (seq == 0 or not is_order(stream))
        ]

    def _check_after(self, claim: Claim) -> None:
        """Raises IllegalTransition for what follows from how a stream stood, if others told of it since."""
        state = self.ground.known.get(claim.stream)
        if claim.after is not None and (state is None or state.leaf.hex() != claim.after):
            raise IllegalTransition(
                "this followed from what the stream said before, and it has grown since",
                next_step="look again at what it says now",
                stream=claim.stream,
                after=claim.after,
            )

    def _decided(self, claim: Claim, state: State, at: int) -> Event:
        """The event to record: one of a live order is refused where it breaks a rule, history is not."""
        if isinstance(state, Order):
            claim = pointed(state, claim, self.secrets.get(claim.stream))
        event = claim.event
        history = isinstance(state, Order) and is_history(state, claim.basis)
        check_named(claim, self.ground.leaves.get(claim.stream, {}), history=history)
        if isinstance(state, Subject):
            self._check_register(claim, state, at)
        elif history:
            check_history(state, claim, at=at, now=self.now)
            if claim.basis == "observed":
                check_role(state, claim, self.ground.party)
            check_imported(state, claim, self.ground.party, self.ground.sku, at)
        else:
            event = self._placed_under_terms(claim, state, at)
        return self._committed(claim, event, state.seq + 1)

    def _check_register(self, claim: Claim, state: Subject, at: int) -> None:
        """A register is judged whatever is claimed: no history overrules it."""
        check_claim(state, claim, at=at, now=self.now)
        check_chain(claim, self.ground.sku)
        if isinstance(state, Promise):
            check_publisher(state, claim, self.ground.party)
        elif isinstance(state, Incident):
            check_end(state, claim, self.ground.party, self.ground.sku)

    def _placed_under_terms(self, claim: Claim, order: Order, at: int) -> OrderEvent:
        """What is decided of a fact of a live order, under the terms it is placed under."""
        check_part(order, claim, self.ground.party)
        version, policy = self.ground.terms(order, claim, at)
        event = decide(order, claim, policy, at=at, now=self.now)
        if (version is not None or not order.imported) and is_later_than_promised(
            claim.event, at + policy.due_in
        ):
            raise refused("due-beyond-terms", order, claim)
        if is_foreign(order, claim, self.secrets.get(claim.stream)):
            raise refused("foreign-reference", order, claim)
        check_once(order, claim, self.ground.once)
        if isinstance(event, Placed) and not is_seen(order, claim.event, claim.by, claim.basis):
            event = replace(self._as_listed(order, claim, event), policy_version=version)
        elif order.terms is not None and takes_up(order, event):
            self.ground.check_supply(order.terms)
        return event

    def _as_listed(self, order: Order, claim: Claim, placed: Placed) -> Placed:
        """The order in the form of its own platform's SKU, of which it draws no more than is there."""
        sku = None if placed.sku is None else self.ground.sku(placed.sku)
        if sku is not None and sku.listing is not None and sku.listed is not None:
            if is_sold_elsewhere(sku, placed):
                raise refused("sold-elsewhere", order, claim, Obstacle(sku.listed.leaf))
            form = sku.listing.form
            if placed.form not in (None, form):
                error = refused("not-as-listed", order, claim, Obstacle(sku.listed.leaf))
                error.evidence |= {"form": form}
                raise error
            placed = replace(placed, form=form)
        self.ground.check_supply(placed)
        return placed

    def _check_hand(self, claim: Claim, sig: Signature, event: Event) -> None:
        """What a party signed is recorded as it was said, or not at all. Raises MalformedEntry, Broken."""
        if claim.at is None or event != claim.event:
            raise MalformedEntry(
                "a signed fact says everything itself: when it happened, its due time, and no private words",
                next_step="sign the fact with all its fields, or send it unsigned",
                kind=KIND_OF[type(event)],
            )
        text = signed_text(claim.stream, claim.by, event, claim.at, claim.basis)
        check_signature(text, sig, self.ground.party(claim.by).key, claim.by)

    def _committed(self, claim: Claim, event: Event, seq: int) -> Event:
        """The event with commitments in the place of its private words, which are kept for the vault."""
        if not claim.private:
            return event
        event = committed(event, claim.private, self._secret(claim.stream), seq)
        self.words += [Words(claim.stream, seq, field, text) for field, text in claim.private.items()]
        return event

    def _sealed(
        self, claim: Claim, event: Event, state: State, at: int, digest: bytes | None
    ) -> tuple[Row, Entry]:
        seq = state.seq + 1
        raw = seal(claim, event, at=at, seq=seq, prev=state.leaf or None, recorded=self.now)
        leaf = leaf_hash(raw)
        position = self.ground.head + len(self.rows) + 1
        entry = Entry(
            at, claim.basis, claim.by, event, leaf, claim.learned, None, self.now, seq, claim.stream
        )
        return Row(position, claim.stream, seq, KIND_OF[type(event)], raw, leaf, digest), entry

    def _secret(self, stream: str) -> bytes:
        secret = self.secrets.get(stream)
        if secret is None:
            raise NotFound(
                "this was erased, or never opened: it takes no private words",
                next_step="send the fact without its private fields",
                stream=stream,
            )
        return secret

    def _again(self, claim: Claim, row: Row) -> Receipt:
        """The receipt of a claim that was recorded before, if it says the same; else KeyReused."""
        entry = parse(row.entry)
        opens = isinstance(claim.event, Placed) and self._same_order(claim.stream, row.stream)
        same = says_the_same(claim, entry)
        alike = same and in_the_same_words(claim, entry, self.secrets.get(row.stream))
        if not alike or not (opens or claim.stream == row.stream):
            raise self._reused(claim, row, same=same)
        if claim.stream != row.stream and self._erased(row.stream):
            self.renamed[claim.stream] = row.stream
        return replace(_receipt(row, entry.recorded), duplicate=True)

    def _same_order(self, drawn: str, stream: str) -> bool:
        """Whether an order drawn anew may be one that is there: it has its name, or none to compare."""
        names = self.ground.opening
        if drawn not in names:
            return False
        name, known = names[drawn].alias, self.ground.repeated.get(stream) or names.get(stream)
        return name is None or self._erased(stream) or (known is not None and known.alias == name)

    def _reused(self, claim: Claim, row: Row, *, same: bool) -> KeyReused:
        """The refusal of a key; `same` if all but the order's name and the private words is as it was."""
        told = "this idempotency key already stands for another fact"
        step = "send the same fact again, or a new one under a new key"
        if same and self._erased(row.stream):
            told = "this idempotency key stands for a fact of an erased order: it cannot be told whether "
            told += "this is the same, for the order's name and private words are gone"
            step = "send nothing more of the erased order; a new fact goes under a new key"
        error = KeyReused(told, next_step=step, rule="key-reused", key=claim.key)
        error.evidence |= {"position": row.position, "leaf": row.leaf.hex()}
        return error

    def _erased(self, stream: str) -> bool:
        """Whether an order's name and words are gone: first it is told, then it is done."""
        order = self.ground.found(stream)
        return isinstance(order, Order) and order.erased is not None and stream not in self.secrets


def key_digest(key: str | None) -> bytes | None:
    """What the ledger keeps of an idempotency key: 16 bytes that name no order."""
    return None if key is None else sha256(key.encode()).digest()[:16]


def _broken(state: State, entry: Entry) -> str | None:
    """The rule that a fact of history breaks."""
    if isinstance(state, Subject):
        at = fold.judged_at(entry.event, entry.mark)
        return fold.objection(state, entry.event, entry.by, at)
    return objection(state, cast("OrderEvent", entry.event))


def _check_stream(claim: Claim) -> None:
    """Raises MalformedEntry for a kind that does not belong to the stream it is claimed of."""
    event = claim.event
    if claim.stream == LOG or isinstance(event, Epoch):
        raise MalformedEntry(
            "epochs are sealed by the ledger, never claimed",
            next_step="run `mingdan publish`: it seals the epoch",
            kind="log.epoch",
        )
    if of_order(event) != is_order(claim.stream):
        raise MalformedEntry(
            "this kind is not told of such a stream",
            next_step="see docs/events.md for what each kind is told of",
            kind=KIND_OF[type(event)],
            stream=claim.stream,
        )


def _receipt(row: Row, recorded: int, irregular: str | None = None) -> Receipt:
    return Receipt(
        row.stream, row.seq, row.position, row.position - 1, row.leaf.hex(), recorded, irregular=irregular
    )
