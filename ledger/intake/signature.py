"""Statements in their party's own hand: signed where its key is kept, before anybody records them.

No workspace is needed: what is signed says everything itself, and is printed with all that was signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs, to_builtins

from mingdan.ledger.errors import Malformed, MalformedEntry, Misuse
from mingdan.ledger.fact import LEDGER, NAME
from mingdan.ledger.handle import stream_of
from mingdan.ledger.intake.statement import Said, Statement, about, claim_of
from mingdan.ledger.keeping.keys import key_at
from mingdan.ledger.keeping.vault import NewOrder, draw_order
from mingdan.ledger.market.signing import public_key, sign, signed_text
from mingdan.ledger.note import Signer
from mingdan.ledger.stream import is_order, is_stream

Line = dict[str, object]  # a statement as one object of JSON


def given(file: Path, party: str) -> Line:
    """The statement that gives a party's key, which is made (0600) where the file is not there.

    Raises Misuse where the key in it is another party's.
    """
    if party == LEDGER or re.fullmatch(NAME, party) is None:
        raise Misuse("no party has such a name", next_step="give --by the id of a party", by=party)
    key = public_key(_secret(key_at(file, party, party)))
    return {"by": party, "data": {"key": key}, "kind": "party.keyed", "party": party}


def signed(told: Sequence[Said], signer: Signer, now: int) -> Iterator[Line]:
    """Each statement with its signature, and with when it happens (ms UTC), which is `now` where left out.

    Raises MalformedEntry, naming the line, for what cannot be signed, or is not this party's to sign.
    """
    for line, statement in told:
        with about(line):
            yield _signed(statement, signer, now)


def _signed(statement: Statement, signer: Signer, now: int) -> Line:
    _check_own(statement, signer)
    claim = claim_of(statement, _order(statement), [])
    if claim.private:
        raise MalformedEntry(
            "private words are not signed: the ledger puts commitments in their place",
            next_step="leave them out, or send the fact unsigned",
            fields=", ".join(claim.private),
        )
    at = now if statement.at is None else statement.at
    text = signed_text(claim.stream, claim.by, claim.event, at, claim.basis)
    whole = structs.replace(statement, at=at, sig=sign(text, _secret(signer)))
    return {name: value for name, value in to_builtins(whole).items() if value not in (None, {})}


def _check_own(statement: Statement, signer: Signer) -> None:
    if statement.by != signer.name:
        raise MalformedEntry(
            "this key is another party's",
            next_step="sign with the key of whoever speaks",
            by=statement.by,
            key_of=signer.name,
        )
    if statement.sig is not None:
        raise MalformedEntry("this is signed already", next_step="record it as it is")


def _order(statement: Statement) -> dict[str, NewOrder]:
    """The order a statement names, by what all its parties know: its stream, or the handle in its link."""
    name = statement.order
    if name is None:
        return {}
    try:
        stream = name if is_stream(name) and is_order(name) else stream_of(name)
    except Malformed as error:
        raise MalformedEntry(
            "an order is signed for by its stream or its handle: other names are its platform's own",
            next_step="give what its link or its receipt says; one not placed yet has neither",
            order=name,
        ) from error
    return {name: draw_order()._replace(stream=stream)}


def _secret(signer: Signer) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(signer.seed)
