"""The bell: a loop is woken once for many answers, and each comes to who waits for it."""

import asyncio
from concurrent.futures import CancelledError, Future
from threading import Thread

import pytest

from mingdan.ledger.errors import NotFound
from mingdan.ledger.intake.bell import heard


def elsewhere(do) -> None:
    """Done by another thread, to its end."""
    thread = Thread(target=do)
    thread.start()
    thread.join()


def test_a_loop_is_woken_once_for_all_that_came_while_it_did_not_listen(monkeypatch):
    async def all_of_them():
        loop = asyncio.get_running_loop()
        wakings = []
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *told: (wakings.append(told), wake(*told)))
        answers = [Future() for _ in range(5)]
        waiting = [heard(answer) for answer in answers]
        elsewhere(lambda: [answer.set_result(number) for number, answer in enumerate(answers)])
        return await asyncio.gather(*waiting), len(wakings)

    assert asyncio.run(all_of_them()) == ([0, 1, 2, 3, 4], 1)


def test_what_comes_after_it_listened_wakes_it_again():
    async def one_after_another():
        told = []
        for number in range(3):
            answer = Future()
            waiting = heard(answer)
            elsewhere(lambda answer=answer, number=number: answer.set_result(number))
            told.append(await waiting)
        return told

    assert asyncio.run(one_after_another()) == [0, 1, 2]


def test_an_answer_that_was_there_already_is_heard():
    async def late():
        answer = Future()
        answer.set_result("there")
        return await heard(answer)

    assert asyncio.run(late()) == "there"


def test_a_refusal_is_raised_where_it_is_waited_for():
    async def refused():
        answer = Future()
        waiting = heard(answer)
        elsewhere(lambda: answer.set_exception(NotFound("no such order")))
        await waiting

    with pytest.raises(NotFound):
        asyncio.run(refused())


def test_who_gives_up_takes_the_question_back():
    async def given_up():
        answer = Future()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard(answer), 0.001)
        return answer

    with pytest.raises(CancelledError):
        asyncio.run(given_up()).result(0)


def test_an_answer_that_nobody_waits_for_any_more_disturbs_nobody():
    async def both():
        left, kept = Future(), Future()
        left.set_running_or_notify_cancel()  # begun: it cannot be taken back
        gone, waiting = heard(left), heard(kept)
        gone.cancel()
        elsewhere(lambda: (left.set_result("late"), kept.set_result("heard")))
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(both()) == "heard"


def test_an_answer_after_the_end_of_its_loop_is_nobody_s(caplog):
    async def left():
        answer = Future()
        answer.set_running_or_notify_cancel()
        heard(answer)
        return answer

    asyncio.run(left()).set_result("late")

    assert caplog.records == []  # where a callback's error would be told
