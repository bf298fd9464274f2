"""A round of sending, to a receiver over real HTTP."""

from __future__ import annotations

import asyncio
import socket

import pytest
from standardwebhooks import Webhook

from mingdan.ledger import event as e
from mingdan.ledger.entry import parse
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.notice.filling import fill
from mingdan.ledger.notice.ladder import LADDER, Answer
from mingdan.ledger.notice.outbox import Outbox
from mingdan.ledger.notice.post import Call, calling, post
from mingdan.ledger.notice.seal import printed_secret
from mingdan.ledger.tree import leaf_hash

from .receiver import NOON


class Killed(BaseException):
    pass


async def sent_and_killed(client, call: Call) -> Answer:
    await post(client, call)
    raise Killed


async def sent(call: Call, patience: float = 15) -> Answer:
    async with calling() as client:
        return await post(client, call, patience)


def test_an_entry_is_told_whole_and_the_reference_library_believes_it(shop, receiver):
    shop.now = now_ms()  # the library asks the machine's own clock
    endpoint = shop.endpoint(receiver.url)
    stream = shop.place("no-7")

    done = shop.courier().run()

    (heard,) = receiver.heard
    (row,) = shop.workspace.store.rows_of([stream])
    told = Webhook(printed_secret(endpoint.secret)).verify(heard.body, heard.headers)
    assert (done.taken, done.refused) == (1, 0)
    assert told["type"] == "mingdan.order.placed"
    assert told["data"]["leaf"] == row.leaf.hex() == leaf_hash(row.entry).hex()
    assert row.entry in heard.body
    assert parse(row.entry).stream == told["data"]["entry"]["stream"] == stream
    assert heard.id == f"{endpoint.id}_{row.leaf.hex()}"
    assert heard.headers["content-type"] == "application/json"


def test_an_order_goes_by_its_own_name_to_its_platform_and_to_nobody_else(shop, receiver):
    shop.endpoint(receiver.url, "shop")
    shop.endpoint(receiver.url, "store")
    shop.place("no-7")

    shop.courier().run()

    assert sorted(each.told["data"].get("order", "") for each in receiver.heard) == ["", "no-7"]
    assert not any(b"player-0000" in each.body or b"A-0007" in each.body for each in receiver.heard)


def test_the_outbox_holds_no_word_of_an_order_and_an_erased_one_is_told_without_its_name(shop, receiver):
    shop.endpoint(receiver.url)
    stream = shop.place("no-7")
    receiver.answer(500)
    shop.courier().run()
    shop.workspace.vault.erase(stream)
    shop.now += LADDER[1]

    shop.courier().run()

    before, again = receiver.heard
    assert before.id == again.id
    assert (before.told["data"]["order"], again.told["data"].get("order")) == ("no-7", None)


def test_only_the_kinds_that_were_asked_for_are_told_and_no_imported_history(shop, receiver):
    shop.endpoint(receiver.url, "shop", "order.paid", "hop")
    stream = shop.place("no-7")
    shop.tell(stream, e.Paid(amount=4980))
    shop.tell(stream, e.HopForwarded(attempt=1, to="east"))
    old = shop.place("no-6", at=NOON - 86_400_000, basis="backfill")
    shop.tell(old, e.Paid(amount=4980), at=NOON - 86_400_000, basis="backfill")

    shop.courier().run()

    assert receiver.kinds() == ["mingdan.order.paid", "mingdan.hop.forwarded"]


def test_what_was_recorded_before_an_endpoint_was_made_is_not_told(shop, receiver):
    stream = shop.place("no-7")
    shop.endpoint(receiver.url)
    shop.tell(stream, e.Paid(amount=4980))

    shop.courier().run()

    assert receiver.kinds() == ["mingdan.order.paid"]


def test_who_is_killed_after_sending_sends_the_same_again_under_the_same_id(shop, receiver):
    shop.endpoint(receiver.url)
    shop.place("no-7")
    with pytest.raises(Killed):
        shop.courier(send=sent_and_killed).run()

    shop.courier().run()
    shop.courier().run()

    assert len(receiver.heard) == 2
    assert len({each.id for each in receiver.heard}) == 1
    assert len({each.body for each in receiver.heard}) == 1


def test_a_failure_is_tried_again_when_the_ladder_says_and_not_before(shop, receiver):
    shop.endpoint(receiver.url)
    shop.place("no-7")
    receiver.answer(500)
    shop.courier().run()
    shop.now += LADDER[1] - 1
    shop.courier().run()
    assert len(receiver.heard) == 1
    shop.now += 1

    done = shop.courier().run()

    assert (done.taken, len(receiver.heard)) == (1, 2)
    assert shop.endpoints.all()[0].failing is None


