"""A log that grows, and one under the same name that tells another story after its second entry."""

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.note import COSIGNATURE, Signer, sign
from mingdan.ledger.quorum import Log, TrustPolicy, Witness
from mingdan.ledger.tree import Levels, consistency_proof, leaf_hash, root_at
from mingdan.ledger.witness.request import Request

ORIGIN = "orders.example/log"
LOG = Signer(ORIGIN, b"l" * 32)
STRANGER = Signer(ORIGIN, b"s" * 32)
WITNESS = Signer("witness.example/w1", b"w" * 32, COSIGNATURE)
SECOND = Signer("witness.example/w2", b"v" * 32, COSIGNATURE)
FOLLOWS = TrustPolicy((Log(LOG.key),))


class GrowingLog:
    def __init__(self, entries, signer=LOG):
        self.leaves = [leaf_hash(entry.encode()) for entry in entries]
        self.levels = Levels(self.leaves)
        self.signer = signer

    def checkpoint(self, size):
        return Checkpoint(self.signer.name, size, root_at(size, self.levels))

    def note(self, size):
        return sign(self.checkpoint(size).text, [self.signer])

    def proof(self, old, size):
        return tuple(consistency_proof(old, size, self.levels))

    def proof_to(self, size):
        """What `cosign` asks for: the proof from any size to this one."""
        return lambda old: self.proof(old, size)

    def request(self, old, size):
        return Request(old, self.proof(old, size), self.note(size))


HONEST = GrowingLog([f"order {number}" for number in range(400)])
FORKED = GrowingLog(["order 0", "order 1", *(f"another order {number}" for number in range(2, 400))])


def trusting(*signers, url=None, quorum="none"):
    """A policy that knows the log and these witnesses, called w1, w2, …; `url` gives each its address."""
    witnesses = [
        Witness(f"w{number}", signer.key, url and url[number - 1]) for number, signer in enumerate(signers, 1)
    ]
    return TrustPolicy((Log(LOG.key),), tuple(witnesses), quorum)
