"""What a site says of itself: with it and the log anybody prints the very same pages."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.policy import Policy

PATH = "v1/site.json"


class Imprint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The settings that pages are printed from, none of them secret. `fresh_within` is seconds."""

    contact: str = ""
    fresh_within: int
    intake: str = ""
    languages: tuple[str, ...]
    origin: str
    policy: tuple[Policy, ...]
    receipts: str  # the key that receipts are checked with
    title: str
    trust: str  # the keys that the site itself goes by, as a tlog-policy
    zone: str

    @property
    def policies(self) -> dict[str, Policy]:
        return {policy.id: policy for policy in self.policy}


def imprint_of(workspace: Workspace) -> Imprint:
    settings = workspace.settings
    return Imprint(
        contact=settings.contact,
        fresh_within=settings.fresh_within,
        intake=settings.intake,
        languages=settings.languages,
        origin=settings.origin,
        policy=settings.policy,
        receipts=str(workspace.receipt_signer().key),
        title=settings.title,
        trust=workspace.trust().print().decode(),
        zone=settings.zone,
    )


def imprint_hash(imprint: Imprint) -> str:
    """The SHA-256 (hex) of what is published of it, as epochs carry it."""
    return sha256(print_imprint(imprint)).hexdigest()


def print_imprint(imprint: Imprint) -> bytes:
    return _ENCODE(imprint)


def parse_imprint(content: bytes) -> Imprint:
    """Accepts exactly what `print_imprint` prints. Raises MalformedProof."""
    try:
        imprint = _DECODE(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedProof("not a site's imprint", reason=str(error)) from error
    if print_imprint(imprint) != content:
        raise MalformedProof("not the canonical form of this imprint", bytes=len(content))
    return imprint


_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Imprint).decode
