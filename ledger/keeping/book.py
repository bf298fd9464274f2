"""Recording: claims are decided, given their place, sealed and appended, all or none, in one transaction.

Crash order: the vault first (an orphan there is harmless), then the ledger's commit, then the receipt.
The states of orders lately written are kept in memory; they count only while the log's head is where this
book left it, which is checked under the write lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.commitment import committed
from mingdan.ledger.decide import decide
from mingdan.ledger.entry import LOG, Claim, Entry, parse, read, seal
from mingdan.ledger.errors import ClockWentBack, KeyReused, NotFound
from mingdan.ledger.event import KIND_OF, Epoch, Event, Placed
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.keeping.store import Appending, Row, Store
from mingdan.ledger.keeping.vault import NewOrder, Vault, Words
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.tree import leaf_hash

Clock = Callable[[], int]
Step = Callable[[str], None]  # called at each numbered step; tests die there

STEPS = ("append-locked", "append-decided", "append-vaulted", "append-written", "append-committed")
DRIFT = 5_000  # ms the machine's clock may step back before recording stops
_REMEMBERED = 100_000  # orders whose state is kept in memory


class Receipt(Struct, frozen=True):
    """What an appender holds: the entry's place and hash. `index` is its place in the tree, from 0."""

    stream: str
    seq: int
    position: int
    index: int
    leaf: str
    recorded: int
    duplicate: bool = False


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Book:
    """Records claims in a store and a vault, live ones decided under the policies by their id."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        policies: Mapping[str, Policy],
        *,
        clock: Clock = now_ms,
        reached: Step = lambda _: None,
    ) -> None:
        self.store = store
        self.vault = vault
        self.policies = policies
        self.clock = clock
        self.reached = reached
        self._head = -1
        self._recorded = 0
        self._orders: dict[str, Order] = {}

    def record(self, claims: Sequence[Claim], new: Sequence[NewOrder] = ()) -> list[Receipt]:
        """One receipt a claim, in order; all are recorded or none. `new` are orders these claims open.

        Raises Refused with the rule, KeyReused, TimeRefused, or Unavailable; nothing is changed then.
        """
        with self.store.appending() as appending:
            self.reached("append-locked")
            draft = self._draft(appending, claims, new)
            receipts = [draft.add(claim) for claim in claims]
            self.reached("append-decided")
            self.vault.keep(draft.opened(), draft.words)
            self.reached("append-vaulted")
            appending.write(draft.rows, draft.seqs)
            self.reached("append-written")
        self.reached("append-committed")
        self._remember(appending.head, draft)
        return receipts

    def seal_epoch(self) -> tuple[int, bool]:
        """Ends the log in an epoch entry covering all before it: (tree size, whether one was appended).

        An epoch that ends the log already, published or not, is returned as it is.
        """
        with self.store.appending() as appending:
            last = appending.last()
            if last is not None and last.stream == LOG:
                return last.position, False
            epochs = appending.rows_of([LOG])
            previous = epochs[-1].position - 1 if epochs else None
            event = Epoch(covers=appending.head, previous=previous)
            recorded = self._now(last)
            raw = seal(
                Claim(stream=LOG, by="ledger", event=event),
                event,
                at=recorded,
                seq=len(epochs) + 1,
                prev=epochs[-1].leaf if epochs else None,
                recorded=recorded,
            )
            row = Row(appending.head + 1, LOG, len(epochs) + 1, KIND_OF[Epoch], raw, leaf_hash(raw))
            appending.write([row], {LOG: len(epochs)})
            return row.position, True

    def order(self, stream: str) -> Order:
        """The state of an order, from its entries. Raises NotFound."""
        rows = self.store.rows_of([stream])
        if not rows:
            raise NotFound("no such order in the ledger", stream=stream)
        return fold(read(row.entry, row.leaf) for row in rows)

    def _draft(self, appending: Appending, claims: Sequence[Claim], new: Sequence[NewOrder]) -> _Draft:
        if appending.head != self._head:
            for stream in appending.streams_after(self._head) if self._head >= 0 else ():
                self._orders.pop(stream, None)
            self._recorded = _recorded(appending.last())
        keys = [digest for claim in claims if (digest := key_digest(claim.key))]
        repeats = appending.rows_with(keys)
        opening = {order.stream: order for order in new}
        wanted = {claim.stream for claim in claims} | {row.stream for row in repeats.values()}
        missing = wanted - self._orders.keys() - opening.keys()
        known = self._orders | _folded(appending.rows_of(missing))
        private = {claim.stream for claim in claims if claim.private}
        private |= {row.stream for row in repeats.values()}
        secrets = self.vault.secrets_of(private - opening.keys()) if private - opening.keys() else {}
        secrets |= {order.stream: order.secret for order in new if order.secret is not None}
        return _Draft(self, appending.head, known, opening, secrets, repeats, self._clock_now())

    def _remember(self, head: int, draft: _Draft) -> None:
        self._orders |= draft.orders
        while len(self._orders) > _REMEMBERED:
            self._orders.pop(next(iter(self._orders)))
        self._head = head
        self._recorded = draft.now

    def _now(self, last: Row | None) -> int:
        self._recorded = _recorded(last)
        return self._clock_now()

    def _clock_now(self) -> int:
        """The recording time: the clock, never before the newest entry. Raises ClockWentBack."""
        now = self.clock()
        if now < self._recorded - DRIFT:
            raise ClockWentBack(
                "this machine's clock stands before the newest entry; nothing was recorded",
                next_step="set the clock, then run the command again",
                now=now,
                newest=self._recorded,
            )
        return max(now, self._recorded)


class _Draft:
    """The entries of one transaction while they are made."""

    def __init__(
        self,
        book: Book,
        head: int,
        known: Mapping[str, Order],
        opening: Mapping[str, NewOrder],
        secrets: Mapping[str, bytes],
        repeats: dict[bytes, Row],
        now: int,
    ) -> None:
        self.book = book
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

    def add(self, claim: Claim) -> Receipt:
        digest = key_digest(claim.key)
        if digest is not None and digest in self.repeats:
            return self._again(claim, self.repeats[digest])
        order = self.orders.get(claim.stream) or self.known.get(claim.stream)
        if order is None:
            if claim.stream not in self.opening:
                raise NotFound("no such order in the ledger", stream=claim.stream)
            order = Order()
        at = self.now if claim.at is None else claim.at
        event = (
            claim.event
            if claim.basis
            else decide(order, claim, self._policy(order, claim), at=at, now=self.now)
        )
        row, entry = self._sealed(claim, event, order, at, digest)
        self.seqs.setdefault(claim.stream, order.seq)
        self.orders[claim.stream] = evolve(order, entry)
        self.rows.append(row)
        if digest is not None:
            self.repeats[digest] = row
        return _receipt(row, self.now)

    def opened(self) -> list[NewOrder]:
        """The orders that really begin here: a repeated claim opens none."""
        return [
            self.opening[stream] for stream, seq in self.seqs.items() if seq == 0 and stream in self.opening
        ]

    def _sealed(
        self, claim: Claim, event: Event, order: Order, at: int, digest: bytes | None
    ) -> tuple[Row, Entry]:
        seq = order.seq + 1
        if claim.private:
            event = committed(event, claim.private, self._secret(claim.stream), seq)
            self.words += [Words(claim.stream, seq, field, text) for field, text in claim.private.items()]
        raw = seal(claim, event, at=at, seq=seq, prev=order.leaf or None, recorded=self.now)
        leaf = leaf_hash(raw)
        position = self.head + len(self.rows) + 1
        entry = Entry(
            at=at,
            basis=claim.basis,
            by=claim.by,
            event=event,
            leaf=leaf,
            learned=claim.learned,
            prev=None,
            recorded=self.now,
            seq=seq,
            stream=claim.stream,
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
        policy = self.book.policies.get(name)
        if policy is None:
            raise NotFound("no such promise policy", next_step="add it to mingdan.toml", policy=name)
        return policy

    def _again(self, claim: Claim, row: Row) -> Receipt:
        """The receipt of a claim that was recorded before, if it says the same; else KeyReused."""
        entry = parse(row.entry)
        event = claim.event
        opens = isinstance(event, Placed) and claim.stream in self.opening
        secret = self.secrets.get(row.stream)
        if claim.private and secret is not None:
            event = committed(event, claim.private, secret, row.seq)
        same = (
            (opens or claim.stream == row.stream)
            and claim.by == entry.by
            and claim.basis == entry.basis
            and claim.learned == entry.learned
            and claim.at in (None, entry.at)
            and _says_the_same(event, entry.event)
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


def _says_the_same(claimed: Event, stored: Event) -> bool:
    """Whether a stored event is the claimed one, give or take the due time that `decide` fixed."""
    if type(claimed) is not type(stored):
        return False
    if hasattr(claimed, "due_at") and claimed.due_at is None:
        return claimed == replace(stored, due_at=None)
    return claimed == stored


def _receipt(row: Row, recorded: int) -> Receipt:
    return Receipt(row.stream, row.seq, row.position, row.position - 1, row.leaf.hex(), recorded)


def _recorded(last: Row | None) -> int:
    return 0 if last is None else read(last.entry, last.leaf).recorded


def _folded(rows: Iterable[Row]) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    for row in rows:
        orders[row.stream] = evolve(orders.get(row.stream, Order()), read(row.entry, row.leaf))
    return orders
