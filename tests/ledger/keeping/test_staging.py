"""A publication on its way, on a real disk; crashes between its steps are in the site's own tests."""

import pytest

from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.keeping.staging import Manifest, Staging

MANIFEST = Manifest(previous=0, size=2, last="log/checkpoint", note=b"note", deletes=["log/outgrown"])
TOO_LONG = "n" * 300  # more than a name may have on any file system we know


@pytest.fixture
def staging(tmp_path):
    found = Staging(tmp_path / "staging", tmp_path / "site")
    found.begin()
    return found


@pytest.fixture
def published(staging):
    """A site with a page, a checkpoint and a file that the next publication outgrows."""
    for path in ("page.html", "log/checkpoint", "log/outgrown"):
        (staging.site / path).parent.mkdir(parents=True, exist_ok=True)
        (staging.site / path).write_bytes(b"old")
    return staging


def test_only_what_differs_from_the_site_is_staged(published):
    staged = [published.offer("page.html", content) for content in (b"old", b"new")]

    assert staged == [False, True]
    assert (published.count, published.read("page.html")) == (1, b"new")
    assert (published.site / "page.html").read_bytes() == b"old"


def test_a_file_is_read_as_the_site_will_have_it(published):
    published.write("log/checkpoint", b"new")

    assert [published.read(path) for path in ("log/checkpoint", "page.html")] == [b"new", b"old"]
    assert [published.holds(path) for path in ("page.html", "other.html")] == [True, False]


def test_what_is_complete_is_moved_in_and_what_is_outgrown_goes(published):
    published.write("log/checkpoint", b"new")
    published.complete(MANIFEST)

    assert published.pending() == MANIFEST
    published.apply(MANIFEST)
    assert {path.name: path.read_bytes() for path in published.site.rglob("*") if path.is_file()} == {
        "page.html": b"old", "checkpoint": b"new",
    }  # fmt: skip
    assert published.pending() is None


def test_a_file_that_is_nowhere_is_named(staging):
    with pytest.raises(Unavailable, match="missing") as refused:
        staging.read("log/tile/0/000")

    assert refused.value.evidence == {"path": "log/tile/0/000"}
    assert refused.value.next_step


USES = {
    "read": lambda staging, path: staging.read(path),
    "offered": lambda staging, path: staging.offer(path, b"new"),
    "written": lambda staging, path: staging.write(path, b"new"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("path", ["log", TOO_LONG], ids=["a folder in its place", "a name too long"])
def test_what_the_disk_refuses_is_our_error_with_the_file_and_what_to_do(published, path, use):
    (published.root / "files" / "log").mkdir()

    with pytest.raises(Unavailable) as refused:
        use(published, path)

    assert str(refused.value.evidence["path"]).endswith(path)
    assert refused.value.next_step


def test_a_question_that_the_disk_refuses_is_our_error_too(published):
    with pytest.raises(Unavailable, match="cannot be read"):
        published.holds(TOO_LONG)


@pytest.mark.parametrize("content", [b"", b"{", b'{"previous": 0}', b"\xff"])
def test_a_damaged_manifest_is_named_and_nothing_is_moved(published, content):
    (published.root / "manifest").write_bytes(content)

    with pytest.raises(Unavailable, match="damaged") as refused:
        published.pending()

    assert "publish again" in refused.value.next_step


def test_a_manifest_that_cannot_be_read_is_named(staging):
    (staging.root / "manifest").mkdir()

    with pytest.raises(Unavailable, match="cannot be read"):
        staging.pending()


def test_there_is_one_publisher_at_a_time_and_the_next_may_follow(staging):
    other = Staging(staging.root, staging.site)

    with staging.locked(), pytest.raises(StoreConflict, match="another publisher"), other.locked():
        pass
    with other.locked():
        other.write("page.html", b"new")

    assert staging.read("page.html") == b"new"


def test_a_lock_that_cannot_be_taken_is_named(tmp_path):
    (tmp_path / "publish.lock").mkdir()

    with (
        pytest.raises(Unavailable, match="cannot be published"),
        Staging(tmp_path / "staging", tmp_path / "site").locked(),
    ):
        pass
