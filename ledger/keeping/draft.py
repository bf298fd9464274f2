"""A transaction's entries while they are made: each claim is decided, given its place and sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.commitment import committed
from mingdan.ledger.decide import decide
from mingdan.ledger.entry import LOG, Claim, Entry, parse, seal
from mingdan.ledger.errors import KeyReused, MalformedEntry, MingdanError, NotFound
from mingdan.ledger.event import KIND_OF, Epoch, OrderEvent, Paid, PaidLate, Placed
from mingdan.ledger.evolve import applied
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder, Words
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import objection
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
    """The entries of one transaction while they are made."""

    def __init__(
        self,
        policies: Mapping[str, Policy],
        head: int,
        known: Mapping[str, Order],
        opening: Mapping[str, NewOrder],
        secrets: Mapping[str, bytes],
        repeats: dict[bytes, Row],
        now: int,
    ) -> None:
        self.policies = policies
        self.head = head
        self.known = known
        self.opening = opening
        self.secrets = secrets
        self.repeats = repeats
        self.now = now
        self.orders: dict[str, Order] = {}
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
        if claim.stream == LOG or isinstance(claim.event, Epoch):
            raise MalformedEntry("epochs are sealed by the ledger, never claimed", kind="log.epoch")
        digest = key_digest(claim.key)
        if digest is not None and digest in self.repeats:
            return self._again(claim, self.repeats[digest])
        order = self.orders.get(claim.stream) or self.known.get(claim.stream)
        if order is None:
            if claim.stream not in self.opening:
                raise NotFound("no such order in the ledger", stream=claim.stream)
            order = Order()
        at = self.now if claim.at is None else claim.at
        event, rule = self._decided(claim, order, at)
        row, entry = self._sealed(claim, event, order, at, digest)
        self.seqs.setdefault(claim.stream, order.seq)
        self.orders[claim.stream] = applied(order, entry, event, rule)
        self.rows.append(row)
        if digest is not None:
            self.repeats[digest] = row
        return _receipt(row, self.now, rule)

    def opened(self) -> list[NewOrder]:
        """The orders that really begin here: a repeated claim opens none."""
        return [
            self.opening[stream] for stream, seq in self.seqs.items() if seq == 0 and stream in self.opening
        ]

    def _decided(self, claim: Claim, order: Order, at: int) -> tuple[OrderEvent, str | None]:
        """The event to record, and the rule it breaks: a live one breaks none, it would be refused."""
        event = claim.event
        assert not isinstance(event, Epoch)
        live = claim.basis is None
        if live:
            event = decide(order, claim, self._policy(order, claim), at=at, now=self.now)
        if claim.private:
            seq, private = order.seq + 1, claim.private
            event = committed(event, private, self._secret(claim.stream), seq)
            self.words += [Words(claim.stream, seq, field, text) for field, text in private.items()]
        return event, None if live else objection(order, event)

    def _sealed(
        self, claim: Claim, event: OrderEvent, order: Order, at: int, digest: bytes | None
    ) -> tuple[Row, Entry]:
        seq = order.seq + 1
        raw = seal(claim, event, at=at, seq=seq, prev=order.leaf or None, recorded=self.now)
        leaf = leaf_hash(raw)
        position = self.head + len(self.rows) + 1
        entry = Entry(
            at, claim.basis, claim.by, event, leaf, claim.learned, None, self.now, seq, claim.stream
        )
        return Row(position, claim.stream, seq, KIND_OF[type(event)], raw, leaf, digest), entry

    def _secret(self, stream: str) -> bytes:
        secret = self.secrets.get(stream)
        if secret is None:
            raise NotFound("this order was erased: it takes no private words any more", stream=stream)
        return secret

    def _policy(self, order: Order, claim: Claim) -> Policy:
        terms = claim.event if isinstance(claim.event, Placed) else order.terms
        name = "default" if terms is None or terms.policy is None else terms.policy
        policy = self.policies.get(name)
        if policy is None:
            raise NotFound("no such promise policy", next_step="add it to mingdan.toml", policy=name)
        return policy

    def _again(self, claim: Claim, row: Row) -> Receipt:
        """The receipt of a claim that was recorded before, if it says the same; else KeyReused."""
        entry = parse(row.entry)
        opens = isinstance(claim.event, Placed) and claim.stream in self.opening
        same = (
            (opens or claim.stream == row.stream)
            and claim.by == entry.by
            and claim.basis == entry.basis
            and claim.learned == entry.learned
            and claim.at in (None, entry.at)
            and _says_the_same(claim, entry, self.secrets.get(row.stream))
        )
        if not same:
            raise KeyReused(
                "this idempotency key already stands for another fact",
                next_step="send the same fact again, or a new one under a new key",
                key=claim.key,
                position=row.position,
                leaf=row.leaf.hex(),
            )
        return replace(_receipt(row, entry.recorded), duplicate=True)


def key_digest(key: str | None) -> bytes | None:
    """What the ledger keeps of an idempotency key: 16 bytes that name no order."""
    return None if key is None else sha256(key.encode()).digest()[:16]


def _says_the_same(claim: Claim, entry: Entry, secret: bytes | None) -> bool:
    """Whether an entry is what this claim becomes: `decide` may have made it late, or fixed its due time."""
    claimed, stored = claim.event, entry.event
    if isinstance(claimed, Paid) and isinstance(stored, PaidLate):
        claimed = PaidLate(after=stored.after, amount=claimed.amount)
    if type(claimed) is not type(stored):
        return False
    if secret is None:  # an erased order's words cannot be compared any more
        stored = replace(stored, **dict.fromkeys(claim.private))
    else:
        claimed = committed(claimed, claim.private, secret, entry.seq)
    if hasattr(claimed, "due_at") and claimed.due_at is None:
        stored = replace(stored, due_at=None)
    return claimed == stored


def _receipt(row: Row, recorded: int, irregular: str | None = None) -> Receipt:
    return Receipt(
        row.stream, row.seq, row.position, row.position - 1, row.leaf.hex(), recorded, irregular=irregular
    )
