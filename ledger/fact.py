"""What every fact is made of: the forms of names, numbers, times and hashes, and the struct they share."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

LEDGER = "ledger"  # the name under which the ledger speaks for itself
BUYER: Final = "buyer"  # the name of whoever an order is for: nobody is registered under it
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
DIGEST = r"[0-9a-f]{64}"
Int = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Millis = Int  # milliseconds since 1970-01-01T00:00Z; the past reaches before it
Id = Annotated[str, Meta(pattern=rf"\A{NAME}\Z")]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Hash = Annotated[str, Meta(pattern=rf"\A{DIGEST}\Z")]
Commitment = Hash
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]


class Fact(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """What every kind shares: immutable, strict, printed without defaults."""
