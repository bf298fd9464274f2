"""How much of bodies is held at once: of all keys, of one, and of each whatever others send."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.letter import SHORT, Lectern
from mingdan.ledger.gate.mailbag import FREE, Mailbag
from mingdan.ledger.gate.problem import Declined, problem, wait_of

from .trading import LIST, opened


def test_so_much_of_a_key_is_held_and_of_another_key_as_much_again():
    bag = Mailbag(room=1000, share=100)
    with bag.opened("a") as first, bag.opened("a") as second, bag.opened("b") as other:
        first(60)
        second(40)
        other(100)
        with pytest.raises(Declined) as refused:
            second(1)

    assert (problem(refused.value).status, wait_of(refused.value)) == (429, 1_000)


def test_so_much_is_held_of_all_keys_and_a_little_more_of_each():
    bag = Mailbag(room=4 * FREE, share=4 * FREE)
    with bag.opened("a") as first, bag.opened("b") as other:
        first(4 * FREE)
        other(FREE)
        with pytest.raises(Unavailable) as refused:
            other(1)

    assert (problem(refused.value).status, wait_of(refused.value)) == (503, 1_000)


def test_what_is_answered_makes_room():
    bag = Mailbag(room=100, share=100)
    for _ in range(3):
        with bag.opened("a") as first, bag.opened("a") as second:
            first(60)
            with pytest.raises(Declined):
                second(60)

    with bag.opened("a") as take:
        take(100)


def test_a_body_that_is_too_much_of_its_key_is_refused_on_both_ways_in(founded, tmp_path, monkeypatch):
    monkeypatch.setattr("mingdan.ledger.gate.window.Mailbag", partial(Mailbag, share=100))
    with opened(founded, tmp_path / "w") as market:
        answers = [market.tell(b"[" + b" " * 98 + b"]", kind=LIST), market.tell(b" " * 101, kind=LIST)]
        answers.append(market.ask("POST", "/v1/orders", content=b" " * 101))

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert answers[-1].headers["retry-after"] == "1"


def test_long_bodies_are_read_one_after_another_and_short_ones_at_once():
    reading, most = 0, 0

    def read() -> None:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        time.sleep(0.005)
        reading -= 1

    async def all_of_them() -> bool:
        lectern = Lectern()
        long = [asyncio.create_task(lectern.read(b" " * (SHORT + 1), read)) for _ in range(4)]
        await asyncio.sleep(0)
        await lectern.read(b"", lambda: None)
        waited = any(not each.done() for each in long)
        await asyncio.gather(*long)
        return waited

    assert asyncio.run(all_of_them())
    assert most == 1
