"""What was found of one text, before it is told: why, what it was read as, whose segment it is."""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.recipient.hint import HINTS, Code, Result
from mingdan.ledger.recipient.rule import Names


class Outcome(NamedTuple):
    """`meant` is the text as it fits the rule, None where nobody knows; private like the words."""

    code: Code
    meant: str | None = None
    segment: Names | None = None

    @property
    def result(self) -> Result:
        return HINTS[self.code].result
