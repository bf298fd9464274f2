"""Somebody else's verifier: the Go project's note and tlog packages, built once from main.go."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent
PACKAGE = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
OFFLINE = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GO111MODULE": "on"}


@pytest.fixture(scope="session")
def go_accepts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """Check a folder with `checkpoint`, `vkey` and `tile/`: exit 0 and a line on stdout, or 1 and why."""

    @cache
    def program() -> Path:
        if shutil.which("go") is None or not PACKAGE.is_dir():
            pytest.fail("no Go: apt-get install golang-go golang-golang-x-mod-dev", pytrace=False)
        folder = tmp_path_factory.mktemp("outside")
        shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        own = {"GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path")}
        command = ["go", "build", "-o", folder / "outside", "."]
        environment = os.environ | OFFLINE | own
        built = subprocess.run(
            command, cwd=folder / "source", env=environment, check=False, capture_output=True, text=True
        )
        if built.returncode:
            pytest.fail(f"go build: {built.stderr.strip()}", pytrace=False)
        return folder / "outside"

    def check(log: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program(), log], check=False, capture_output=True, text=True)

    return check
