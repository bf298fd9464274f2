import pytest

from mingdan.ledger.errors import Malformed
from mingdan.ledger.event import Delivered, HopForwarded, Noted, Paid, Placed
from mingdan.ledger.intake.mapping import parse_mapping
from mingdan.ledger.intake.source import Row
from mingdan.ledger.intake.telling import Happening, Teller

DAY = 86_400_000
TABLE = """
[source]
name = "shop"
shape = "table"
format = "csv"
case = "order"
times = ["%Y-%m-%d"]
missing = ["n/a"]
[columns.placed]
times = ["%m/%d/%y", "%d-%b-%y"]
missing = ["never said"]
[[event]]
kind = "order.placed"
time = "placed"
without_time = "bound"
[event.fields]
platform = "shop"
merchant = { column = "vendor", as = "id", map = { "ACME Inc" = "acme" } }
tier = { column = "via", map = { "Direct Drop" = "direct-drop" } }
amount = { column = "price", as = "amount", scale = 2 }
qty = { column = "pieces", as = "integer", default = 1 }
order_no = { column = "order" }
due_at = { column = "due", as = "time" }
[[event]]
kind = "hop.forwarded"
time = "sent"
by = { column = "vendor", as = "id" }
fields = { to = "vendor", attempt = 1 }
[[event]]
kind = "delivery.delivered"
time = ["handed", "dropped"]
learned = { column = ["day", "hour"], join = " " }
fields.evidence = "source_record"
[columns.day]
times = ["%Y-%m-%d %H:%M"]
zone = "Asia/Shanghai"
"""
LOG = """
[source]
name = "shop"
shape = "log"
format = "jsonl"
case = ["document", "line"]
activity = "what"
time = "when"
learned = "told"
key = ["document", "n"]
[[event]]
activity = ["Pay", "Pay again"]
kind = "order.paid"
[[event]]
activity = "Stop"
kind = "order.cancelled"
fields = { by = "unknown", reason = { column = "why" } }
"""
EVENT = {"document": "7", "line": "1", "n": "3", "what": "Pay", "when": "1970-01-02", "told": "1970-01-03"}

SENT = {"order": "A-1", "vendor": "Abbott", "placed": "1/9/70", "sent": "1970-01-05"}


def told(mapping, **cells):
    return Teller(parse_mapping(mapping)).tell(Row(4, 5, cells))[1]


def test_a_logs_row_tells_one_fact():
    case, happenings = Teller(parse_mapping(LOG)).tell(Row(4, 5, EVENT))

    assert case == '["7","1"]'
    assert happenings == [Happening('shop key ["7","3"]', Paid(), {}, "shop", DAY, 2 * DAY)]


def test_several_activities_may_tell_the_same_kind():
    assert told(LOG, **EVENT | {"what": "Pay again"})[0].event == Paid()


def test_an_activity_without_an_event_is_noted_by_its_name():
    assert told(LOG, **EVENT | {"what": "Change Price"})[0].event == Noted(label="Change Price")


def test_an_activity_without_an_event_may_be_refused():
    with pytest.raises(Malformed, match="no event of the mapping tells"):
        told(LOG.replace('key = ["', 'otherwise = "refuse"\nkey = ["'), **EVENT | {"what": "Change Price"})


@pytest.mark.parametrize("lacking", ["document", "line", "n", "what", "when"])
def test_a_row_without_a_name_activity_or_time_is_refused(lacking):
    with pytest.raises(Malformed, match=lacking):
        told(LOG, **EVENT | {lacking: " "})


def test_a_field_that_the_kind_needs_and_the_row_lacks_is_refused():
    with pytest.raises(Malformed, match="missing required field `reason`"):
        told(LOG, **EVENT | {"what": "Stop", "why": ""})


def test_a_row_without_a_key_column_is_known_by_its_number():
    (happening,) = told(LOG.replace('key = ["document", "n"]', ""), **EVENT)

    assert happening.key == "shop row 4"


def test_a_tables_row_tells_a_fact_for_each_time_it_has():
    facts = told(
        TABLE, order="A-1", placed="1/2/70", sent="1970-01-03", handed="1970-01-04", vendor="ACME Inc"
    )

    assert [(each.key, each.by, each.at) for each in facts] == [
        ("shop row 4 order.placed", "shop", DAY),
        ("shop row 4 hop.forwarded", "acme-inc", 2 * DAY),
        ("shop row 4 delivery.delivered", "shop", 3 * DAY),
    ]


def test_an_event_whose_time_is_missing_is_left_out():
    (placed,) = told(TABLE, order="A-1", placed="2-Jan-70", sent="n/a", handed="")

    assert placed.event == Placed(platform="shop", qty=1)


