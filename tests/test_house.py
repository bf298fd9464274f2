"""The house rules that a machine can check: where imports point, how names, functions and modules look."""

import ast
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "ledger": {"ledger"},
    "projections": {"ledger", "projections"},
    "site": {"ledger", "projections", "site"},
    "client": {"ledger"},
    "cli": {"ledger", "projections", "site", "client"},
}
NAMES_THAT_SAY_NOTHING = re.compile(
    "(test_)?(common|data|handler|helper|info|manager|processor|service|util)s?"
)
FUNCTION_LINES = 40
MODULE_LINES = 250
ARCHITECTURE_LINES = 120


def modules(room: str) -> list[Path]:
    return sorted([*ROOT.glob(f"{room}.py"), *(ROOT / room).rglob("*.py")])


def every_module() -> list[Path]:
    return [path for room in MAY_IMPORT for path in modules(room)]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), path)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Dotted names; `from mingdan import site` counts as `mingdan.site`."""
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names, level):
                yield from (f"{'.' * level}{module or ''}.{alias.name}" for alias in names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def says_why_it_is_long(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    signature = path.read_text().splitlines()[function.lineno - 1 : function.body[0].lineno - 1]
    reason = re.compile(r"\blong: \S")
    return bool(
        reason.search(ast.get_docstring(function) or "")
        or any(reason.search(comment) for line in signature for comment in line.split("#")[1:])
    )


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_room_is_empty(room):
    assert modules(room)


def test_every_module_says_why_it_exists():
    written = [path for path in every_module() if path.read_text()]

    assert [shown(path) for path in written if not ast.get_docstring(parsed(path))] == []


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_one_way(room):
    ours = re.compile(r"mingdan\.(\w+)|(\.)")
    found = [(shown(path), name, ours.match(name)) for path in modules(room) for name in imports(path)]
    wrong = [(path, name) for path, name, hit in found if hit and hit[1] not in MAY_IMPORT[room]]

    assert wrong == []


def test_one_module_of_the_ledger_knows_the_eventsourcing_library():
    knowing = [
        shown(path)
        for path in every_module()
        if any(name.split(".")[0] == "eventsourcing" for name in imports(path))
    ]

    assert len(knowing) == 1, knowing
    assert knowing[0].startswith("ledger/")


def test_names_are_nouns_of_the_domain():
    scripts = [*every_module(), *(ROOT / "bench").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    vague = [
        shown(path)
        for path in scripts
        if any(map(NAMES_THAT_SAY_NOTHING.fullmatch, path.relative_to(ROOT).with_suffix("").parts))
    ]

    assert vague == []


def test_functions_fit_on_a_screen_or_say_why_not():
    long = [
        f"{shown(path)}:{function.lineno} {function.name}"
        for path in every_module()
        for function in functions(path)
        if function.end_lineno - function.lineno >= FUNCTION_LINES and not says_why_it_is_long(path, function)
    ]

    assert long == []


def test_modules_are_short_or_say_why_not():
    long = [
        shown(path)
        for path in every_module()
        if len(path.read_text().splitlines()) > MODULE_LINES
        and not re.search(r"\bLong: \S", ast.get_docstring(parsed(path)) or "")
    ]

    assert long == []


def test_the_architecture_is_read_in_one_sitting():
    for path in ROOT.glob("ARCHITECTURE.md"):
        assert len(path.read_text().splitlines()) <= ARCHITECTURE_LINES


def test_nothing_is_left_for_later():
    unfinished = re.compile("TO" + "DO|FIX" + "ME")
    scripts = [*every_module(), *(ROOT / "bench").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]

    assert [shown(path) for path in scripts if unfinished.search(path.read_text())] == []


def test_the_standard_library_keeps_its_own_site():
    command = [sys.executable, "-c", "import site; print(site.__file__)"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert Path(found.strip()).parent == Path(sysconfig.get_path("stdlib"))


def test_every_package_is_listed_for_the_wheel():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(ROOT) for path in every_module()}
    folders -= {folder for folder in folders if "migrations" in folder.parts}  # files that Alembic reads

    assert sorted(listed) == sorted(".".join(["mingdan", *folder.parts]) for folder in folders)


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    groups = [project["project"]["dependencies"], *extras, *project["dependency-groups"].values()]
    wanted = {re.match(r"[\w-]+", requirement)[0].lower() for group in groups for requirement in group}
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))

    assert wanted - locked == set()


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_rooms(tmp_path):
    files = [path for room in MAY_IMPORT for path in (ROOT / room).rglob("[!.]*") if path.is_file()]
    wanted = {shown(path) for path in [*files, *modules("cli"), *modules("client")] if path.suffix != ".pyc"}

    names = built_wheel(tmp_path).namelist()

    assert {name.removeprefix("mingdan/") for name in names if name.startswith("mingdan/")} == wanted


def built_wheel(tmp_path: Path) -> ZipFile:
    """Built from a copy, since setuptools packs what an earlier build left beside the sources."""
    beside = ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "demo", "tests", "bench")
    source = copytree(ROOT, tmp_path / "source", ignore=beside)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={tmp_path}"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    return ZipFile(wheel)
