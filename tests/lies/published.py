"""A lie that was told, and what each who could catch it says of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from mingdan.ledger.policy import DAY
from mingdan.ledger.quorum import TrustPolicy

from . import judges
from .judges import audited
from .lies import Told
from .operator import Operator
from .table import Lie, lies_told

FRESH_WITHIN = 86_400  # seconds


@dataclass(frozen=True)
class Published:
    """A lie that was told: where it lies, and what each who could catch it holds."""

    operator: Operator
    lie: Lie
    told: Told
    room: Path

    @property
    def site(self) -> Path:
        return self.room / "site"

    @property
    def now(self) -> int:
        return self.operator.now + self.told.late

    @property
    def alone(self) -> TrustPolicy:
        """The policy of a reader who asks for no witness."""
        return TrustPolicy(self.operator.policy.logs)

    def page(self, policy: TrustPolicy, name: str = "") -> str:
        """What is said of the page that a buyer saved, or of the pack that was handed out."""
        if self.told.pack:
            return self.pack(policy)
        saved = self.room / (name or Path(self.told.path).name)
        saved.write_bytes(self.told.page)
        return judges.page(saved, policy, now=self.now, fresh_within=FRESH_WITHIN)

    def pack(self, policy: TrustPolicy) -> str:
        saved = self.room / "evidence.zip"
        saved.write_bytes(self.told.pack)
        step, file, said = judges.pack(saved, policy, now=self.now, fresh_within=FRESH_WITHIN)
        return ": ".join(filter(None, (step, kind(file), said)))

    def auditor(self, policy: TrustPolicy, standpoint: Path | None = None) -> str:
        file, rule = judges.first(audited(self.site, policy, standpoint))
        return f"{kind(file)}: {rule}" if file else rule

    def standpoint(self) -> Path:
        return shutil.copytree(self.operator.then[self.lie.after].auditor, self.room / "auditor")

    def receipt(self) -> str:
        known, policy = self.operator.receipts, self.operator.policy
        notes = self.operator.promised.values()
        later = self.operator.now + 3 * DAY
        answers = [judges.receipt(self.site, note, known, policy, now=later) for note in notes]
        return next(filter(None, sorted(answers, key=lambda answer: answer != "broken")), "")


def kind(file: str) -> str:
    """A file by what it is, without names that another day's site has otherwise."""
    starts = ("o/", "badge/", "log/tile/entries/")
    return next((f"{start}…" for start in starts if file.startswith(start)), file)


def each(*names: str) -> pytest.MarkDecorator:
    told = lies_told()
    chosen = names or tuple(told)
    return pytest.mark.parametrize("published", [told[name] for name in chosen], ids=chosen, indirect=True)
