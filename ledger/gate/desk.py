"""From what was told to receipts: names are looked up, the speaker is held to its own, the clerk records.

What is looked up here may have changed when the clerk decides; whose an order is never does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError, NotFound, TimeRefused
from mingdan.ledger.event import Placed
from mingdan.ledger.gate.names import HELD, Names, named_by
from mingdan.ledger.gate.reach import Reach
from mingdan.ledger.gate.speaker import Chains, Speaker, check_word
from mingdan.ledger.gate.untimely import explain
from mingdan.ledger.intake.clerk import Clerk, in_time, read_in_time
from mingdan.ledger.intake.statement import Statement, claim_of, named_in
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.group import Submission
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import NewOrder, Vault
from mingdan.ledger.market.party import Registered
from mingdan.ledger.stream import is_order

Told: TypeAlias = Sequence[Statement | MingdanError]
Outcome: TypeAlias = Receipt | MingdanError
Orders: TypeAlias = Mapping[str, NewOrder]  # by stream
_Outcome = TypeVar("_Outcome", bound=Outcome)


class Recorded(NamedTuple, Generic[_Outcome]):
    """What came of each statement, and the orders that it may have placed."""

    outcomes: list[_Outcome]
    orders: Orders


class Checks(NamedTuple):
    """What a request's statements are held to: whose an order is, whose names are used, what is reached."""

    chains: Chains
    names: Names
    reach: Reach


class Sheet:
    """What one request tells, in one piece or not (`whole`); the desk fills in what comes of each statement
    before the ledger is asked, the orders that they name, and those of them that they open.
    """

    def __init__(self, speaker: Speaker, told: Told, *, whole: bool) -> None:
        self.speaker = speaker
        self.told = told
        self.whole = whole
        self.drafted: list[Claim | MingdanError] = []
        self.named: dict[str, NewOrder] = {}  # by the names that are used
        self.new: list[NewOrder] = []

    @property
    def statements(self) -> list[Statement]:
        return [each for each in self.told if isinstance(each, Statement)]

    @property
    def orders(self) -> dict[str, NewOrder]:
        return {order.stream: order for order in self.named.values() if is_order(order.stream)}

    def opening(self, claims: Iterable[Claim]) -> list[NewOrder]:
        """The orders that these claims open, and nothing else does."""
        begun = {claim.stream for claim in claims if isinstance(claim.event, Placed | Registered)}
        return [order for order in self.new if order.stream in begun]


