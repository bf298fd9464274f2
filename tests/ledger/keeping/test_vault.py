from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event, make_url

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import committed
from mingdan.ledger.entry import read
from mingdan.ledger.errors import NotFound, StoreConflict
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.keeping.alike import same_words
from mingdan.ledger.keeping.store import Taken
from mingdan.ledger.keeping.vault import Words, draw_order

from .scribe import draws, history, placed, record_history, stores_at


@pytest.fixture
def vault(stores):
    return stores.vault


@pytest.fixture
def order():
    return draw_order("xiaomai:no-1", draws("one"))


def contact(order, words="bao@example.org", seq=1):
    return Words(order.stream, seq, "contact", words)


def files_of(url):
    """Every byte that SQLite keeps of a vault: the database, its write-ahead log, its index."""
    folder = Path(make_url(url).database).parent
    return b"".join(path.read_bytes() for path in sorted(folder.glob("vault.db*")))


# keeping ------------------------------------------------------------------------------------------------
def test_an_order_is_found_by_its_stream_its_handle_and_its_name_at_the_source(vault, order):
    vault.keep([order], [])

    assert vault.find(order.stream) == vault.find(order.handle) == vault.find("xiaomai:no-1") == order
    assert vault.orders_of([order.stream, "order/other"]) == {order.stream: order}
    assert vault.by_handle([order.handle]) == {order.handle: order}
    assert vault.by_alias(["xiaomai:no-1", "xiaomai:no-2"]) == {"xiaomai:no-1": order}
    assert vault.secrets_of([order.stream]) == {order.stream: order.secret}


def test_looking_for_nothing_finds_nothing(vault, order):
    vault.keep([order], [])

    assert vault.orders_of([]) == vault.secrets_of([]) == vault.words_of([]) == {}


def test_an_unknown_name_is_refused_with_what_would_be_a_name(vault):
    with pytest.raises(NotFound) as refused:
        vault.find("nobody's order" * 50)

    assert refused.value.next_step
    assert len(refused.value.evidence["order"]) == 80


def test_keeping_again_after_a_crash_changes_nothing(vault, order):
    spoken = [contact(order), Words(order.stream, 1, "order_no", "no-1")]
    vault.keep([order], spoken)
    vault.keep([order], spoken)

    assert vault.words_of([order.stream]) == {order.stream: spoken}
    assert vault.find(order.stream) == order


def test_words_take_the_place_of_those_that_a_crash_left_without_an_entry(vault, order):
    vault.keep(
        [order], [contact(order), contact(order, "lost", seq=2), Words(order.stream, 2, "goods", "lost")]
    )
    vault.keep([], [Words(order.stream, 2, "message", "said")])

    assert vault.words_of([order.stream])[order.stream] == [
        contact(order),
        Words(order.stream, 2, "message", "said"),
    ]


def test_words_that_a_crash_left_without_an_entry_are_no_recipient(vault, order):
    vault.keep([order], [Words(order.stream, 1, "recipient", "lost")])

    with pytest.raises(NotFound) as refused:
        vault.recipient(order.stream, [])

    assert refused.value.next_step


def test_the_first_secret_of_an_order_stays(vault, order):
    vault.keep([order], [])
    vault.keep([order._replace(secret=b"another" * 5, alias="elsewhere")], [])

    assert vault.find(order.stream) == order


def test_a_name_at_the_source_stands_for_one_order(vault, order):
    vault.keep([order], [])
    other = draw_order(order.alias, draws("other"))

    with pytest.raises(Taken) as refused:
        vault.keep([draw_order("xiaomai:no-2", draws("two")), other], [contact(other)])

    assert isinstance(refused.value, StoreConflict)
    assert refused.value.next_step
    assert order.alias not in str(refused.value)
    assert (
        vault.orders_of([other.stream])
        == vault.by_alias(["xiaomai:no-2"])
        == vault.words_of([other.stream])
        == {}
    )


def test_orders_without_a_name_at_a_source_stand_beside_each_other(vault):
    two = [draw_order(None, draws(name)) for name in ("one", "two")]
    vault.keep(two, [])

    assert len(vault.orders_of(order.stream for order in two)) == 2


def test_drawn_orders_differ_and_the_link_alone_names_the_stream():
    one, two = draw_order(), draw_order()

    assert len({one.stream, two.stream, one.handle, two.handle, one.secret, two.secret}) == 6
    assert one.handle not in one.stream


