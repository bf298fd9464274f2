"""The gate in a process of its own: what no request in one process can show."""

from __future__ import annotations

import asyncio
import json
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import copytree
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import httpx
import pytest

from mingdan.ledger.entry import parse
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.gate.listening import bound
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.workspace import using_workspace

from .trading import PLACED

pytestmark = pytest.mark.slow
MEBIBYTE = 1 << 20
ORDER = json.dumps(PLACED | {"order": "my-7"}).encode()


class Running:
    """A server in a process, and the key of the shop."""

    def __init__(self, folder: Path, seconds: float, grace: float = 20.0) -> None:
        self.folder = folder
        with using_workspace(folder) as workspace:
            key, self.key = draw_key("shop", (), now_ms())
            KeyRing(workspace.vault).add(key)
        script = Path(__file__).with_name("gatekeeper.py")
        command = [sys.executable, script, folder, str(seconds), str(grace)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r":([0-9]+)/", self.process.stdout.readline())[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}

    def peak(self) -> int:
        """The most memory that it ever had, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmHWM:\s+([0-9]+) kB", status)[1])

    def connected(self, body: bytes, length: int) -> socket.socket:
        """A connection that has sent the head of a request, and so much of its body."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        sent = f"POST /v1/orders HTTP/1.1\r\nHost: gate\r\n{head}Content-Length: {length}\r\n\r\n"
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(sent.encode() + body)
        return connection

    def reluctant(self, count: int, asked: int = 40) -> list[socket.socket]:
        """Connections that ask for much, and of which nobody reads."""
        sent = b"GET /openapi.json HTTP/1.1\r\nHost: gate\r\n\r\n" * asked
        found = []
        for _ in range(count):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.settimeout(30)
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(sent)
            found.append(connection)
        return found

    def kinds(self) -> list[str]:
        with using_workspace(self.folder) as workspace:
            return [parse(row.entry).kind for rows in workspace.store.scan(0) for row in rows]


@pytest.fixture(scope="module")
def patient(founded, tmp_path_factory) -> Iterator[Running]:
    running = Running(copytree(founded, tmp_path_factory.mktemp("patient") / "w"), 1.0)
    yield running
    running.process.kill()
    running.process.communicate()


def zeros(mebibytes: int) -> Iterator[bytes]:
    for _ in range(mebibytes):
        yield bytes(MEBIBYTE)


@pytest.mark.parametrize("length", [{}, {"Content-Length": str(100 * MEBIBYTE)}])
def test_a_hundred_mebibytes_are_refused_and_never_held(patient, length):
    httpx.post(f"{patient.url}/v1/orders", content=ORDER, headers=patient.headers)
    before = patient.peak()

    answer = httpx.post(f"{patient.url}/v1/orders", content=zeros(100), headers=patient.headers | length)

    assert answer.status_code == 413
    assert patient.peak() - before < 16 * MEBIBYTE


def test_more_than_was_announced_is_not_read_as_part_of_it(patient):
    before = patient.peak()
    with patient.connected(ORDER, len(ORDER)) as connection, suppress(OSError):
        for each in zeros(100):
            connection.sendall(each)

    assert patient.peak() - before < 16 * MEBIBYTE
    assert httpx.get(f"{patient.url}/readyz").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/orders", 413), ("/v1/receipts/none", 405), ("/none", 404)]
)
def test_a_hundred_mebibytes_in_one_piece_are_answered_where_all_is_sent_first(patient, path, status):
    before = patient.peak()
    asked = Request(f"{patient.url}{path}", bytes(100 * MEBIBYTE), patient.headers)

    with pytest.raises(HTTPError) as refused:
        urlopen(asked)
    refused.value.close()

    assert refused.value.code == status
    assert patient.peak() - before < 16 * MEBIBYTE


def test_a_body_that_no_route_takes_is_not_passed_over_for_ever(patient):
    head = f"GET /healthz HTTP/1.1\r\nHost: gate\r\nContent-Length: {300 * MEBIBYTE}\r\n\r\n".encode()
    sent = 0
    with socket.create_connection(("127.0.0.1", patient.port), timeout=30) as connection:
        connection.sendall(head)
        answer = connection.recv(100_000)
        with suppress(OSError):
            for each in zeros(300):
                connection.sendall(each)
                sent += 1

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert sent < 200


