import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import pairwise, takewhile

import httpx
import pytest

from mingdan.ledger.note import Signature, VerifierKey
from mingdan.ledger.witness.memory import MEMORY, STEPS, create_witness
from mingdan.ledger.witness.request import SIZE_TYPE, Request
from mingdan.ledger.witness.serving import MAX_BODY, application

from .attending import attending
from .growing import FOLLOWS, FORKED, HONEST, ORIGIN, WITNESS


@pytest.fixture
def address(witness, folder):
    witness.close()
    with attending(folder) as url:
        yield url


@pytest.fixture(scope="module")
def at_three(tmp_path_factory):
    """The address of a witness that cosigned three entries, and itself, for tests that leave it there."""
    folder = tmp_path_factory.mktemp("at-three")
    made = create_witness(folder, name=WITNESS.name, policy=FOLLOWS)
    with closing(made), attending(folder) as url:
        assert post(url, HONEST.request(0, 3)).status_code == 200
        yield url, made


def post(address, request):
    body = request.print() if isinstance(request, Request) else request
    return httpx.post(f"{address}/add-checkpoint", content=body, verify=False)


def test_a_cosignature_is_one_line_that_verifies(address, witness):
    answer = post(address, HONEST.request(0, 3))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    signature = Signature.parse(answer.text)
    assert witness.signer.key.verify(HONEST.checkpoint(3).text, signature.payload) > 1_700_000_000


def test_a_log_that_does_not_know_is_told_the_size_and_goes_on_from_there(address):
    post(address, HONEST.request(0, 3))
    told = post(address, HONEST.request(0, 7))

    assert (told.status_code, told.headers["content-type"], told.content) == (409, SIZE_TYPE, b"3\n")
    assert post(address, HONEST.request(int(told.text), 7)).status_code == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (Request(0, (), b"not a note"), 400),
        (Request(9, (), HONEST.note(3)), 400),
        (Request(0, (), HONEST.note(3).replace(b"orders", b"others")), 404),
        (Request(0, (), HONEST.note(3).replace(b"\n3\n", b"\n4\n")), 403),
        (HONEST.request(2, 3), 409),
        (FORKED.request(3, 3), 409),
        (FORKED.request(3, 7), 422),
        (b"x" * MAX_BODY, 400),
        (b"x" * (MAX_BODY + 1), 413),
        ((b"x" * 1000 for _ in range(2000)), 413),
    ],
)
def test_what_is_declined_is_said_in_text_and_nothing_is_kept(at_three, request_, status):
    address, witness = at_three
    answer = post(address, request_)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/")
    assert answer.text.strip()
    assert witness.memory.latest(ORIGIN).size == 3


def test_anyone_can_ask_who_the_witness_is(at_three):
    address, witness = at_three
    vkey = httpx.get(f"{address}/vkey").text
    introduced = httpx.get(f"{address}/")

    assert vkey.endswith("\n")
    assert VerifierKey.parse(vkey.strip()) == witness.signer.key
    assert introduced.headers["content-type"] == "text/plain; charset=utf-8"
    assert introduced.text == f"witness {WITNESS.name}\nvkey {vkey}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/add-checkpoint", 405),
        ("PUT", "/add-checkpoint", 405),
        ("POST", "/vkey", 405),
        ("POST", "/add-checkpoint/", 307),
        ("GET", "/keys/witness.key", 404),
    ],
)
def test_nothing_else_is_served(at_three, method, path, status):
    assert httpx.request(method, at_three[0] + path).status_code == status


def test_a_witness_that_cannot_keep_answers_503_and_does_not_sign(address, folder):
    with closing(sqlite3.connect(folder / MEMORY, isolation_level=None)) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON cosigned BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
        answer = post(address, HONEST.request(0, 3))
        db.execute("DROP TRIGGER full")

    assert answer.status_code == 503
    assert "not kept" in answer.text
    assert post(address, HONEST.request(0, 3)).status_code == 200


def test_a_log_that_hangs_up_midway_is_no_trouble_of_the_witness(witness):
    heard = [{"type": "http.request", "body": b"old 0\n", "more_body": True}, {"type": "http.disconnect"}]
    scope = {"type": "http", "method": "POST", "path": "/add-checkpoint", "headers": [], "query_string": b""}
    said = []

    async def receive():
        return heard.pop(0)

    async def send(message):
        said.append(message)

    asyncio.run(application(witness)(scope, receive, send))

    assert said[0]["status"] == 400
    assert witness.memory.latest(ORIGIN).size == 0


# kill -9 --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_witness_never_cosigns_a_fork_of_what_it_may_have_told(witness, folder, step):
    witness.close()
    held = {"judged": 0, "kept": 7}[step]
    with attending(folder) as address:
        assert post(address, HONEST.request(0, 3)).status_code == 200
    with attending(folder, step) as address, pytest.raises(httpx.TransportError):
        post(address, HONEST.request(3, 7))

    with attending(folder) as address:
        assert post(address, FORKED.request(3, 7)).status_code == (409 if held else 422)
        assert post(address, FORKED.request(7, 7)).status_code == 409
        assert post(address, HONEST.request(held or 3, 7)).status_code == 200
        assert post(address, FORKED.request(7, 9)).status_code == 422


# two processes --------------------------------------------------------------------------------------------
def test_two_processes_on_one_memory_never_go_back(witness, folder):
    """Every step forward was made from where another one ended: a rollback would be made twice."""
    witness.close()
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        addresses = [stack.enter_context(attending(folder)) for _ in range(2)]
        racers = [(address, stride) for address in addresses for stride in (1, 3)]
        made = [step for steps in pool.map(lambda racer: climbed(*racer), racers) for step in steps]

    steps = sorted(step for step in made if step[0] != step[1])
    assert [0, *(new for _, new in steps)] == [*(old for old, _ in steps), witness.memory.latest(ORIGIN).size]
    assert all(before[1] == after[0] for before, after in pairwise(steps))
    assert steps[-1][1] >= 60


def climbed(address, stride):
    """The steps that one log server made in a race to size 60, always from the size it was told last."""
    held, made = 0, []
    while held < 60:
        answer = post(address, HONEST.request(held, held + stride))
        if answer.status_code == 200:
            made.append((held, held + stride))
            held += stride
        else:
            assert answer.status_code == 409
            held = int(answer.text)
    return made


def test_of_two_stories_told_at_once_only_one_is_cosigned(witness, folder):
    witness.close()
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        addresses = [stack.enter_context(attending(folder)) for _ in range(2)]
        told = list(pool.map(cosigned_sizes, addresses, (HONEST, FORKED)))

    assert sorted(map(len, told)) == [0, 20]


def cosigned_sizes(address, story):
    """The sizes at which a story was cosigned, told one entry at a time until it is declined."""
    sizes = range(3, 23)
    answers = (post(address, story.request(size - 1 if size > 3 else 0, size)) for size in sizes)
    return [
        size
        for size, _ in zip(sizes, takewhile(lambda answer: answer.status_code == 200, answers), strict=False)
    ]
