"""What every format keeps: each entry, byte for byte, and no word of the vault."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.claim import Signature
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS, PRIVATE
from mingdan.ledger.export.cells import FIELDS, cells, fields_of
from mingdan.ledger.stream import is_order

from .written import FORMATS, ORDER, exported, from_book, read_back, sealed

STREAMS = {"sku": "sku/card", "party": "party/kamao", "exception": "exception/x", "policy": "policy/p"}
YEARS = st.integers(-62_135_596_800_000, 253_402_300_799_999)  # 1 to 9999
SIG = Signature("A" * 86 + "==", "agent-east")


def of_kind(kind):
    room = kind.partition(".")[0]
    stream = STREAMS.get(room, "log" if room == "log" else ORDER)
    return st.tuples(st.just(stream), st.from_type(KINDS[kind]))


events = st.sampled_from(sorted(KINDS)).flatmap(of_kind)
more = st.fixed_dictionaries(
    {
        "at": YEARS,
        "learned": st.none() | YEARS,
        "basis": st.sampled_from([None, "observed", "backfill"]),
        "sig": st.sampled_from([None, SIG]),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25)
@given(st.data())
def test_every_entry_comes_back_byte_for_byte(folder, name, data):
    told = data.draw(st.lists(events, min_size=1, max_size=6))
    leaving = sealed(*told, **data.draw(more))
    kept = [each for each in leaving if name != "xes" or is_order(each.entry.stream)]

    back = read_back(folder, exported(name, leaving))

    assert back == [each.entry for each in kept]
    assert [each.leaf for each in back] == [each.entry.leaf for each in kept]


@pytest.mark.parametrize("name", FORMATS)
def test_text_that_xml_and_json_cannot_hold_as_it_is_comes_back(folder, name):
    odd = "\x00\x01\t\n\r\"'<&>\x7f\x85\u2028\ufffe\uffff\\ufffe \U0001f600 卡密"
    leaving = sealed((ORDER, e.Noted(label=odd)))

    (back,) = read_back(folder, exported(name, leaving))

    assert back.event == e.Noted(label=odd)


@pytest.mark.parametrize("name", ["cloudevents", "ocel2", "xes"])
@pytest.mark.parametrize("at", [-(2**53) + 1, 2**53 - 1])
def test_a_time_that_no_date_can_say_is_refused_with_its_position(name, at):
    with pytest.raises(Misuse, match="outside the years") as caught:
        exported(name, sealed((ORDER, e.Expired()), at=at))

    assert caught.value.evidence["position"] == 1
    assert "jsonl" in caught.value.next_step


@pytest.mark.parametrize("name", ["jsonl", "parquet"])
@pytest.mark.parametrize("at", [-(2**53) + 1, 2**53 - 1])
def test_lines_and_tables_carry_any_time(folder, name, at):
    (back,) = read_back(folder, exported(name, sealed((ORDER, e.Expired()), at=at)))

    assert back.at == at


@pytest.mark.parametrize("name", FORMATS)
def test_private_words_are_in_no_export(market, name):
    streams = {row.stream for rows in market.store.scan(0) for row in rows}
    kept = [words.words for told in market.vault.words_of(streams).values() for words in told]
    content = from_book(market, name)

    assert len(kept) > 100
    assert [words for words in kept if len(words) > 5 and words.encode() in content] == []


def test_one_field_has_one_form_in_every_kind():
    assert all(FIELDS[name] == form for kind in KINDS for name, form in fields_of(kind).items())


def test_cells_say_all_that_an_entry_says():
    (each,) = sealed((ORDER, e.Placed(platform="kamao", qty=2, due_at=5, bound=True)), sig=SIG)
    told = msgspec.json.decode(each.raw)

    found = {cell.name: cell.value for cell in cells(each)}

    assert found.pop("position") == 1
    assert found.pop("leaf") == each.entry.leaf.hex()
    nested = {f"data.{name}": value for name, value in told["data"].items()}
    nested |= {f"sig.{name}": value for name, value in told["sig"].items()}
    plain = {name: value for name, value in told.items() if name not in ("data", "sig", "v")}
    assert found == {name: value for name, value in (plain | nested).items() if value is not None}


def test_commitments_leave_as_they_stand(folder):
    assert PRIVATE[e.Paid] == ("payment",)
    paid = e.Paid(payment="0" * 64)

    for name in FORMATS:
        (back,) = read_back(folder, exported(name, sealed((ORDER, paid))))
        assert back.event == paid
