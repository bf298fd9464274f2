"""Asking witnesses to cosign a checkpoint, all at once and each on its own.

Whoever is absent, slow, wrong or lying is left out and named; no answer is believed unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

import httpx

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.note import Signature, print_note
from mingdan.ledger.quorum import Accepted, Standing, TrustPolicy, Witness, accept
from mingdan.ledger.witness.request import SIZE_TYPE, Request

PATIENCE = 5.0  # seconds for all witnesses together
MAX_ANSWER = 1 << 16  # bytes; a few hundred signature lines

_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")
_SILENT = "it did not answer in time"
_UNSIGNED = "it answered without a cosignature by its key"

Proof = Callable[[int], Iterable[bytes]]  # the consistency proof from a size to the checkpoint's


@dataclass(frozen=True)
class Outcome:
    """What came of asking one witness: its signature and time (unix seconds), or the reason there is none.

    `size` is the tree it holds, as far as it told us: where to start from the next time.
    """

    name: str
    reason: str = ""
    signature: Signature | None = None
    at: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class Cosigned:
    """The note with the cosignatures collected, how it stands now, and what each witness did."""

    note: bytes
    standing: Standing
    outcomes: tuple[Outcome, ...]

    @property
    def known(self) -> dict[str, int]:
        """The sizes witnesses are known to hold, for the next `cosign`."""
        return {each.name: each.size for each in self.outcomes if each.size is not None}


def cosign(
    note: bytes,
    policy: TrustPolicy,
    proof_from: Proof,
    known: Mapping[str, int] = MappingProxyType({}),
    patience: float = PATIENCE,
) -> Cosigned:
    """Asks the policy's witnesses that have an address, for `patience` seconds at most.

    `proof_from` is called in other threads, one at a time; what it raises is raised here. `known` are the
    sizes the witnesses held the last time; a wrong one costs a second request. The lines stand in the
    policy's order, after those of the log; a new cosignature takes the place of an older one.
    """
    accepted = accept(note, policy)
    asking = _Asking(note, accepted.checkpoint, proof_from)
    outcomes = _ask_all(asking, policy.witnesses.values(), known, patience)
    cosigned = _merged(accepted, policy, outcomes)
    return Cosigned(cosigned, accept(cosigned, policy).standing, outcomes)


def _ask_all(
    asking: _Asking, witnesses: Iterable[Witness], known: Mapping[str, int], patience: float
) -> tuple[Outcome, ...]:
    """Their outcomes in order. A thread still at work when patience ends finds its connection closed."""
    outcomes = {each.name: Outcome(each.name, "the policy gives no address for it") for each in witnesses}
    asked = [each for each in witnesses if each.url is not None]
    pool = ThreadPoolExecutor(max(len(asked), 1), "witness")
    try:
        with httpx.Client(timeout=patience, follow_redirects=False) as client:
            futures = {pool.submit(asking.ask, client, each, known.get(each.name, 0)): each for each in asked}
            answered, silent = wait(futures, patience)
        outcomes |= {futures[each].name: each.result() for each in answered}
        outcomes |= {futures[each].name: Outcome(futures[each].name, _SILENT) for each in silent}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(outcomes.values())


class _Answer(NamedTuple):
    status: int
    kind: str
    body: bytes


class _Asking:
    """One checkpoint on its way to any number of witnesses."""

    def __init__(self, note: bytes, checkpoint: Checkpoint, proof_from: Proof) -> None:
        self.note = note
        self.checkpoint = checkpoint
        self.proof_from = proof_from
        self.one_at_a_time = Lock()

    def ask(self, client: httpx.Client, witness: Witness, hint: int) -> Outcome:
        """Asks once from the size it held last, and once more from the size it names instead."""
        first = min(hint, self.checkpoint.size)
        outcome = self._ask_from(first, client, witness)
        if outcome.signature or outcome.size is None or not first != outcome.size <= self.checkpoint.size:
            return outcome
        return self._ask_from(outcome.size, client, witness)

    def _ask_from(self, old: int, client: httpx.Client, witness: Witness) -> Outcome:
        with self.one_at_a_time:
            proof = tuple(self.proof_from(old))
        try:
            answer = _post(client, str(witness.url).rstrip("/"), Request(old, proof, self.note).print())
            return _outcome(witness, self.checkpoint, answer)
        except httpx.TimeoutException:
            return Outcome(witness.name, _SILENT)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last: a host no name can be
            return Outcome(witness.name, f"it cannot be reached: {_printable(str(error))}")
        except (Broken, MalformedProof) as error:
            return Outcome(witness.name, f"{_UNSIGNED}: {_printable(str(error))}")


def _post(client: httpx.Client, prefix: str, body: bytes) -> _Answer:
    """Reads no further than an answer may be long, and nothing that was packed."""
    packed = {"Accept-Encoding": "identity", "Content-Type": "text/plain; charset=utf-8"}
    with client.stream("POST", f"{prefix}/add-checkpoint", content=body, headers=packed) as response:
        read = bytearray()
        for chunk in response.iter_raw():
            read += chunk
            if len(read) > MAX_ANSWER:
                raise MalformedProof("an answer without end", limit=MAX_ANSWER)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return _Answer(response.status_code, kind, bytes(read))


def _outcome(witness: Witness, checkpoint: Checkpoint, answer: _Answer) -> Outcome:
    text = answer.body.decode("utf-8", "replace")
    if answer.status == 200:
        signature = _signature(witness, text)
        at = witness.key.verify(checkpoint.text, signature.payload)
        return Outcome(witness.name, signature=signature, at=at, size=checkpoint.size)
    if answer.status == 409 and answer.kind == SIZE_TYPE and (told := _SIZE.fullmatch(text)):
        return Outcome(witness.name, f"it holds a tree of size {told[1]}", size=int(told[1]))
    return Outcome(witness.name, f"it answered {answer.status}: {_printable(text)}")


def _signature(witness: Witness, text: str) -> Signature:
    """The line by the witness's own key; lines by others are not ours to judge, but must be lines."""
    *lines, rest = text.split("\n")
    ours = [
        signature
        for signature in (Signature.parse(f"{line}\n") for line in lines)
        if (signature.name, signature.key_id) == (witness.key.name, witness.key.id)
    ]
    if rest or not ours:
        raise MalformedProof("no line by this key", lines=len(lines))
    return ours[0]


def _merged(accepted: Accepted, policy: TrustPolicy, outcomes: Iterable[Outcome]) -> bytes:
    signed = {each.key: each.signature for each in accepted.note.verified}
    lines = {name: signed.pop(each.key) for name, each in policy.witnesses.items() if each.key in signed}
    lines |= {each.name: each.signature for each in outcomes if each.signature}
    cosigned = [lines[name] for name in policy.witnesses if name in lines]
    return print_note(accepted.note.text, [*signed.values(), *accepted.note.unverified, *cosigned])


def _printable(text: str) -> str:
    """A stranger's words, cut short and without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:200]).strip()
