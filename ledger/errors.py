"""Everything that can go wrong, as one small tree that tells the caller what to do.

Each error carries its evidence as named values and, where there is one, the operator's next step.
The four branches are the command's exit codes: what was handed in (2), the answer is no (1),
a proof that does not hold (1), the machine (3).
"""

from __future__ import annotations


class MingdanError(Exception):
    """A sentence for people, `evidence` for machines, `next_step` for the operator."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "", **evidence: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.evidence = evidence

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.evidence.items())
        return f"{self.message} ({shown})" if shown else self.message


class Malformed(MingdanError):
    """What was handed in is not something we would print ourselves."""

    exit_code = 2


class MalformedEntry(Malformed):
    """Bytes that are not a canonical entry: wrong JSON, field, type, order or size."""


class UnknownKind(MalformedEntry):
    """An event kind this version does not know."""


class MalformedProof(Malformed):
    """A note, checkpoint, key, tile or bundle whose bytes do not parse."""


class MalformedSource(Malformed):
    """A file to import that is torn, or a mapping that does not describe it."""


class Misuse(Malformed):
    """A command or setting that cannot mean anything."""


class Refused(MingdanError):
    """Understood, and the answer is no; nothing was changed."""


class IllegalTransition(Refused):
    """The order is not in a state in which this may happen."""


class IntakeRefused(Refused):
    """More would be promised than is there (I4); the refusal itself is recorded."""


class KeyReused(Refused):
    """An idempotency key that already stands for other bytes."""


class TimeRefused(Refused):
    """A time before the order existed, or further in the future than clocks may differ."""


class NotFound(Refused):
    """No such order, stream or position."""


class Broken(MingdanError):
    """A proof that does not hold: bytes were altered, lost, reordered or forked."""


class Unwitnessed(Broken):
    """Signed by its log, but by too few of the witnesses a reader asks for: others may be shown another."""


class Unavailable(MingdanError):
    """The machine says no: disk, database, clock, or a workspace of another version."""

    exit_code = 3


class WrongWorkspace(Unavailable):
    """No workspace here, or one that another version wrote."""


class StoreConflict(Unavailable):
    """Another writer was first, or the stores disagree about where the log ends."""


class ClockWentBack(Unavailable):
    """The machine's clock stands before the newest entry."""
