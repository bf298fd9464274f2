"""An epoch commits to the map and the figures; whoever finishes it later tells the same."""

import re
from contextlib import closing
from hashlib import sha256

import pytest
from sqlalchemy import update

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import TRUST, Workspace, create_workspace, open_workspace
from mingdan.ledger.map import Head, key_of, root_of, verify_absence, verify_presence
from mingdan.ledger.map_tile import look_up, path_of, reachable
from mingdan.ledger.note import parse_note
from mingdan.ledger.source import Folder
from mingdan.ledger.stream import LOG
from mingdan.projections import views
from mingdan.projections.rulebook import rulebook
from mingdan.projections.views import open_views
from mingdan.site.auditing.audit import audit
from mingdan.site.publish import publish

END = 1_793_491_200_000
DAY = 86_400_000


@pytest.fixture
def workspace(tmp_path):
    with closing(create_workspace(tmp_path / "w", origin="sealing.example/log")) as made:
        simulate(made.book(), 12, 3, end=END)
        yield made


def epochs(workspace: Workspace):
    return [entry for row in rows(workspace) if (entry := parse(row.entry)).stream == LOG]


def rows(workspace: Workspace):
    return [row for some in workspace.store.scan(0) for row in some]


def heads(workspace: Workspace, covers: int) -> dict[bytes, bytes]:
    """Where every stream ends, told from the rows one by one."""
    return {
        key_of(row.stream): Head(row.seq, row.position - 1, row.leaf).value
        for row in rows(workspace)
        if row.position <= covers
    }


def tile(workspace: Workspace):
    return lambda node: (workspace.site / "log" / path_of(node)).read_bytes()


def grown_twice(workspace: Workspace) -> None:
    publish(workspace, clock=lambda: END)
    simulate(workspace.book(), 9, 4, end=END + 40 * DAY)
    publish(workspace, clock=lambda: END + 41 * DAY)


def test_an_epoch_commits_to_where_every_stream_ends(workspace):
    grown_twice(workspace)

    first, second = epochs(workspace)
    for entry in (first, second):
        ends = heads(workspace, entry.event.covers)
        assert entry.event.map == root_of(sorted(ends.items())).hex()
        assert entry.event.streams == len(ends)
    assert key_of(LOG) in heads(workspace, second.event.covers)
    assert key_of(LOG) not in heads(workspace, first.event.covers)


def test_the_published_tiles_prove_every_stream_and_no_other(workspace):
    grown_twice(workspace)
    event = epochs(workspace)[-1].event
    root = bytes.fromhex(event.map)

    for key, value in heads(workspace, event.covers).items():
        found, proof = look_up(root, key, tile(workspace))
        assert found == value
        verify_presence(root, key, value, proof)
    found, proof = look_up(root, key_of("order/" + "0" * 64), tile(workspace))
    assert found is None
    verify_absence(root, key_of("order/" + "0" * 64), proof)


def test_an_epoch_commits_to_the_published_figures_and_rules(workspace):
    grown_twice(workspace)
    entry = epochs(workspace)[-1]
    figures = (workspace.site / "log" / "statistics.json").read_bytes()

    assert entry.event.statistics.sha256 == sha256(figures).hexdigest()
    assert entry.event.site == sha256((workspace.site / "v1/site.json").read_bytes()).hexdigest()
    assert entry.event.statistics.size == entry.event.covers
    assert entry.event.rules == sha256(rulebook("Asia/Shanghai")).hexdigest()
    assert (workspace.site / "log" / "reducer.txt").read_bytes() == rulebook("Asia/Shanghai")
    assert f'"as_of":{entry.recorded}'.encode() in figures


def test_only_the_tiles_of_the_last_two_epochs_are_kept(workspace):
    for day in range(1, 5):
        publish(workspace, clock=lambda: END + day * DAY, refresh=True)  # noqa: B023
    roots = [bytes.fromhex(entry.event.map) for entry in epochs(workspace)]
    held = {path.name for path in (workspace.site / "log" / "map").rglob("*") if path.is_file()}

    needed = {node.hex() for root in roots[-2:] for node in reachable(root, tile(workspace))}
    assert held == needed
    assert len({*roots}) == 4


def test_an_epoch_without_news_makes_the_log_fresh_again(workspace):
    publish(workspace, clock=lambda: END)
    again = publish(workspace, clock=lambda: END + DAY, refresh=True)

    assert (again.entries, again.sealed) == (1, END + DAY)
    assert again.size == epochs(workspace)[-1].event.covers + 1


def test_views_that_lead_elsewhere_publish_nothing(workspace):
    def stopped(step: str) -> None:
        if step == "epoch-sealed":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        publish(workspace, clock=lambda: END, reached=stopped)
    engine = open_views(workspace.url("views"))
    with engine.begin() as db:
        db.execute(update(views.delays).values(due_at=1))
    engine.dispose()

    with pytest.raises(Broken) as refused:
        publish(workspace, clock=lambda: END)
    assert refused.value.next_step
    assert not (workspace.site / "log" / "checkpoint").exists()


def test_an_unchanged_tree_keeps_its_checkpoint(workspace):
    first = publish(workspace, clock=lambda: END)
    note = (workspace.site / "log" / "checkpoint").read_bytes()
    again = publish(workspace, clock=lambda: END + DAY // 2)

    assert not again.changed
    assert (workspace.site / "log" / "checkpoint").read_bytes() == note
    assert parse_note(note)[0].split("\n")[1] == str(first.size)


def test_settings_that_changed_are_sealed_in_an_epoch_of_their_own(workspace, tmp_path):
    publish(workspace, clock=lambda: END)
    settings = tmp_path / "w" / "mingdan.toml"
    settings.write_text('title = "其他"\n' + re.sub(r"(?m)^title.*\n", "", settings.read_text()))
    with closing(open_workspace(tmp_path / "w")) as changed:
        again, once_more = (publish(changed, clock=lambda: END + DAY) for _ in range(2))

        assert (again.entries, once_more.changed) == (1, False)
        assert len({each.event.site for each in epochs(changed)}) == 2


def test_an_epoch_sealed_under_other_settings_is_followed_by_another(workspace, tmp_path):
    with pytest.raises(RuntimeError):
        publish(workspace, clock=lambda: END, reached=died_after("epoch-sealed"))
    (tmp_path / "w" / TRUST).write_text(f"log {workspace.signer().key} https://a.example\nquorum none\n")
    with closing(open_workspace(tmp_path / "w")) as changed:
        published = publish(changed, clock=lambda: END + DAY)

        assert published.size == epochs(changed)[-1].event.covers + 1
        assert [each.event.previous is None for each in epochs(changed)] == [True, False]
        assert audit(Folder(changed.site), changed.trust()).findings == []


def died_after(step: str):
    def reached(name: str) -> None:
        if name == step:
            raise RuntimeError(name)

    return reached
