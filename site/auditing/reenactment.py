"""The log read into the auditor's copy, and every epoch in it told again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from mingdan.ledger.errors import Broken
from mingdan.ledger.proven import ProvenTiles
from mingdan.ledger.replay import Chain, Part, found_in, read_log
from mingdan.ledger.tile import WIDTH, new_tiles
from mingdan.ledger.tree import consistency_proof, verify_consistency
from mingdan.ledger.verify import CHECKPOINT, bundle_of
from mingdan.site.auditing.inquiry import LOG, Inquiry
from mingdan.site.auditing.recount import Atlas, Task, by_our_rules, count, count_in
from mingdan.site.auditing.standpoint import Standpoint


def continues(inquiry: Inquiry, before: Standpoint | None) -> bool:
    """Whether the log continues the one that was audited before; else both checkpoints are in the finding."""
    found = len(inquiry.findings)
    with inquiry.findings.about(LOG + CHECKPOINT):
        tiles, now = ProvenTiles(inquiry.log), inquiry.log.checkpoint
        old = now if before is None else before.head()
        if old.size > now.size:
            raise Broken("the log has shrunk since it was audited", **_both(inquiry, before))
        proof = consistency_proof(old.size, now.size, tiles.nodes)
        try:
            verify_consistency(old.size, now.size, old.root, now.root, proof)
        except Broken as error:
            raise Broken(error.message, **_both(inquiry, before)) from error
    return len(inquiry.findings) == found


def reenact(inquiry: Inquiry) -> bool:
    """Reads what is new in the log and tells its epochs again; whether it could be read to its end."""
    replica, size, whole = inquiry.replica, inquiry.size, True
    chain, atlas, counting = replica.chain(), Atlas(replica, replica.size), Counting(inquiry)
    for part in read_log(inquiry.log, inquiry.start, inquiry.executor):
        inquiry.read.extend(part.files)
        inquiry.add(part.faults, LOG + CHECKPOINT)
        whole = whole and not part.faults and _taken(inquiry, part, chain)
        if whole and part.told:
            epochs = [told.place for told in part.told if told.epoch is not None]
            for place in epochs:
                with inquiry.findings.about(_file(inquiry, place)):
                    atlas.check(replica.epoch(place + 1))
            counting.go_on(epochs, replica.size)
            inquiry.progress("log", part.told[-1].place + 1 - inquiry.start, size - inquiry.start)
    first = inquiry.start - inquiry.start % WIDTH
    inquiry.read.extend(LOG + tile.path for tile in new_tiles(first, size))
    counting.finish()
    return whole and _ends(inquiry, chain)


class Counting:
    """The epochs' figures, counted by another process while the log is read on, where there is one."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry = inquiry
        self.waiting: list[int] = []
        self.upto = 0
        self.running: Future[list[Broken]] | None = None

    def go_on(self, epochs: Sequence[int], upto: int) -> None:
        """More of the log can be counted. One count at a time: each goes on where the one before it ended."""
        self.waiting += epochs
        self.upto = upto
        executor = self.inquiry.executor
        if executor is None:
            self._found(count(self.inquiry.replica, self._task()))
        elif self.running is None or self.running.done():
            self._collect()
            self.running = executor.submit(count_in, self._task())

    def finish(self) -> None:
        self._collect()
        if self.upto:
            self._found(count(self.inquiry.replica, self._task()))

    def _task(self) -> Task:
        """All that waits. Without the site's zone no figure can be counted, but orders are folded."""
        imprint, waiting, self.waiting = self.inquiry.imprint, self.waiting, []
        zone = "" if imprint is None else imprint.zone
        ours = [place for place in waiting if by_our_rules(self.inquiry.replica.epoch(place + 1), zone)]
        if len(ours) < len(waiting):
            self.inquiry.notices.append(_OTHERS.format(len(waiting) - len(ours)))
        if imprint is None and ours:
            self.inquiry.notices.append(_UNCOUNTED.format(len(ours)))
        return Task(self.inquiry.replica.folder, zone, [] if imprint is None else ours, self.upto)

    def _collect(self) -> None:
        if self.running is not None:
            self._found(self.running.result())
            self.running = None

    def _found(self, faults: Sequence[Broken]) -> None:
        for fault in faults:
            place = fault.evidence.get("index")
            assert isinstance(place, int)
            self.inquiry.add([fault], _file(self.inquiry, place))


def _taken(inquiry: Inquiry, part: Part, chain: Chain) -> bool:
    try:
        inquiry.replica.take(part.told, chain)
    except Broken as error:
        place = error.evidence.get("index")
        assert isinstance(place, int)
        inquiry.add([found_in(error, _file(inquiry, place))], "")
        return False
    return True


def _ends(inquiry: Inquiry, chain: Chain) -> bool:
    """Whether the log ends in an epoch."""
    found = len(inquiry.findings)
    with inquiry.findings.about(_file(inquiry, inquiry.size - 1)):
        chain.finish(inquiry.size)
    return len(inquiry.findings) == found


def _file(inquiry: Inquiry, place: int) -> str:
    return LOG + bundle_of(place, inquiry.size)


def _both(inquiry: Inquiry, before: Standpoint | None) -> dict[str, str]:
    """The two checkpoints that show it together."""
    return {"before": "" if before is None else before.checkpoint, "now": inquiry.head.note.decode()}


_OTHERS = "{} epochs were counted by other rules than this version's: only their map was told again"
_UNCOUNTED = "the figures of {} epochs were not counted: v1/site.json does not say where days end"
