"""What all pages of one epoch share: the site's name, the published tree, the instant, the languages."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import Entry
from mingdan.ledger.quorum import TrustPolicy, accept
from mingdan.site.imprint import Imprint, imprint_hash
from mingdan.site.names import NO_NAMES, Names


class Edition(Struct, frozen=True):
    """`sealed` (ms UTC) is the recorded time of the epoch entry: every page speaks as of it.

    `names` are those of the register; an order's page has its own, which no later word changes.
    """

    title: str
    origin: str  # the log's key name: its address without scheme and closing slash
    size: int
    root: str  # hex
    sealed: int
    languages: tuple[str, ...]  # the first is the default and owns the plain file names
    zone: str  # IANA name of the zone in which times are shown
    imprint: str = ""  # SHA-256 (hex) of the settings that all pages are printed from
    names: Names = NO_NAMES
    fresh_within: int = 86_400  # seconds that its word stays fresh
    witnessed: bool = True  # whether its checkpoint has the cosignatures that the site itself asks for

    @property
    def address(self) -> str:
        """The site's address without scheme and closing slash: the log lies under it."""
        return self.origin.removesuffix("/log")

    @property
    def fresh_until(self) -> int:
        """When its word is old (ms UTC), unless it is told again by then."""
        return self.sealed + 1000 * self.fresh_within


def is_witnessed(imprint: Imprint, note: bytes) -> bool:
    """Whether a signed checkpoint has the cosignatures the site asks for. Raises where it is not its own."""
    return accept(note, TrustPolicy.parse(imprint.trust.encode())).standing.met


def edition_of(imprint: Imprint, checkpoint: Checkpoint, epoch: Entry, *, witnessed: bool = True) -> Edition:
    """The edition that closes with this epoch entry, the last of the checkpoint's tree."""
    return Edition(
        title=imprint.title,
        origin=imprint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        sealed=epoch.recorded,
        languages=imprint.languages,
        zone=imprint.zone,
        imprint=imprint_hash(imprint),
        fresh_within=imprint.fresh_within,
        witnessed=witnessed,
    )
