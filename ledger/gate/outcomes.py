"""What came of the events of a request, put together for whoever sent them.

Who places an order is told its handle: it is the key to the order, and told to nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.event import KIND_OF, Placed
from mingdan.ledger.gate.answer import Batched, Entered, Result
from mingdan.ledger.gate.cloud_event import PREFIX, CloudEvent
from mingdan.ledger.gate.desk import Orders, Outcome, Recorded
from mingdan.ledger.gate.gauges import Gauges
from mingdan.ledger.gate.problem import problem
from mingdan.ledger.gate.receipts import Receipts
from mingdan.ledger.gate.told import Told
from mingdan.ledger.keeping.draft import Receipt

PLACED = KIND_OF[Placed]
EACH = 207  # whoever asked for one result each has to look at each


class Answer(NamedTuple):
    status: int
    told: Entered | Batched


class Outcomes:
    """Signs and counts what was recorded."""

    def __init__(self, receipts: Receipts, gauges: Gauges) -> None:
        self.receipts = receipts
        self.gauges = gauges

    def of_order(self, recorded: Recorded[Receipt]) -> Answer:
        """That an order was placed."""
        receipts, orders = recorded
        (entered,) = self._entered(receipts, [PLACED], orders)
        return Answer(self._status(receipts), replace(entered, receipt=self.receipts.promise(receipts)))

    def of_all(self, told: Told, recorded: Recorded[Receipt]) -> Answer:
        """That all was recorded: 201 where anything is new, 200 where all of it was there."""
        events = [each for each in told.events if isinstance(each, CloudEvent)]
        receipts, orders = recorded
        entered = self._entered(receipts, [_kind(each) for each in events], orders)
        note = self.receipts.promise(receipts) if receipts else None
        status = self._status(receipts)
        if not told.layout.listed:
            return Answer(status, replace(entered[0], id=events[0].id, receipt=note))
        results = [_result(each, event) for each, event in zip(entered, events, strict=True)]
        return Answer(status, Batched(receipt=note, results=results))

    def of_each(self, told: Told, recorded: Recorded[Outcome]) -> Answer:
        """What came of each."""
        outcomes, orders = recorded
        pairs = [*zip(told.events, outcomes, strict=True)]
        done = [(event, out) for event, out in pairs if isinstance(out, Receipt)]
        receipts = [receipt for _, receipt in done]
        entered = iter(self._entered(receipts, [_kind(event) for event, _ in done], orders))
        self._status(receipts)
        results: list[Result] = []
        for event, outcome in pairs:
            if isinstance(outcome, MingdanError):
                results.append(self._turned(event, outcome, told))
            else:
                results.append(_result(next(entered), event))
        note = self.receipts.promise(receipts) if receipts else None
        return Answer(EACH, Batched(receipt=note, results=results))

    def _turned(self, event: CloudEvent | MingdanError, error: MingdanError, told: Told) -> Result:
        self.gauges.told("refused")
        why = problem(error, told.layout)
        return Result(id=event.id if isinstance(event, CloudEvent) else None, problem=why, status=why.status)

    def _entered(self, receipts: Sequence[Receipt], kinds: Sequence[str], orders: Orders) -> list[Entered]:
        return [
            self.receipts.entered(each, kind, orders.get(each.stream) if kind == PLACED else None)
            for each, kind in zip(receipts, kinds, strict=True)
        ]

    def _status(self, receipts: Sequence[Receipt]) -> int:
        again = sum(each.duplicate for each in receipts)
        self.gauges.told("duplicate", again)
        self.gauges.told("recorded", len(receipts) - again)
        return 200 if again == len(receipts) else 201


def _result(entered: Entered, event: CloudEvent | MingdanError) -> Result:
    assert isinstance(event, CloudEvent)
    return Result(entry=entered, id=event.id, status=200 if entered.duplicate else 201)


def _kind(event: CloudEvent | MingdanError) -> str:
    assert isinstance(event, CloudEvent)
    return event.type.removeprefix(PREFIX)