def test_a_short_body_that_no_route_takes_is_passed_over_and_the_next_request_answered(patient):
    with httpx.Client(base_url=patient.url) as client:
        answers = [client.request("GET", "/healthz", content=bytes(MEBIBYTE // 2)) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4


@pytest.mark.parametrize("path", ["/v1/orders", "/healthz", "/nothing"])
def test_a_request_that_says_its_length_twice_is_refused_and_hung_up_on(patient, path):
    head = f"POST {path} HTTP/1.1\r\nHost: gate\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: gate\r\n\r\n"
    with socket.create_connection(("127.0.0.1", patient.port), timeout=30) as connection:
        connection.sendall(head.encode() + smuggled)
        answer = b"".join(iter(lambda: connection.recv(100_000), b""))

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("sent", [b"", b"POST /v1/ev", b"POST /v1/orders HTTP/1.1\r\nHost: gate\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_hung_up_on(patient, sent):
    with socket.create_connection(("127.0.0.1", patient.port), timeout=30) as connection:
        connection.sendall(sent)

        assert connection.recv(100) == b""


def test_a_body_that_does_not_come_is_hung_up_on(patient):
    with patient.connected(ORDER[:10], len(ORDER)) as connection:
        assert connection.recv(100) == b""


def test_answers_that_nobody_reads_are_hung_up_on_and_requests_after_them_not_worked_on(patient):
    before = answered(patient)
    connections = patient.reluctant(5)
    gone = [is_cut_off(each) for each in connections]

    assert gone == [True] * 5
    assert answered(patient) - before < 5 * 10


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the other end gives a connection up soon, whatever waits in it; closes it."""
    with connection:
        poll = select.poll()
        poll.register(connection, 0)
        return bool(poll.poll(10_000))


def answered(running: Running) -> float:
    """How many requests the description was asked for in."""
    told = httpx.get(f"{running.url}/metrics").text
    counts = re.findall(r'^mingdan_requests_total\{.*"/openapi.json".*\} (.+)$', told, re.MULTILINE)
    return sum(map(float, counts))


def test_who_reads_late_but_reads_has_every_answer(patient):
    (connection,) = patient.reluctant(1, 10)
    with connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        said = b""
        while said.count(b"HTTP/1.1 200 ") < 10 or not said.endswith(b"}"):
            said += connection.recv(20_000)

    assert said.count(b"HTTP/1.1 200 ") == 10


def test_what_is_no_http_is_refused_in_the_same_form_as_all_else(patient):
    with socket.create_connection(("127.0.0.1", patient.port), timeout=30) as connection:
        connection.sendall(b"\x16\x03\x01 nothing\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(100_000), b""))

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Content-Type: application/problem+json\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "/docs#malformed"


def test_an_answer_is_sent_without_delay():
    async def delays() -> bool:
        """Whether a server of asyncio would hold back what it answers until more is acknowledged."""
        accepted = asyncio.get_running_loop().create_future()
        with bound("127.0.0.1", 0) as listening:
            server = await asyncio.start_server(lambda _, writer: accepted.set_result(writer), sock=listening)
            _, client = await asyncio.open_connection(*listening.getsockname())
            writer = await accepted
            held = not writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for each in (client, writer, server):
                each.close()
        return held

    assert not asyncio.run(delays())


def test_told_to_end_it_answers_what_it_has_begun_takes_no_more_and_waits_for_no_reader(founded, tmp_path):
    running = Running(copytree(founded, tmp_path / "w"), 30.0, 1.0)
    unread = running.reluctant(5)
    with running.connected(ORDER[:10], len(ORDER)) as connection:
        while "under_way 7.0" not in httpx.get(f"{running.url}/metrics").text:  # those, and this question
            pass
        running.process.send_signal(signal.SIGTERM)
        while accepts(running.port):
            pass
        connection.sendall(ORDER[10:])
        answer = connection.recv(100_000)
    said, errors = running.process.communicate(timeout=20)

    assert answer.startswith(b"HTTP/1.1 201 ")
    assert (running.process.returncode, errors) == (0, "")
    assert 201 in [json.loads(line)["status"] for line in said.splitlines()]
    assert running.kinds()[-1] == "order.placed"
    assert [is_cut_off(each) for each in unread] == [True] * 5


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except OSError:
        return False
    return True
