"""What surrounds open orders: their terms, their recipients as checked, orders alike, what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Engine

from mingdan.ledger.duty.order import Surroundings, Trouble
from mingdan.ledger.entry import read
from mingdan.ledger.event import RecipientChecked
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.market.reach import affected, supplies
from mingdan.ledger.order import Order
from mingdan.ledger.recipient.check import check
from mingdan.ledger.recipient.rule import Rule
from mingdan.ledger.risk import RiskRule
from mingdan.projections.register import Register
from mingdan.projections.sightings import seen


class Surrounded:
    """Looks around orders, some at a time."""

    def __init__(
        self,
        engine: Engine,
        book: Book,
        terms: Terms,
        register: Register,
        risk: Sequence[RiskRule],
        recipients: Mapping[str, Rule],
    ) -> None:
        self.engine = engine
        self.store, self.vault = book.store, book.vault
        self.terms = terms
        self.register = register
        self.risk = risk
        self.recipients = recipients
        self.troubles = _troubles(register)

    def each(self, orders: Sequence[Order]) -> Iterator[tuple[Order, Surroundings]]:
        """Each order with what surrounds it."""
        alike = seen(self.engine, self.vault, [each for each in orders if each.money_in], self.risk)
        checked = self._checked(orders)
        ours = self._ours(orders)
        for order in orders:
            sku = None if order.terms is None else order.terms.sku
            yield (
                order,
                Surroundings(
                    policy=self.terms.of(order),
                    rules=self.risk,
                    seen=alike.get(order.stream, {}),
                    checked=checked.get(order.stream),
                    troubles=self.troubles.get(sku or "", ()),
                    ours=order.stream in ours,
                ),
            )

    def _checked(self, orders: Sequence[Order]) -> dict[str, RecipientChecked]:
        """What the recipients are found to be that nobody has checked yet."""
        by = {order.stream: rule for order in orders if (rule := self._rule(order)) is not None}
        found = {}
        for stream, said in self.vault.words_of(by).items():
            named = [each.words for each in said if each.field == "recipient"]
            if named:
                told = check(by[stream], named[-1])
                found[stream] = RecipientChecked(field=told.field, result=told.result, rule=told.rule)
        return found

    def _ours(self, orders: Sequence[Order]) -> set[str]:
        """The orders that the ledger itself holds, of those whose buyers have not been told."""
        holds = {
            order.stream: order.hold.mark.leaf
            for order in orders
            if order.hold is not None and order.held and order.hold.noticed is None
        }
        rows = [row for row in self.store.rows_of(holds) if row.leaf == holds[row.stream]]
        return {row.stream for row in rows if read(row.entry, row.kind, row.leaf).by == LEDGER}

    def _rule(self, order: Order) -> Rule | None:
        """The rule that an order's SKU is listed with, where its recipient is not known to be good or bad."""
        sku = None if order.terms is None else self.register.skus.get(order.terms.sku or "")
        name = None if sku is None or sku.listing is None else sku.listing.recipient
        return self.recipients.get(name or "") if order.recipient == "unknown" else None


def _troubles(register: Register) -> dict[str, Sequence[Trouble]]:
    """By SKU, the exceptions that name it, or what it is supplied from, and are not over."""
    found: defaultdict[str, list[Trouble]] = defaultdict(list)
    for name, each in register.incidents.items():
        if each.report is None or each.reported is None or each.resolved is not None:
            continue
        by = each.reporter or "unknown"
        for sku in affected(each.report.scope, register.skus):
            supplied = supplies(by, sku, register.skus, register.sent)
            found[sku].append(Trouble(name, each.report.kind, each.reported.leaf, by, supplied))
    return dict(found)
