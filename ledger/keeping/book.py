"""Recording: claims are decided, given their place, sealed and appended, all or none, in one transaction.

Crash order: the vault first, then the ledger's commit, then the receipt. An order that a crash leaves in the
vault alone begins with the next claim about it. The states of orders lately written are kept in memory; they
count only while the log ends in the entry that this book left it with, which is checked under the write lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mingdan.ledger.entry import Claim, read
from mingdan.ledger.errors import NotFound
from mingdan.ledger.event import Disavowed
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.keeping.clock import Clock, now_ms, recording_time
from mingdan.ledger.keeping.draft import NO_ORDER, Draft, Receipt, key_digest
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Appending, Store
from mingdan.ledger.keeping.vault import NewOrder, Vault
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy

Step = Callable[[str], None]  # called at each numbered step; tests die there

STEPS = ("append-locked", "append-decided", "append-vaulted", "append-written", "append-committed")
_REMEMBERED = 100_000  # orders whose state is kept in memory


class Book:
    """Records claims in a store and a vault, live ones decided under the policies by their id.

    One thread at a time; any number of processes.
    """

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
        self._head = 0
        self._tip = b""  # the leaf at the head, b"" before the first entry
        self._recorded = 0
        self._orders: dict[str, Order] = {}

    def record(self, claims: Sequence[Claim], new: Sequence[NewOrder] = ()) -> list[Receipt]:
        """One receipt a claim, in order; all are recorded or none. `new` are orders these claims open.

        Raises Refused with the rule, KeyReused, TimeRefused, or Unavailable; nothing is changed then.
        """
        with self.store.appending(len(claims)) as appending:
            self.reached("append-locked")
            draft = self._draft(appending, claims, new)
            receipts = draft.add_all(claims)
            self.reached("append-decided")
            self.vault.keep(draft.opened(), draft.words)
            self.reached("append-vaulted")
            appending.write(draft.rows, draft.seqs)
            self.reached("append-written")
        self.reached("append-committed")
        self._remember(appending, draft)
        return receipts

    def order(self, stream: str) -> Order:
        """The state of an order, from its entries. Raises NotFound."""
        rows = self.store.rows_of([stream])
        if not rows:
            raise NotFound("no such order in the ledger", next_step=NO_ORDER, stream=stream)
        return fold(read(row.entry, row.kind, row.leaf) for row in rows)

    def _draft(self, appending: Appending, claims: Sequence[Claim], new: Sequence[NewOrder]) -> Draft:
        self._look_again(appending)
        streams = {claim.stream for claim in claims}
        repeats = appending.rows_with(digest for claim in claims if (digest := key_digest(claim.key)))
        repeated = {row.stream for row in repeats.values()}
        asked = streams | repeated  # an order that was erased comes again under another name
        known = {stream: self._orders[stream] for stream in asked & self._orders.keys()}
        known |= _folded(appending.rows_of(asked - known.keys()))
        opening = {order.stream: order for order in new}
        opening |= self.vault.orders_of(streams - known.keys() - opening.keys())  # what a crash left there
        secrets = {order.stream: order.secret for order in opening.values() if order.secret is not None}
        private = {claim.stream for claim in claims if claim.private} | repeated
        secrets |= self.vault.secrets_of(private - secrets.keys())
        leaves = _leaves(appending, {claim.stream for claim in claims if isinstance(claim.event, Disavowed)})
        now = recording_time(self.clock, self._recorded)
        return Draft(self.policies, appending.head, known, opening, secrets, repeats, leaves, now)

    def _look_again(self, appending: Appending) -> None:
        """Forgets what others have written since this book last did."""
        if appending.tip == self._tip:
            return
        if appending.leaf_at(self._head) == self._tip:
            for stream in appending.streams_after(self._head):
                self._orders.pop(stream, None)
        else:  # nothing is known yet, or the ledger was put back from a backup
            self._orders.clear()
        self._recorded = _recorded(appending.last())

    def _remember(self, appending: Appending, draft: Draft) -> None:
        self._orders |= draft.orders
        while len(self._orders) > _REMEMBERED:
            self._orders.pop(next(iter(self._orders)))
        self._recorded = draft.now if draft.rows else self._recorded
        self._head = appending.head
        self._tip = appending.tip  # last: an interruption before this line makes the next append look again


def _recorded(last: Row | None) -> int:
    return 0 if last is None else read(last.entry, last.kind, last.leaf).recorded


def _leaves(appending: Appending, streams: set[str]) -> dict[str, set[bytes]]:
    """The entries of the streams in which one is to be disavowed."""
    leaves: dict[str, set[bytes]] = {stream: set() for stream in streams}
    for row in appending.rows_of(streams):
        leaves[row.stream].add(row.leaf)
    return leaves


def _folded(rows: Iterable[Row]) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    for row in rows:
        orders[row.stream] = evolve(orders.get(row.stream, Order()), read(row.entry, row.kind, row.leaf))
    return orders
