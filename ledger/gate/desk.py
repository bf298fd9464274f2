"""From what was told to receipts: names are looked up, the speaker is held to its own, the clerk records.

What is looked up here may have changed when the clerk decides; whose an order is never does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError, NotFound, TimeRefused
from mingdan.ledger.event import Placed
from mingdan.ledger.gate.reach import Reach
from mingdan.ledger.gate.speaker import Chains, Speaker, check_word
from mingdan.ledger.gate.untimely import explain
from mingdan.ledger.intake.clerk import Clerk, in_time
from mingdan.ledger.intake.statement import Statement, claim_of, named_in
from mingdan.ledger.keeping.clock import Clock
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import NewOrder, Vault
from mingdan.ledger.market.party import Registered
from mingdan.ledger.stream import is_order

Told: TypeAlias = Sequence[Statement | MingdanError]
Outcome: TypeAlias = Receipt | MingdanError


class Draft(NamedTuple):
    """What came of each statement before the ledger is asked, and the orders that they open, by stream."""

    claims: list[Claim | MingdanError]
    new: dict[str, NewOrder]


class Desk:
    """`store` and `vault` are read from any thread; what is written goes through the clerk."""

    def __init__(self, clerk: Clerk, store: Store, vault: Vault, clock: Clock) -> None:
        self.clerk = clerk
        self.store = store
        self.vault = vault
        self.clock = clock

    async def record(self, speaker: Speaker, told: Told) -> list[Receipt]:
        """Records all of it or nothing. Raises MingdanError that names the `statement`, from 1."""
        draft = await asyncio.to_thread(self.draft, speaker, told, whole=True)
        claims = [_claim(each) for each in draft.claims]
        return await self._submitted(claims, draft.new)

    async def record_each(self, speaker: Speaker, told: Told) -> list[Outcome]:
        """Records what can be, in its order; what is refused stands in its place."""
        draft = await asyncio.to_thread(self.draft, speaker, told, whole=False)
        numbered = enumerate(draft.claims, 1)
        return await asyncio.gather(*(self._apart(each, number, draft.new) for number, each in numbered))

    async def _apart(self, drafted: Claim | MingdanError, number: int, new: dict[str, NewOrder]) -> Outcome:
        """One statement, for itself; the clerk takes them in the order they are begun in, many at once."""
        try:
            (receipt,) = await self._submitted([_claim(drafted)], new)
        except MingdanError as error:
            if error is not drafted and _index(error) is not None:
                error.evidence["statement"] = number
            return error
        return receipt

    def draft(self, speaker: Speaker, told: Told, *, whole: bool) -> Draft:
        """Claims of statements that this speaker may make, or why not; the error names the statement.

        `whole` is whether all of them are recorded or none.
        """
        named = named_in([each for each in told if isinstance(each, Statement)], self.vault)
        streams = {order.stream for order in named.values() if is_order(order.stream)}
        chains = Chains(self.store.rows_of(streams))
        reach = Reach(self.store.rows_of, self._keyed, whole=whole)
        new: list[NewOrder] = []
        draft = Draft([], {})
        for number, statement in enumerate(told, 1):
            draft.claims.append(self._drafted(speaker, statement, number, named, new, chains, reach))
        draft.new.update({order.stream: order for order in new})
        return draft

    def _drafted(
        self,
        speaker: Speaker,
        statement: Statement | MingdanError,
        number: int,
        named: dict[str, NewOrder],
        new: list[NewOrder],
        chains: Chains,
        reach: Reach,
    ) -> Claim | MingdanError:
        if isinstance(statement, MingdanError):
            return statement
        try:
            claim = claim_of(statement, named, new)
            reach.check(speaker, claim)
            check_word(speaker, claim, self.clock())
            chains.check(speaker, claim)
        except MingdanError as error:
            error.evidence.setdefault("statement", number)
            if isinstance(error, NotFound):
                error.evidence.setdefault("pointer", "/subject")
            return error
        return claim

    def _keyed(self, party: str) -> bool:
        """Whether a party holds a key that was not revoked."""
        keys = KeyRing(self.vault).all()
        return any(key.party == party and key.revoked is None for key in keys)

    async def _submitted(self, claims: Sequence[Claim], new: dict[str, NewOrder]) -> list[Receipt]:
        begun = {claim.stream for claim in claims if isinstance(claim.event, Placed | Registered)}
        opening = [order for stream, order in new.items() if stream in begun]  # by nothing else
        try:
            return await in_time(self.clerk.submit(claims, opening))
        except TimeRefused as error:
            if (number := _index(error)) is not None:
                rows = await asyncio.to_thread(self.store.rows_of, [claims[number].stream])
                explain(error, rows if is_order(claims[number].stream) else (), self.clock())
            raise


def _claim(drafted: Claim | MingdanError) -> Claim:
    if isinstance(drafted, MingdanError):
        raise drafted
    return drafted


def _index(error: MingdanError) -> int | None:
    """Which claim of a submission an error is about, from 0."""
    number = error.evidence.get("statement")
    return number - 1 if isinstance(number, int) else None
