"""What an audit finds wrong: in which file, where, by which rule, and what shows it."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.errors import MingdanError, Unavailable


class Finding(Struct, frozen=True):
    """`place` is an index of the log, where there is one; `evidence` is everything that shows it."""

    file: str
    rule: str
    place: int | None
    stream: str | None
    evidence: dict[str, str]


class Findings(list[Finding]):
    """The findings so far: one does not hide another."""

    def add(self, file: str, rule: str, /, **evidence: object) -> None:
        place, stream = evidence.pop("index", None), evidence.pop("stream", None)
        self.append(
            Finding(
                file=str(evidence.pop("file", file)),
                rule=rule,
                place=place if isinstance(place, int) else None,
                stream=None if stream is None else str(stream),
                evidence={name: str(value) for name, value in evidence.items()},
            )
        )

    def about(self, file: str) -> _About:
        """What breaks in this block is a finding about the file, unless it names another."""
        return _About(self, file)


class _About:
    """Ends its block at what breaks in it; that the machine fails is no finding."""

    def __init__(self, findings: Findings, file: str) -> None:
        self.findings = findings
        self.file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, MingdanError) or isinstance(error, Unavailable):
            return False
        self.findings.add(self.file, error.message, **error.evidence)
        return True


def parting(expected: bytes, content: bytes) -> int:
    """The first place at which two files differ."""
    same, end = 0, min(len(expected), len(content))
    while same < end:
        middle = (same + end + 1) // 2
        if expected[same:middle] == content[same:middle]:
            same = middle
        else:
            end = middle - 1
    return same
