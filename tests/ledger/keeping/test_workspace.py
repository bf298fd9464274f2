import logging
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import insert

from mingdan.ledger.errors import Malformed, Misuse, Unavailable, WrongWorkspace
from mingdan.ledger.keeping.epoch import Place, seal_epoch
from mingdan.ledger.keeping.schema import VERSION, ledger_version
from mingdan.ledger.keeping.workspace import (
    KEY,
    SETTINGS,
    TRUST,
    create_workspace,
    open_workspace,
    using_workspace,
    workspace_in,
)
from mingdan.ledger.note import to_base64

from ..told import epoch

ORIGIN = "orders.example.org/log"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request) -> str | None:
    """The workspace's `database` setting; none for the embedded stores."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def tell(place: Place):
    return epoch(place.covers, place.previous)


def make(folder, **more):
    with closing(create_workspace(folder, origin=ORIGIN, **more)) as workspace:
        seal_epoch(workspace.store, tell, clock=lambda: 1_780_000_000_000)
    return folder


def refused(folder, error=Unavailable, use=lambda workspace: seal_epoch(workspace.store, tell, after=1)):
    """The error of opening and using a workspace, when no file is changed by it."""
    before = files(folder)
    with pytest.raises(error) as raised, closing(open_workspace(folder)) as workspace:
        use(workspace)

    assert raised.value.next_step
    assert raised.value.exit_code in {2, 3}
    assert files(folder) == before
    return raised.value


def files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".db-wal", ".db-shm"}
    }


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# making -------------------------------------------------------------------------------------------------
def test_a_workspace_is_made_whole_and_opens(folder, database):
    make(folder, title='小麦 "live"', database=database)
    with closing(open_workspace(folder)) as workspace:
        assert workspace.settings.title == '小麦 "live"'
        assert workspace.signer().name == workspace.settings.origin == ORIGIN
        assert workspace.store.max_notification_id() == 1
        assert workspace.vault.orders_of(["order/none"]) == {}
        assert workspace.policies["default"].due_in == 86_400_000


def test_what_is_private_is_the_owners_alone(folder):
    make(folder)

    assert mode(folder / KEY) == 0o600
    assert mode(folder / SETTINGS) == 0o600  # it may name a password
    assert {mode(path) & 0o077 for path in folder.glob("vault.db*")} == {0}


def test_two_workspaces_have_different_keys(tmp_path):
    one, two = (make(tmp_path / name) for name in ("one", "two"))

    assert (one / KEY).read_bytes() != (two / KEY).read_bytes()


def test_the_key_is_never_printed_or_logged(folder, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    with closing(create_workspace(make(folder).parent / "other", origin=ORIGIN)) as workspace:
        signer = workspace.signer()
        said = [repr(workspace), repr(workspace.settings), repr(signer), str(signer), repr(signer.key)]
        with pytest.raises(Misuse) as over_existing:
            create_workspace(workspace.folder, origin=ORIGIN)
    told = "".join(
        [*said, repr(over_existing.value), str(over_existing.value), caplog.text, *capfd.readouterr()]
    )

    assert [secret for secret in shapes(signer) if secret in told] == []


def shapes(signer):
    """A key as it could be given away."""
    return signer.secret, to_base64(signer.seed), signer.seed.hex(), repr(signer.seed)


def test_a_workspace_is_never_made_over_another(folder, database):
    make(folder, database=database)
    before = files(folder)

    with pytest.raises(Misuse) as refusal:
        create_workspace(folder, origin="other.example.org", database=database)

    assert refusal.value.next_step
    assert files(folder) == before


def test_a_workspace_that_a_crash_left_without_settings_is_made_again_under_its_key(folder, database):
    make(folder, database=database)
    key = (folder / KEY).read_bytes()
    (folder / SETTINGS).unlink()
    with closing(create_workspace(folder, origin=ORIGIN, database=database)) as workspace:
        assert workspace.store.max_notification_id() == 1
    assert (folder / KEY).read_bytes() == key


def test_a_key_is_not_written_over_for_another_origin(folder):
    make(folder)
    (folder / SETTINGS).unlink()
    before = files(folder)

    with pytest.raises(Misuse) as refusal:
        create_workspace(folder, origin="other.example.org")

    assert refusal.value.evidence == {"origin": ORIGIN}
    assert files(folder) == before


def test_a_ledger_does_not_go_on_under_a_second_key(tmp_path, postgres_url):
    make(tmp_path / "first", database=postgres_url)

    with pytest.raises(Misuse) as refusal:
        create_workspace(tmp_path / "second", origin=ORIGIN, database=postgres_url)

    assert KEY in refusal.value.next_step
    assert not (tmp_path / "second" / KEY).exists()
    assert not (tmp_path / "second" / SETTINGS).exists()


def test_what_half_a_workspace_left_behind_is_no_workspace(folder):
    make(folder)
    (folder / SETTINGS).rename(folder / f"{SETTINGS}.new")

    assert "init" in refused(folder, WrongWorkspace).next_step


ORIGINS = [
    "",
    "https://a.example",
    "a.example/",
    "A.example",
    "a b",
    "a+b",
    "-a",
    "a/",
    "a//b",
    "明单.example",
    "a\n",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_is_an_address_without_scheme_and_slash(folder, origin):
    with pytest.raises(Misuse) as refusal:
        create_workspace(folder, origin=origin)

    assert refusal.value.next_step
    assert not folder.exists()


@pytest.mark.parametrize("database", ["nonsense", "sqlite:///x.db", "mysql://h/d", "postgresql://h/d", ""])
def test_only_postgresql_through_its_driver_stands_in_for_the_embedded_stores(folder, database):
    with pytest.raises(Misuse) as refusal:
        create_workspace(folder, origin=ORIGIN, database=database)

    assert refusal.value.next_step
    assert not folder.exists()


@example('\x7f\x00"\\\n')
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_title_is_kept_as_it_was_given(title):
    with TemporaryDirectory() as name:
        folder = Path(name) / "workspace"
        with closing(create_workspace(folder, origin=ORIGIN, title=title)) as workspace:
            assert workspace.settings.title == title


# opening ------------------------------------------------------------------------------------------------
def test_where_there_is_no_workspace_the_next_step_is_to_make_one(folder):
    with pytest.raises(WrongWorkspace) as refusal:
        open_workspace(folder)

    assert "init" in refusal.value.next_step
    assert not folder.exists()


def settings(text):
    return lambda folder: (folder / SETTINGS).write_bytes(text)


GOOD = b'version = 4\norigin = "a.example"\n'
BROKEN = {
    "no TOML": settings(b"version = "),
    "no text": settings(b"\xff\xfe"),
    "no origin": settings(b"version = 4\n"),
    "no version": settings(b'origin = "a.example"\n'),
    "an unknown setting": settings(GOOD + b"colour = 1\n"),
    "a setting of the wrong type": settings(GOOD + b"title = 7\n"),
    "an unknown policy field": settings(GOOD + b'[[policy]]\nid = "x"\ndue = 1\n'),
    "another database": settings(GOOD + b'database = "mysql://h/d"\n'),
    "no database URL": settings(GOOD + b'database = "nonsense"\n'),
    "another driver": settings(GOOD + b'database = "postgresql://h/d"\n'),
    "a newer version": settings(b'version = 5\norigin = "a.example"\n'),
    "an empty file": settings(b""),
    "a folder for a file": lambda folder: ((folder / SETTINGS).unlink(), (folder / SETTINGS).mkdir()),
    "no ledger": lambda folder: (folder / "ledger.db").unlink(),
    "no vault": lambda folder: (folder / "vault.db").unlink(),
    "an empty ledger": lambda folder: (folder / "ledger.db").write_bytes(b""),
    "a ledger that is none": lambda folder: (folder / "ledger.db").write_bytes(b"order,paid\n" * 5000),
    "a torn ledger": lambda folder: os.truncate(folder / "ledger.db", 5000),
}


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN)
def test_a_broken_workspace_is_named_with_a_next_step_and_left_as_it_is(folder, breaks):
    breaks(make(folder))

    refused(folder, (Unavailable, Malformed))


def test_a_vault_that_is_empty_is_named(folder):
    (make(folder) / "vault.db").write_bytes(b"")

    error = refused(folder, use=lambda workspace: workspace.vault.find("anything"))

    assert "backup" in error.next_step


def made_by(folder, *versions):
    """The ledger of this workspace as other versions leave it: no row of what they note can be changed."""
    with closing(open_workspace(folder)) as workspace, workspace.store.engine.begin() as db:
        ledger_version.drop(db)
        ledger_version.create(db)
        db.execute(insert(ledger_version), [{"version": version} for version in versions])


def test_a_ledger_of_another_version_is_named(folder, database):
    make(folder, database=database)
    made_by(folder, VERSION + 1)

    assert refused(folder, WrongWorkspace).evidence == {"expected": VERSION, "got": VERSION + 1}


def test_a_ledger_made_by_two_versions_is_of_neither(folder):
    make(folder)
    made_by(folder, 0, VERSION)

    refused(folder, WrongWorkspace)


def test_a_server_that_does_not_answer_is_named(folder):
    make(folder)
    settings(GOOD + b'database = "postgresql+psycopg://mingdan@127.0.0.1:1/none"\n')(folder)

    assert "start the database" in refused(folder).next_step


def test_a_database_that_is_not_there_is_named(folder, postgres_url):
    make(folder)
    elsewhere = f"{postgres_url}_elsewhere".encode()
    settings(GOOD + b'database = "' + elsewhere + b'"\n')(folder)

    assert SETTINGS in refused(folder).next_step


def test_an_error_names_no_password(folder):
    make(folder)
    settings(GOOD + b'database = "postgresql+psycopg://mingdan:geheim@127.0.0.1:1/none"\n')(folder)
    error = refused(folder)

    assert "geheim" not in repr(error) + str(error) + str(error.__cause__)


def test_a_trust_policy_that_is_none_is_named_with_its_line(folder):
    (make(folder) / TRUST).write_text("# whom we ask\nwitness w\n")

    error = refused(folder, Malformed, use=lambda workspace: workspace.trust())

    assert (error.evidence["file"], error.evidence["line"]) == (folder / TRUST, 2)


def test_before_the_first_publication_there_is_no_site(folder):
    make(folder)

    error = refused(folder, Misuse, use=lambda workspace: workspace.published())

    assert "mingdan publish" in error.next_step


# the key --------------------------------------------------------------------------------------------------
def use_key(workspace):
    workspace.signer()


DAMAGES = {
    "empty": lambda _: b"",
    "cut": lambda key: key[:-9],
    "binary": lambda _: bytes(range(256)),
    "no key": lambda _: b"-----BEGIN PRIVATE KEY-----\n",
    "another's id": lambda key: key.replace(key.split(b"+")[3], b"00000000"),
}


def test_a_key_that_is_gone_is_named(folder):
    (make(folder) / KEY).unlink()

    refused(folder, use=use_key)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_key_is_named_and_not_repeated(folder, damage):
    path = make(folder) / KEY
    key = path.read_bytes()
    path.write_bytes(damage(key))
    error = refused(folder, use=use_key)

    assert key.split(b"+", 4)[4].decode().strip()[:20] not in repr(error) + str(error) + str(error.__cause__)


def test_a_key_with_any_byte_changed_does_not_sign_as_it_did(folder):
    path = make(folder) / KEY
    key = path.read_bytes().rstrip()
    with closing(open_workspace(folder)) as workspace:
        ours = workspace.signer().key
        for place in range(len(key)):
            path.write_bytes(key[:place] + bytes([key[place] ^ 1]) + key[place + 1 :])
            with suppress(Unavailable):  # a changed name or kind is another key, anything else none
                assert workspace.signer().key != ours


# a folder that may not be written ---------------------------------------------------------------------------
@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that every account may look into, as the tests' own may not be."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name) / "workspace"


@contextmanager
def unprivileged(folder):
    """Nothing may be written, and nobody is root, who may write anyway."""
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("running", [False, True], ids=["alone", "beside a writer"])
def test_a_folder_that_may_not_be_written_is_named_and_nothing_is_changed(open_to_all, running):
    make(open_to_all)
    with closing(open_workspace(open_to_all)) as beside:
        if not running:
            beside.close()
        with unprivileged(open_to_all):
            error = refused(open_to_all)

    assert "writ" in error.next_step


def test_keys_and_trust_are_read_where_nothing_may_be_written(open_to_all):
    make(open_to_all)
    with unprivileged(open_to_all), closing(workspace_in(open_to_all)) as workspace:
        assert workspace.trust().logs[0].key.name == ORIGIN
        assert workspace.receipt_signer().name == f"{ORIGIN}/receipts"


def test_what_the_machine_refuses_names_the_place_of_the_stores(open_to_all):
    make(open_to_all)
    with unprivileged(open_to_all), pytest.raises(Unavailable) as refusal, using_workspace(open_to_all):
        pass

    assert refusal.value.evidence == {"workspace": open_to_all}


def test_a_folder_that_may_not_be_written_takes_no_new_workspace(open_to_all):
    open_to_all.mkdir()
    with unprivileged(open_to_all), pytest.raises(Unavailable) as refusal:
        create_workspace(open_to_all / "below", origin=ORIGIN)

    assert "writ" in refusal.value.next_step
    assert list(open_to_all.iterdir()) == []


def test_a_workspace_is_moved_by_moving_its_folder(folder, tmp_path):
    make(folder)
    shutil.move(folder, tmp_path / "elsewhere")
    with closing(open_workspace(tmp_path / "elsewhere")) as workspace:
        assert workspace.store.max_notification_id() == 1
