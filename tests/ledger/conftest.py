"""How Hypothesis draws facts and entries: `st.from_type` of a kind, of a union of kinds, or of `Entry`.

Each strategy is read off the type itself, so that a new kind or field is searched without being named here.
Names, hashes and half of the numbers come from small pools, so that what happens to an order meets again.
"""

from base64 import b64encode
from typing import get_args

import msgspec.inspect as mi
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.event import KINDS
from mingdan.ledger.fact import Currency, Hash, Id, Millis
from mingdan.ledger.market.party import PublicKey

from .told import STREAM, leaf

LEAVES = [leaf(number) for number in range(24)]
NAMES = ["buyer", "kamao", "agent-east", "brand", "0", "a" * 64, "z._-9"]
LABELS = ['\x00\x1f\b\t\n\f\r"\\/\x7f', "\u2028\ufeff\ufffd", "卡密 \U0001f600", "x" * 200]
PATTERNS = {
    mi.type_info(Id).pattern: st.sampled_from(NAMES),
    mi.type_info(Hash).pattern: st.sampled_from(LEAVES).map(bytes.hex),
    mi.type_info(Currency).pattern: st.sampled_from(["CNY", "USD"]),
    mi.type_info(PublicKey).pattern: st.binary(min_size=32, max_size=32).map(b64encode).map(bytes.decode),
}


def values(kind: mi.Type) -> st.SearchStrategy:
    match kind:
        case mi.IntType(ge=low, le=high):
            return st.integers(max(low, 1), 9) | st.integers(low, high)
        case mi.StrType(pattern=str(pattern)):
            return PATTERNS[pattern]
        case mi.StrType(min_length=1):
            return st.sampled_from(LABELS) | st.text(min_size=1, max_size=9)
        case mi.LiteralType(values=literals):
            return st.sampled_from(literals)
        case mi.BoolType():
            return st.booleans()
        case mi.NoneType():
            return st.none()
        case mi.UnionType(types=types):
            return st.one_of([values(each) for each in types])
        case mi.StructType(cls=struct):
            return st.builds(struct, **fields(struct))
        case mi.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=3).map(tuple)
        case mi.TupleType(item_types=items):
            return st.tuples(*map(values, items))
    raise TypeError(f"no strategy for {kind}")


def optional(field: mi.Field) -> st.SearchStrategy:
    return values(field.type) if field.required else st.just(field.default) | values(field.type)


def fields(fact: type) -> dict[str, st.SearchStrategy]:
    return {field.name: optional(field) for field in mi.type_info(fact).fields}


TELLING = [  # what a status turns on is drawn more often
    e.Placed,
    e.Paid,
    e.PaidLate,
    e.RiskHeld,
    e.HopForwarded,
    e.HopUncertain,
    e.Delivered,
    e.RefundPaid,
    e.Disavowed,
    e.Notified,
]

for fact in KINDS.values():
    st.register_type_strategy(fact, st.builds(fact, **fields(fact)))

millis = values(mi.type_info(Millis))
st.register_type_strategy(
    Entry,
    st.builds(
        Entry,
        at=millis,
        basis=st.sampled_from([None, "observed", "backfill"]),
        by=values(mi.type_info(Id)),
        event=st.sampled_from([*get_args(e.OrderEvent), *TELLING * 5]).flatmap(st.from_type),
        leaf=st.sampled_from(LEAVES),
        learned=st.none() | millis,
        prev=st.none(),
        recorded=millis,
        seq=st.integers(1, 9),
        stream=st.just(STREAM),
    ),
)