def test_an_endpoint_that_never_answers_is_given_up_at_the_end_of_the_ladder_and_resumes_after_a_test(
    shop, receiver
):
    endpoint = shop.endpoint(receiver.url)
    shop.place("no-7")
    for wait in LADDER:
        receiver.answer(500)
        shop.now += wait
        done = shop.courier().run()
    given_up = shop.endpoints.find(endpoint.id)
    shop.now += LADDER[-1]
    shop.place("no-8")

    assert [each.reason for each in done.stopped] == ["unanswered"]
    assert (given_up.failing, given_up.stopped) == (NOON, NOON + sum(LADDER))
    assert shop.courier().run().taken == 0
    assert len(receiver.heard) == len(LADDER)
    assert shop.courier().try_out(given_up).taken
    assert shop.courier().run().taken == 2


def test_an_endpoint_that_is_gone_is_stopped_at_once(shop, receiver):
    endpoint = shop.endpoint(receiver.url)
    shop.place("no-7")
    shop.place("no-8")
    receiver.answer(410)

    shop.courier().run()
    shop.courier().run()

    assert len(receiver.heard) == 1
    assert shop.endpoints.find(endpoint.id).reason == "gone"


def test_who_asks_for_time_is_asked_nothing_more_in_that_round_and_given_the_time(shop, receiver):
    shop.endpoint(receiver.url)
    shop.place("no-7")
    shop.place("no-8")
    receiver.answer(429, Retry_After="3600")

    shop.courier().run()
    assert len(receiver.heard) == 1
    shop.courier().run()
    shop.now += 3_600_000 - 1
    assert shop.courier().run().taken == 0
    shop.now += 1
    assert shop.courier().run().taken == 1


def test_one_endpoint_that_fails_holds_up_no_other_and_one_notice_no_other(shop, receiver):
    shop.endpoint("http://127.0.0.1:1/", "store")  # where nobody listens
    shop.endpoint(receiver.url, "shop")
    shop.place("no-7")
    shop.place("no-8")
    receiver.answer(400)

    done = shop.courier().run()

    assert (done.taken, done.refused, len(receiver.heard)) == (1, 2, 2)


def test_a_redirect_is_not_followed(shop, receiver):
    shop.endpoint(receiver.url)
    shop.place("no-7")
    receiver.answer(302, Location=receiver.url)

    done = shop.courier().run()

    assert (done.taken, len(receiver.heard)) == (0, 1)


def test_an_answer_without_end_is_not_read_to_its_end(receiver):
    receiver.answer(200, b"a" * 1_000_000)

    assert asyncio.run(sent(Call(receiver.url, {}, b"{}", private=True))).taken


def test_a_receiver_that_says_nothing_is_waited_for_only_so_long():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        call = Call(f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, b"{}", private=True)
        assert asyncio.run(sent(call, patience=0.05)) == Answer("no answer in time")


@pytest.mark.parametrize("url", ["{url}", "http://localhost:{port}/"])
def test_no_connection_is_made_into_our_own_network_unless_that_was_allowed(receiver, url):
    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    there = url.format(url=receiver.url, port=port)

    assert asyncio.run(sent(Call(there, {}, b"{}"))) == Answer("not a public address")
    assert receiver.heard == []
    assert asyncio.run(sent(Call(there, {}, b"{}", private=True))).taken


def test_the_receiver_sees_the_name_and_the_whole_path_of_its_address(receiver):
    there = receiver.url.replace("127.0.0.1", "localhost")

    asyncio.run(sent(Call(there, {}, b"{}", private=True)))

    assert receiver.heard[0].headers["host"] == there.split("/")[2]


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_in_whatever_batches_the_log_is_read_the_same_is_told(shop, batch):
    endpoint, outbox = shop.endpoint("https://shop.example/hook", "east"), Outbox(shop.workspace.vault)
    for number in range(3):
        stream = shop.place(f"no-{number}")
        shop.tell(stream, e.Paid(amount=4980))
        shop.tell(stream, e.HopForwarded(attempt=1, to="east"))
        shop.tell(stream, e.HopAccepted(), by="east")

    fill(shop.workspace.store, outbox, [endpoint], dict, NOON, batch)

    assert [each.position for each in outbox.due(endpoint, NOON, 100)] == [3, 4, 7, 8, 11, 12]


def test_a_ledger_that_was_restored_from_before_goes_on_being_told(shop, receiver):
    endpoint = shop.endpoint(receiver.url)
    Outbox(shop.workspace.vault).put({endpoint: [1, 5]}, 7, NOON)  # of a log that had seven entries
    shop.place("no-7")

    shop.courier().run()
    shop.tell(shop.place("no-8"), e.Paid(amount=4980))
    shop.courier().run()

    assert receiver.kinds() == ["mingdan.order.placed", "mingdan.order.placed", "mingdan.order.paid"]