class Desk:
    """`store` and `vault` are read from any thread; what is written goes through the clerk."""

    def __init__(self, clerk: Clerk, store: Store, vault: Vault, clock: Clock) -> None:
        self.clerk = clerk
        self.store = store
        self.vault = vault
        self.ring = KeyRing(vault)
        self.clock = clock

    async def record(self, speaker: Speaker, told: Told) -> Recorded[Receipt]:
        """Records all of it or nothing. Raises MingdanError that names the `statement`, from 1."""
        sheet = Sheet(speaker, told, whole=True)
        receipts = await self._recorded(self.clerk.tell(sheet, self.submissions, len(told)), sheet.drafted)
        return Recorded(receipts, await self._orders(sheet, receipts))

    async def record_each(self, speaker: Speaker, told: Told) -> Recorded[Outcome]:
        """Records what can be, in its order; what is refused stands in its place."""
        sheet = Sheet(speaker, told, whole=False)
        await read_in_time(self.draft, [sheet])
        numbered = enumerate(sheet.drafted, 1)
        outcomes = await asyncio.gather(*(self._apart(each, number, sheet) for number, each in numbered))
        return Recorded(outcomes, await self._orders(sheet, outcomes))

    async def _apart(self, drafted: Claim | MingdanError, number: int, sheet: Sheet) -> Outcome:
        """One statement, for itself; the clerk takes them in the order they are begun in, many at once."""
        try:
            claims = [_claim(drafted)]
            (receipt,) = await self._recorded(self.clerk.submit(claims, sheet.opening(claims)), claims)
        except MingdanError as error:
            if error is not drafted and _index(error) is not None:
                error.evidence["statement"] = number
            return error
        return receipt

    def submissions(self, sheets: Sequence[Sheet]) -> list[Submission | MingdanError]:
        """What the ledger is asked for sheets that are recorded whole, or why it is not."""
        self.draft(sheets)
        return [_submission(sheet) for sheet in sheets]

    def draft(self, sheets: Sequence[Sheet]) -> None:
        """Claims of statements that their speakers may make, or why not; the error names the statement.

        What all of these sheets need is read at once; none sees what another tells.
        """
        told = [(sheet.speaker.name, each) for sheet in sheets for each in sheet.statements]
        named = named_in([statement for _, statement in told], self.vault)
        parties = {party for speaker, statement in told for party in named_by(speaker, statement)}
        orders = {order.stream for order in named.values() if is_order(order.stream)}
        found = self.store.rows_of(orders | {f"party/{party}" for party in parties})
        rows: dict[str, list[Row]] = {}
        for row in found:
            rows.setdefault(row.stream, []).append(row)
        keyed = {party for speaker, statement in told for party in named_by(speaker, statement, HELD)}
        names = Names(found, self.ring.holders(keyed))
        for sheet in sheets:
            used = {name for each in sheet.statements for name in (each.order, *each.streams) if name}
            sheet.named = {name: named[name] for name in used & named.keys()}
            chains = Chains(row for stream in sheet.orders for row in rows.get(stream, ()))
            checks = Checks(chains, names, Reach(self.store.rows_of, self._keyed, whole=sheet.whole))
            numbered = enumerate(sheet.told, 1)
            sheet.drafted += [self._drafted(sheet, each, number, checks) for number, each in numbered]

    def _drafted(
        self, sheet: Sheet, statement: Statement | MingdanError, number: int, checks: Checks
    ) -> Claim | MingdanError:
        if isinstance(statement, MingdanError):
            return statement
        try:
            claim = claim_of(statement, sheet.named, sheet.new)
            checks.reach.check(sheet.speaker, claim)
            checks.names.check_own(sheet.speaker, claim, statement.order or "")
            checks.chains.check(sheet.speaker, claim)  # before its word: that would tell there is an order
            check_word(sheet.speaker, claim, self.clock())
            checks.names.check(sheet.speaker, claim)
            checks.chains.join(claim)
        except MingdanError as error:
            error.evidence.setdefault("statement", number)
            if isinstance(error, NotFound):
                error.evidence.setdefault("pointer", "/subject")
            return error
        return claim

    def _keyed(self, party: str) -> bool:
        """Whether a party holds a key that was not revoked."""
        keys = self.ring.all()
        return any(key.party == party and key.revoked is None for key in keys)

    async def _recorded(
        self, answer: Future[list[Receipt]], claims: Sequence[Claim | MingdanError]
    ) -> list[Receipt]:
        try:
            return await in_time(answer)
        except TimeRefused as error:
            if (number := _index(error)) is not None:
                stream = _claim(claims[number]).stream
                rows = await read_in_time(self.store.rows_of, [stream])
                explain(error, rows if is_order(stream) else (), self.clock())
            raise

    async def _orders(self, sheet: Sheet, outcomes: Sequence[Outcome]) -> Orders:
        """The orders of receipts; one that was erased stands under no name that is used."""
        orders = sheet.orders
        streams = {each.stream for each in outcomes if isinstance(each, Receipt) and is_order(each.stream)}
        strange = streams - orders.keys()
        return orders | await read_in_time(self.vault.orders_of, strange) if strange else orders


def _submission(sheet: Sheet) -> Submission | MingdanError:
    try:
        claims = [_claim(each) for each in sheet.drafted]
    except MingdanError as error:
        return error
    return Submission(claims, sheet.opening(claims))


def _claim(drafted: Claim | MingdanError) -> Claim:
    if isinstance(drafted, MingdanError):
        raise drafted
    return drafted


def _index(error: MingdanError) -> int | None:
    """Which claim of a submission an error is about, from 0."""
    number = error.evidence.get("statement")
    return number - 1 if isinstance(number, int) else None
