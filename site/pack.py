"""The evidence pack of an order: one zip that shows it, proves it and says how to check it, without the site.

Every file of it follows from the proofs in it: whoever reads a pack prints it again and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import parse
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.note import parse_note
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tlog_proof import print_proof
from mingdan.site.archive import print_archive
from mingdan.site.cover import cover
from mingdan.site.dossier import Dossier, dossier, print_entries, printed, proof_path, subject_of
from mingdan.site.edition import Edition, edition_of
from mingdan.site.imprint import PATH as IMPRINT
from mingdan.site.imprint import Imprint, print_imprint
from mingdan.site.names import names_before
from mingdan.site.order_page import order_page, path_of_order, words_script
from mingdan.site.places import Place, print_places
from mingdan.site.policy_page import path_of_policy, policy_page
from mingdan.site.qr_code import qr_code
from mingdan.site.texts import languages
from mingdan.site.verifier_page import verifier_page

FORMAT = "mingdan/evidence/v1"
MANIFEST = "MANIFEST.json"
PROOF = "order.tlog-proof"
PLACES = "places.json"
_STATIC = Path(__file__).parent / "static"

# As PEP 440 writes a version in one way: a stranger's manifest is shown, and may hold no terminal's command.
_NUMBER = r"(0|[1-9][0-9]{0,5})"
Version = Annotated[
    str,
    Meta(
        pattern=rf"\A{_NUMBER}(\.{_NUMBER}){{1,3}}((a|b|rc){_NUMBER})?(\.post{_NUMBER})?(\.dev{_NUMBER})?"
        r"(\+[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){0,3})?\Z"
    ),
]


class Listed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as the manifest lists it."""

    sha256: str
    size: int


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a pack is of and what lies in it. `as_of` is when its edition was sealed (ms UTC)."""

    as_of: int
    files: dict[str, Listed]
    format: str
    mingdan: Version  # that wrote the words in it
    origin: str
    root: str
    size: int
    stream: str


class Pack(Struct, frozen=True, dict=True, kw_only=True):
    """What a pack is printed from: all of one edition, and `version` is whose words it is printed in.

    `places` has one for each entry of the order, `register` a timeline for each of its `streams_of`.
    """

    handle: str
    version: str
    imprint: Imprint
    order: Timeline
    places: tuple[Place, ...]
    register: Mapping[str, Timeline]

    @cached_property
    def edition(self) -> Edition:
        checkpoint = Checkpoint.parse(parse_note(self.order.checkpoint)[0])
        return edition_of(self.imprint, checkpoint, parse(self.order.epoch))

    @cached_property
    def dossier(self) -> Dossier:
        return dossier(self.order, self.register, self.imprint.policies)

    @property
    def evidence(self) -> dict[str, bytes]:
        """What is proven in it, or follows from that whichever version writes it."""
        return {
            PROOF: print_proof(self.order),
            PLACES: print_places(self.places),
            **{proof_path(stream): print_proof(each) for stream, each in self.register.items()},
            **print_entries(self.dossier, self.order),
            CHECKPOINT: self.order.checkpoint,
            f"{LOG}policy": self.imprint.trust.encode(),
            IMPRINT: print_imprint(self.imprint),
        }

    @property
    def words(self) -> dict[str, bytes]:
        """What this version says and shows of that, for people."""
        return self.pages | self.covers | self.furniture

    @property
    def pages(self) -> dict[str, bytes]:
        """The order's pages as of this edition: what was opened is on the cover and not on them."""
        told, (imprint, closed) = self.dossier, (self.imprint, replace(self.order, openings=()))
        names = names_before(map(subject_of, self.register.values()), told.entries[-1].recorded)
        edition = replace(self.edition, names=names)
        rows = list(zip(self._rows(), told.entries, strict=True))
        policy = told.terms.of(told.order)
        return {
            path_of_order(self.handle, each, imprint.languages): order_page(
                edition, each, self.handle, told.order, rows, policy, closed, imprint, told.pace
            )
            for each in imprint.languages
        }

    @property
    def covers(self) -> dict[str, bytes]:
        """What it says of itself."""
        keys = [str(log.key) for log in TrustPolicy.parse(self.imprint.trust.encode()).logs]
        return dict(
            cover(
                self.edition,
                language,
                self.handle,
                self.dossier,
                self.order.openings,
                keys=keys,
                version=self.version,
            )
            for language in languages()
        )

    @property
    def furniture(self) -> dict[str, bytes]:
        """What its pages need around them, as this version publishes it: scripts, code, verifier, terms."""
        files = {f"static/{path.name}": path.read_bytes() for path in sorted(_STATIC.iterdir())}
        files |= [qr_code(self.edition, self.handle)]
        for language in self.edition.languages:
            files |= [words_script(self.edition, language)]
            files |= [verifier_page(self.edition, language, self.imprint)]
            files |= self._terms_page(language)
        return files

    @cached_property
    def files(self) -> dict[str, bytes]:
        """All of it, the manifest included."""
        files = self.words | self.evidence
        return files | {MANIFEST: print_manifest(self, files)}

    def _rows(self) -> list[Row]:
        """The order's entries as a store would have them."""
        told = zip(self.places, self.dossier.entries, self.order.entries, strict=True)
        return [
            Row(place.index + 1, entry.stream, entry.seq, entry.kind, raw, entry.leaf)
            for place, entry, raw in told
        ]

    def _terms_page(self, language: str) -> dict[str, bytes]:
        """The page of the published terms, where the order has such."""
        name, version, promise = self.dossier.terms[:3]
        if version is None or promise.edition(version) is None:
            return {}
        path = path_of_policy(name, version, language, self.edition.languages)
        return {path: policy_page(self.edition, language, name, promise, version)}


def print_pack(pack: Pack) -> bytes:
    """The zip's bytes: of the same publication always the same."""
    return print_archive(pack.files, pack.edition.sealed)


def print_manifest(pack: Pack, files: Mapping[str, bytes]) -> bytes:
    edition = pack.edition
    manifest = Manifest(
        as_of=edition.sealed,
        files={
            path: Listed(sha256=sha256(files[path]).hexdigest(), size=len(files[path]))
            for path in sorted(files)
        },
        format=FORMAT,
        mingdan=pack.version,
        origin=edition.origin,
        root=edition.root,
        size=edition.size,
        stream=pack.order.stream,
    )
    return printed(msgspec.to_builtins(manifest))


def pages_in(handle: str, imprint: Imprint) -> tuple[str, ...]:
    """The paths of an order's pages."""
    return tuple(path_of_order(handle, each, imprint.languages) for each in imprint.languages)