@pytest.mark.slow
def test_more_orders_than_a_statement_takes_parameters_are_kept_and_found(vault):
    many = [draw_order(f"xiaomai:{number}", draws(str(number))) for number in range(70_000)]
    vault.keep(many, [])

    assert len(vault.orders_of(order.stream for order in many)) == 70_000


# alike --------------------------------------------------------------------------------------------------
def many(count):
    return [draw_order(f"xiaomai:{number}", draws(str(number))) for number in range(count)]


@pytest.mark.parametrize("field", ["contact", "recipient"])
def test_orders_with_the_same_words_are_found_for_each_that_is_asked_for(vault, field):
    one, two, three, other = many(4)
    said = [Words(each.stream, 1, field, "bao@example.invalid") for each in (one, two, three)]
    vault.keep([one, two, three, other], [*said, Words(other.stream, 1, field, "zhu@example.invalid")])

    assert same_words(vault, [one.stream, other.stream], field) == {
        one.stream: sorted([two.stream, three.stream])
    }


def test_the_same_words_in_another_field_are_not_the_same(vault):
    one, two = many(2)
    vault.keep([one, two], [contact(one, "13900000000"), Words(two.stream, 1, "recipient", "13900000000")])

    assert same_words(vault, [one.stream, two.stream], "contact") == {}
    assert same_words(vault, [one.stream, two.stream], "recipient") == {}


def test_an_order_that_says_the_same_words_twice_is_not_another(vault):
    one, two = many(2)
    vault.keep([one, two], [Words(one.stream, seq, "recipient", "player-7") for seq in (1, 2)])
    vault.keep([], [Words(two.stream, seq, "recipient", "player-7") for seq in (1, 4)])

    assert same_words(vault, [one.stream], "recipient") == {one.stream: [two.stream]}


def test_words_that_only_begin_alike_are_not_the_same(vault):
    one, two, three = many(3)
    long = "鲍" * 5000
    said = zip((one, two, three), (long + "x", long + "y", long + "x"), strict=True)
    vault.keep([one, two, three], [contact(order, words) for order, words in said])

    assert same_words(vault, [one.stream, two.stream], "contact") == {one.stream: [three.stream]}


def test_what_was_erased_counts_no_more(vault):
    one, two = many(2)
    vault.keep([one, two], [contact(one), contact(two)])
    vault.erase(two.stream)

    assert same_words(vault, [one.stream], "contact") == {}


def test_nobody_is_like_no_order(vault):
    assert same_words(vault, [], "contact") == same_words(vault, ["order/none"], "contact") == {}


def test_orders_alike_are_found_through_the_index(vault, database_url):
    orders = many(2000)
    vault.keep(orders, [contact(each, f"bao{number}@example.invalid") for number, each in enumerate(orders)])
    said = []

    def hear(_connection, _cursor, statement, parameters, *_):
        said.append((statement, parameters))

    event.listen(vault.engine, "before_cursor_execute", hear)
    same_words(vault, [orders[0].stream], "contact")
    explain = "EXPLAIN QUERY PLAN" if database_url.startswith("sqlite") else "EXPLAIN"
    statement, parameters = said[-1]
    with vault.engine.begin() as db:
        plan = repr(db.exec_driver_sql(f"{explain} {statement}", parameters).all())

    assert "words_of_contact" in plan


def test_a_vault_from_before_the_index_gets_it_when_it_is_made_again(vault, database_url):
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE tbl_name = 'words' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = 'words'",
    }[make_url(database_url).get_backend_name()]
    without_indexes(vault)
    vault.create()

    with vault.engine.begin() as db:
        assert {"words_of_contact", "words_of_recipient"} <= set(db.exec_driver_sql(names).scalars())


def test_a_vault_from_before_the_index_finds_and_erases_all_the_same(vault):
    one, two, three = many(3)
    without_indexes(vault)
    vault.keep([one, two, three], [contact(each) for each in (one, two, three)])
    vault.erase(two.stream)

    assert same_words(vault, [one.stream], "contact") == {one.stream: [three.stream]}


def without_indexes(vault):
    with vault.engine.begin() as db:
        for name in ("words_of_contact", "words_of_recipient"):
            db.exec_driver_sql(f"DROP INDEX {name}")


