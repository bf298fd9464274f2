"""Recording: claims are decided, given their place, sealed and appended, all or none, in one transaction.

Submissions that wait together share one, and each is still all or none (ledger/keeping/group.py).
Crash order: the vault first, then the ledger's commit, then the receipt. An order that a crash leaves in the
vault alone begins with the next claim about it. The states of orders lately written are kept in memory; they
count only while the log ends in the entry that this book left it with, which is checked under the write lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.errors import MingdanError, NotFound
from mingdan.ledger.event import Disavowed
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.keeping.alike import holders
from mingdan.ledger.keeping.beside import above_mapped, behind, beside, leaves, shelves, signed
from mingdan.ledger.keeping.clock import Clock, now_ms, recording_time
from mingdan.ledger.keeping.draft import Draft, Receipt, key_digest
from mingdan.ledger.keeping.ground import NO_ORDER, Ground, State
from mingdan.ledger.keeping.group import Outcome, Submission, add_each
from mingdan.ledger.keeping.once import once_said
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Appending, Store
from mingdan.ledger.keeping.vault import NewOrder, Vault
from mingdan.ledger.market import fold as fold_market
from mingdan.ledger.market.guard import Shelf
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.stream import is_market, is_order

Step = Callable[[str], None]  # called at each numbered step; tests die there

STEPS = ("append-locked", "append-decided", "append-vaulted", "append-written", "append-committed")
_REMEMBERED = 100_000  # streams whose state is kept in memory


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
        self._states: dict[str, State] = {}
        self._shelves: dict[str, Shelf] = {}

    def record(self, claims: Sequence[Claim], new: Sequence[NewOrder] = ()) -> list[Receipt]:
        """One receipt a claim, in order; all are recorded or none. `new` are orders these claims open.

        Raises Refused with the rule, KeyReused, TimeRefused, or Unavailable; nothing is changed then, except
        that an order which its SKU's supply does not carry is noted at the SKU (IntakeRefused).
        """
        (outcome,) = self.record_each([Submission(claims, new)])
        if isinstance(outcome, MingdanError):
            raise outcome
        return outcome

    def record_each(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Records submissions in one transaction, each whole or not at all: its receipts, or its refusal.

        Raises Unavailable, nothing recorded, where the machine says no.
        """
        claims = [claim for each in submissions for claim in each.claims]
        with self.store.appending(len(claims)) as appending:
            self.reached("append-locked")
            draft = Draft(self._ground(appending, submissions, claims))
            outcomes = add_each(draft, submissions)
            self.reached("append-decided")
            self.vault.keep(draft.opened(), draft.words)
            self.reached("append-vaulted")
            appending.write(draft.rows, draft.seqs, draft.ground.moved)
            self.reached("append-written")
        self.reached("append-committed")
        self._remember(appending, draft)
        return outcomes

    def order(self, stream: str) -> Order:
        """The state of an order, from its entries. Raises NotFound."""
        rows = self.store.rows_of([stream])
        if not rows:
            raise NotFound("no such order in the ledger", next_step=NO_ORDER, stream=stream)
        return fold(read(row.entry, row.kind, row.leaf) for row in rows)

    def _ground(
        self, appending: Appending, submissions: Sequence[Submission], claims: Sequence[Claim]
    ) -> Ground:
        self._look_again(appending)
        streams = {claim.stream for claim in claims}
        repeats = appending.rows_with(digest for claim in claims if (digest := key_digest(claim.key)))
        repeated = {row.stream for row in repeats.values()}
        asked = streams | repeated  # an order that was erased comes again under another name
        asked.update(name for claim in claims for name in beside(claim))
        known = self._known(appending, asked)
        known |= self._known(appending, {*behind(claims, known)} - known.keys())
        while higher := {*above_mapped(claims, known)}:
            known |= self._known(appending, higher)
        said = [said for claim in claims for said in once_said(claim)]
        held = holders(self.vault, [*said, *self._goods_before(claims)])
        known |= self._known(appending, {words.stream for words in held} - known.keys())
        opening = self.vault.orders_of(_opened_before(submissions) - known.keys())  # what a crash left there
        secrets = {order.stream: order.secret for order in opening.values() if order.secret is not None}
        drawn = {order.stream for each in submissions for order in each.new} - known.keys()
        private = {claim.stream for claim in claims if claim.private} | repeated
        secrets |= self.vault.secrets_of(private - secrets.keys() - drawn)
        return Ground(
            policies=self.policies,
            head=appending.head,
            known=known,
            opening=opening,
            secrets=secrets,
            shelves=self._shelves_of(appending, shelves(claims, known)),
            repeats=repeats,
            repeated=self.vault.orders_of(_placed_before(claims, repeats)),
            leaves=leaves(appending, claims),
            held=held,
            hands=signed(appending, claims),
            now=recording_time(self.clock, self._recorded),
        )

    def _goods_before(self, claims: Sequence[Claim]) -> list[tuple[str, str]]:
        """What was delivered in orders of which something is disavowed: if a reversal, it stands again."""
        streams = {claim.stream for claim in claims if isinstance(claim.event, Disavowed)}
        told = self.vault.words_of(streams).values() if streams else ()
        return [(each.field, each.words) for words in told for each in words if each.field == "goods"]

    def _known(self, appending: Appending, asked: set[str]) -> dict[str, State]:
        """The states of these streams; those of the market, which may have none, are known to be empty."""
        known = {stream: self._states[stream] for stream in asked & self._states.keys()}
        rest = asked - known.keys()
        found: dict[str, State] = {name: fold_market.empty(name) for name in rest if is_market(name)}
        found |= _folded(appending.rows_of(rest))
        self._states |= found
        return known | found

    def _shelves_of(self, appending: Appending, names: set[str]) -> dict[str, Shelf]:
        unknown = names - self._shelves.keys()
        if unknown:
            self._shelves |= dict.fromkeys(unknown, Shelf()) | appending.shelves(unknown)
        return {name: self._shelves[name] for name in names}

    def _look_again(self, appending: Appending) -> None:
        """Forgets what others have written since this book last did."""
        if appending.tip == self._tip:
            return
        self._shelves.clear()
        if appending.leaf_at(self._head) == self._tip:
            for stream in appending.streams_after(self._head):
                self._states.pop(stream, None)
        else:  # nothing is known yet, or the ledger was put back from a backup
            self._states.clear()
        self._recorded = _recorded(appending.last())

    def _remember(self, appending: Appending, draft: Draft) -> None:
        self._states |= draft.ground.states
        self._shelves |= draft.ground.moved
        while len(self._states) > _REMEMBERED:
            self._states.pop(next(iter(self._states)))
        self._recorded = draft.now if draft.rows else self._recorded
        self._head = appending.head
        self._tip = appending.tip  # last: an interruption before this line makes the next append look again


def _recorded(last: Row | None) -> int:
    return 0 if last is None else read(last.entry, last.kind, last.leaf).recorded


def _opened_before(submissions: Sequence[Submission]) -> set[str]:
    """The streams that are told of by a submission which does not open them."""
    told = (
        {claim.stream for claim in each.claims} - {order.stream for order in each.new} for each in submissions
    )
    return set(chain.from_iterable(told))


def _placed_before(claims: Sequence[Claim], repeats: Mapping[bytes, Row]) -> set[str]:
    """The orders that stand for a key under a link that is not told with it now."""
    if not repeats:
        return set()
    found = ((claim, repeats.get(key_digest(claim.key) or b"")) for claim in claims)
    return {row.stream for claim, row in found if row is not None and row.stream != claim.stream}


def _folded(rows: Iterable[Row]) -> dict[str, State]:
    states: dict[str, State] = {}
    for row in rows:
        entry = read(row.entry, row.kind, row.leaf)
        before = states.get(row.stream)
        if is_order(row.stream):
            states[row.stream] = evolve(before if isinstance(before, Order) else Order(), entry)
        else:
            subject = before if isinstance(before, Subject) else fold_market.empty(row.stream)
            states[row.stream] = fold_market.evolve(subject, entry)
    return states
