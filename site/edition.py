"""What all pages of one epoch share: the site's name, the published tree, the instant, the languages."""

from __future__ import annotations

from msgspec import Struct


class Edition(Struct, frozen=True):
    """`sealed` (ms UTC) is the recorded time of the epoch entry: every page speaks as of it."""

    title: str
    origin: str  # the log's key name: its address without scheme and closing slash
    size: int
    root: str  # hex
    sealed: int
    languages: tuple[str, ...]  # the first is the default and owns the plain file names
    zone: str  # IANA name of the zone in which times are shown

    @property
    def address(self) -> str:
        """The site's address without scheme and closing slash: the log lies under it."""
        return self.origin.removesuffix("/log")