# erasing ------------------------------------------------------------------------------------------------
def test_an_erased_order_has_no_secret_no_words_and_no_name_at_the_source(vault, order):
    vault.keep([order], [contact(order)])
    vault.erase(order.stream)

    assert vault.words_of([order.stream]) == vault.secrets_of([order.stream]) == {}
    assert vault.by_alias([order.alias]) == {}
    assert vault.find(order.handle) == order._replace(secret=None, alias=None)


def test_erasing_one_order_leaves_the_others(vault, order):
    other = draw_order("xiaomai:no-2", draws("two"))
    vault.keep([order, other], [contact(order), contact(other)])
    vault.erase(order.stream)

    assert vault.words_of([order.stream, other.stream]) == {other.stream: [contact(other)]}
    assert vault.secrets_of([order.stream, other.stream]) == {other.stream: other.secret}


def test_erasing_twice_or_what_never_was_changes_nothing(vault, order):
    vault.keep([order], [contact(order)])
    for stream in (order.stream, order.stream, "order/never"):
        vault.erase(stream)

    assert vault.find(order.handle).secret is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("size", [1, 400, 3_000], ids=["short", "long", "over many pages"])
def test_no_byte_of_what_was_erased_is_left_in_the_files(vault, database_url, order, size):
    marks = [f"WORD{number:06}" for number in range(size)]
    kept = draw_order("xiaomai:no-2", draws("two"))
    vault.keep([order, kept], [contact(order, " ".join(marks)), contact(kept, "stays")])
    before = files_of(database_url)
    vault.erase(order.stream)
    after = files_of(database_url)

    assert order.secret in before
    assert marks[-1].encode() in before
    assert order.secret not in after
    assert order.alias.encode() not in after
    assert [mark for mark in marks if mark.encode() in after] == []
    assert kept.secret in after


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.slow
def test_no_byte_is_left_where_pages_of_an_index_were_split_and_merged(vault, database_url):
    orders = [draw_order(sha256(b"%d" % number).hexdigest(), draws(str(number))) for number in range(1500)]
    marks = {each.stream: sha256(each.secret).hexdigest() for each in orders}
    for start in range(0, len(orders), 100):
        some = orders[start : start + 100]
        vault.keep(some, [contact(each, marks[each.stream]) for each in some])
    erased = orders[::7]
    for each in erased:
        vault.erase(each.stream)
    left = files_of(database_url)

    assert [each for each in erased if marks[each.stream].encode() in left] == []
    assert [each for each in erased if each.alias.encode() in left] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_an_earlier_process_kept_is_erased_to_the_last_byte_too(database_url, stores, order):
    stores.vault.keep([order], [contact(order, "CARD-1-KEY")])
    stores.vault.close()
    with stores_at(database_url) as later:
        later.vault.erase(order.stream)

        assert b"CARD-1-KEY" not in files_of(database_url)
        assert order.secret not in files_of(database_url)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_erasure_that_a_reader_holds_up_says_so_and_is_finished_by_another(vault, database_url, order):
    vault.keep([order], [contact(order, "CARD-1-KEY")])
    vault.close()
    event.listen(vault.engine, "connect", lambda db, _: db.execute("PRAGMA busy_timeout = 50").close())
    with vault.reader.begin() as reader:
        reader.exec_driver_sql("SELECT * FROM words").all()
        with pytest.raises(StoreConflict) as held:
            vault.erase(order.stream)
    vault.erase(order.stream)

    assert held.value.next_step
    assert b"CARD-1-KEY" not in files_of(database_url)


def test_an_erasure_leaves_every_entry_as_it_was(stores):
    batches = history()
    record_history(stores, batches)
    before = list(stores.store.scan(0))
    for order in batches[0].new:
        stores.vault.erase(order.stream)

    assert list(stores.store.scan(0)) == before


def test_what_is_left_of_an_erased_order_does_not_open_its_commitments(stores, order):
    said = Claim(stream=order.stream, by="xiaomai", event=placed(), private={"contact": "bao@example.org"})
    stores.book().record([said], [order])
    (row,) = stores.store.rows_of([order.stream])
    stores.vault.erase(order.stream)
    left = stores.vault.find(order.handle)

    assert row.kind == KIND_OF[type(said.event)]
    assert read(row.entry, row.kind, row.leaf).event == committed(said.event, said.private, order.secret, 1)
    assert (left.secret, stores.vault.words_of([order.stream])) == (None, {})


def test_a_vault_is_used_again_after_it_was_closed(vault, order):
    with closing(vault):
        vault.keep([order], [])
    kept = vault.find(order.stream)

    assert kept == order
