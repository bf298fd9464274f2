"""What all pages of one epoch share: the site's name, the published tree, the instant, the languages."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import Entry
from mingdan.site.imprint import Imprint, imprint_hash


class Edition(Struct, frozen=True):
    """`sealed` (ms UTC) is the recorded time of the epoch entry: every page speaks as of it."""

    title: str
    origin: str  # the log's key name: its address without scheme and closing slash
    size: int
    root: str  # hex
    sealed: int
    languages: tuple[str, ...]  # the first is the default and owns the plain file names
    zone: str  # IANA name of the zone in which times are shown
    imprint: str = ""  # SHA-256 (hex) of the settings that all pages are printed from

    @property
    def address(self) -> str:
        """The site's address without scheme and closing slash: the log lies under it."""
        return self.origin.removesuffix("/log")


def edition_of(imprint: Imprint, checkpoint: Checkpoint, epoch: Entry) -> Edition:
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
    )