def test_every_field_is_read_in_its_own_way():
    (placed,) = told(
        TABLE, order="A-1", placed="1/2/70", vendor="Orgenics, Ltd", via="Direct Drop", price="12.5",
        pieces="3", due="1970-01-08",
    )  # fmt: skip

    assert placed.event == Placed(
        platform="shop", merchant="orgenics-ltd", tier="direct-drop", amount=1250, qty=3, due_at=7 * DAY
    )


def test_private_fields_are_words_beside_the_event():
    (placed,) = told(TABLE, order="A-1", placed="1/2/70")

    assert placed.private == {"order_no": "A-1"}


def test_a_map_parts_what_a_rule_would_join():
    (placed,) = told(TABLE, order="A-1", placed="1/2/70", vendor="ACME Inc")

    assert placed.event.merchant == "acme"


def test_an_order_without_a_time_was_placed_by_the_earliest_of_its_row():
    placed, delivered = told(TABLE, order="A-1", placed="never said", handed="1970-01-04", due="1970-01-03")

    assert (placed.at, placed.event.bound) == (2 * DAY, True)
    assert (delivered.at, delivered.event) == (3 * DAY, Delivered(evidence="source_record"))


def test_a_time_that_is_known_is_no_bound():
    placed, _ = told(TABLE, order="A-1", placed="1/9/70", handed="1970-01-04")

    assert (placed.at, placed.event.bound) == (8 * DAY, False)


def test_a_row_without_any_time_is_refused():
    with pytest.raises(Malformed, match="no time is known"):
        told(TABLE, order="A-1", placed="never said")


def test_a_missing_time_may_refuse_the_row():
    with pytest.raises(Malformed, match=r"no time of order.placed \(column=placed\)"):
        told(TABLE.replace('"bound"', '"refuse"'), order="A-1", handed="1970-01-04")


def test_placed_goes_first_and_the_rest_by_time():
    facts = told(TABLE, **SENT, handed="1970-01-04")

    assert [type(each.event) for each in facts] == [Placed, Delivered, HopForwarded]


def test_ties_stay_in_the_order_of_the_mapping():
    facts = told(TABLE, **SENT, handed="1970-01-05")

    assert [type(each.event) for each in facts] == [Placed, HopForwarded, Delivered]


def test_the_first_column_that_has_a_time_tells_it():
    _, delivered = told(TABLE, order="A-1", placed="1/2/70", handed="", dropped="1970-01-06")

    assert delivered.at == 5 * DAY


def test_joined_columns_are_one_text():
    cells = {"order": "A-1", "placed": "1/2/70", "handed": "1970-01-06"}
    whole = told(TABLE, **cells, day="1970-01-07", hour="08:00")
    half = told(TABLE, **cells, day="1970-01-07", hour="n/a")

    assert (whole[1].learned, half[1].learned) == (6 * DAY, None)


def test_two_events_of_one_kind_have_keys_of_their_own():
    again = (
        TABLE + '[[event]]\nkind = "delivery.delivered"\ntime = "sent"\nfields.evidence = "source_record"\n'
    )
    facts = told(again, **SENT, handed="1970-01-04")

    assert {each.key.removeprefix("shop row 4 ") for each in facts} == {
        "order.placed", "hop.forwarded", "delivery.delivered", "delivery.delivered 2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "got", "why"),
    [
        ("placed", "2.1.70", "none of the formats"),
        ("price", "12.345", "more than 2 decimal places"),
        ("price", "dear", "not a decimal number"),
        ("via", "by mule", "does not list"),
    ],
)
def test_a_value_that_does_not_map_names_its_column_and_what_stood_there(column, got, why):
    cells = {"order": "A-1", "placed": "1/2/70"}
    with pytest.raises(Malformed, match=why) as refused:
        told(TABLE, **cells | {column: got})

    assert refused.value.evidence == {"column": column, "got": got}


@pytest.mark.parametrize(("column", "got"), [("price", "-3"), ("pieces", "0"), ("price", "9" * 16)])
def test_a_value_that_the_kind_does_not_allow_is_refused(column, got):
    with pytest.raises(Malformed, match="do not fit the kind"):
        told(TABLE, order="A-1", placed="1/2/70", **{column: got})


def test_whoever_speaks_must_have_an_id():
    spoken = TABLE.replace('by = { column = "vendor", as = "id" }', 'by = { column = "vendor" }')
    with pytest.raises(Malformed, match="no party's id"):
        told(spoken, order="A-1", placed="1/2/70", sent="1970-01-03", vendor="ACME Inc")


def test_markers_are_counted_once_a_cell():
    teller = Teller(parse_mapping(TABLE))
    for placed in ("never said", "n/a", "1/2/70", " n/a "):
        teller.tell(Row(1, 2, {"order": "A-1", "placed": placed, "handed": "1970-01-04"}))

    assert teller.missing == {"placed": {"never said": 1, "n/a": 2}}
