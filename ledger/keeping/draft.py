"""A transaction's entries while they are made: each claim is decided, given its place and sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.commitment import committed
from mingdan.ledger.decide import check_history, decide
from mingdan.ledger.entry import LOG, Claim, Entry, parse, seal
from mingdan.ledger.errors import KeyReused, MalformedEntry, MingdanError, NotFound
from mingdan.ledger.event import KIND_OF, Disavowed, Epoch, OrderEvent, Placed
from mingdan.ledger.evolve import applied
from mingdan.ledger.keeping.repeat import in_the_same_words, says_the_same
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder, Words
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import objection
from mingdan.ledger.tree import leaf_hash

NO_ORDER = "place it first: an order begins with order.placed"


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
    """The entries of one transaction while they are made.

    `leaves` are the entries of the streams in which one is disavowed; those made here are added to them.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy],
        head: int,
        known: Mapping[str, Order],
        opening: Mapping[str, NewOrder],
        secrets: Mapping[str, bytes],
        repeats: dict[bytes, Row],
        leaves: Mapping[str, set[bytes]],
        now: int,
    ) -> None:
        self.policies = policies
        self.head = head
        self.known = known
        self.opening = opening
        self.secrets = secrets
        self.repeats = repeats
        self.leaves = leaves
        self.now = now
        self.renamed: dict[str, str] = {}  # streams drawn for orders that were erased, and their own
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
            raise MalformedEntry(
                "epochs are sealed by the ledger, never claimed",
                next_step="run `mingdan publish`: it seals the epoch",
                kind="log.epoch",
            )
        if claim.stream in self.renamed:
            claim = replace(claim, stream=self.renamed[claim.stream])
        digest = key_digest(claim.key)
        if digest is not None and digest in self.repeats:
            return self._again(claim, self.repeats[digest])
        order = self._order(claim.stream)
        if order is None:
            if claim.stream not in self.opening:
                raise NotFound("no such order in the ledger", next_step=NO_ORDER, stream=claim.stream)
            order = Order()
        at = self.now if claim.at is None else claim.at
        event, rule = self._decided(claim, order, at)
        row, entry = self._sealed(claim, event, order, at, digest)
        self.seqs.setdefault(claim.stream, order.seq)
        self.orders[claim.stream] = applied(order, entry, event, rule)
        self.rows.append(row)
        if claim.stream in self.leaves:
            self.leaves[claim.stream].add(row.leaf)
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
        if not live:
            check_history(order, claim, at=at, now=self.now)
        else:
            event = decide(order, claim, self._policy(order, claim), at=at, now=self.now)
        if isinstance(event, Disavowed):
            _check_disavowal(event, claim.stream, self.leaves.get(claim.stream, ()))
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

    def _order(self, stream: str) -> Order | None:
        return self.orders.get(stream) or self.known.get(stream)

    def _secret(self, stream: str) -> bytes:
        secret = self.secrets.get(stream)
        if secret is None:
            raise NotFound(
                "this order was erased: it takes no private words any more",
                next_step="send the fact without its private fields",
                stream=stream,
            )
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
        same = says_the_same(claim, entry)
        alike = same and in_the_same_words(claim, entry, self.secrets.get(row.stream))
        if not alike or not (opens or claim.stream == row.stream):
            raise self._reused(claim, row, same=same)
        if claim.stream != row.stream and self._erased(row.stream):
            self.renamed[claim.stream] = row.stream
        return replace(_receipt(row, entry.recorded), duplicate=True)

    def _reused(self, claim: Claim, row: Row, *, same: bool) -> KeyReused:
        """The refusal of a key; `same` if all but the order's name and the private words is as it was."""
        told = "this idempotency key already stands for another fact"
        step = "send the same fact again, or a new one under a new key"
        if same and self._erased(row.stream):
            told = "this idempotency key stands for a fact of an erased order: it cannot be told whether "
            told += "this is the same, for the order's name and private words are gone"
            step = "send nothing more of the erased order; a new fact goes under a new key"
        return KeyReused(told, next_step=step, key=claim.key, position=row.position, leaf=row.leaf.hex())

    def _erased(self, stream: str) -> bool:
        """Whether an order's name and words are gone: first it is told, then it is done."""
        order = self._order(stream)
        return order is not None and order.erased is not None and stream not in self.secrets


def key_digest(key: str | None) -> bytes | None:
    """What the ledger keeps of an idempotency key: 16 bytes that name no order."""
    return None if key is None else sha256(key.encode()).digest()[:16]


def _check_disavowal(event: Disavowed, stream: str, leaves: Collection[bytes]) -> None:
    """Raises NotFound unless what is disavowed, and what corrects it, are entries of the same order."""
    for field, leaf in (("entry", event.entry), ("corrected_by", event.corrected_by)):
        if leaf is not None and bytes.fromhex(leaf) not in leaves:
            raise NotFound(
                "only an entry of the same order is disavowed or corrects one",
                next_step="give the leaf hash from the receipt of that entry",
                stream=stream,
                **{field: leaf},
            )


def _receipt(row: Row, recorded: int, irregular: str | None = None) -> Receipt:
    return Receipt(
        row.stream, row.seq, row.position, row.position - 1, row.leaf.hex(), recorded, irregular=irregular
    )
