"""Publishing with witnesses: real ones, in processes of their own."""

import socket
from contextlib import closing, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from mingdan.ledger.errors import Broken
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import TRUST, create_workspace
from mingdan.ledger.quorum import Group, Log, TrustPolicy, Witness, accept
from mingdan.ledger.timeline import check
from mingdan.ledger.witness.memory import create_witness, open_witness
from mingdan.ledger.witness.serving import application
from mingdan.site.prover import Prover
from mingdan.site.publish import publish
from mingdan.site.saved_page import parse_saved_page

END = 1_793_491_200_000
DAY = 86_400_000
ATTENDING = Path(__file__).parents[1] / "ledger" / "witness" / "attending.py"


def starter():
    spec = spec_from_file_location("attending", ATTENDING)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.attending


@pytest.fixture
def workspace(tmp_path):
    with closing(create_workspace(tmp_path / "w", origin="witnessed.example/log")) as made:
        simulate(made.book(), 5, 3, end=END)
        yield made


@contextmanager
def witness(workspace, folder, name):
    """A line of the policy, while the witness it names is there to be asked."""
    log = TrustPolicy((Log(workspace.signer().key),))
    with closing(create_witness(folder / name, name=f"{name}.example", policy=log)) as made:
        key = made.signer.key
    with starter()(folder / name) as url:
        yield Witness(name, key, url)


@contextmanager
def answering(folder, place):
    """The witness in a folder answers at this address again."""
    with closing(open_witness(folder)) as back:
        server = uvicorn.Server(uvicorn.Config(application(back), log_level="error", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def trust(workspace, *witnesses, need):
    parties = (*witnesses, Group("enough", need, tuple(each.name for each in witnesses)))
    policy = TrustPolicy((Log(workspace.signer().key),), parties, "enough")
    (workspace.folder / TRUST).write_bytes(policy.print())


def standing(workspace):
    return accept((workspace.site / "log" / "checkpoint").read_bytes(), workspace.trust()).standing


def test_both_witnesses_cosign_each_publication_and_the_pages_carry_it(workspace, tmp_path):
    with witness(workspace, tmp_path, "w1") as first, witness(workspace, tmp_path, "w2") as second:
        trust(workspace, first, second, need=2)
        done = publish(workspace, clock=lambda: END)
        simulate(workspace.book(), 5, 4, end=END + 40 * DAY)
        again = publish(workspace, clock=lambda: END + 41 * DAY)

    assert (done.witnesses, done.quorum, done.absent) == ("2 of 2", True, {})
    assert (again.witnesses, again.quorum, again.absent) == ("2 of 2", True, {})
    assert standing(workspace).met
    stream = workspace.store.streams(again.size)[0]
    timeline = Prover.of_site(workspace).timeline(stream, workspace.store.rows_of([stream]))
    steps = list(check(timeline, workspace.trust(), now=again.sealed, fresh_within=10**9))
    assert "2 of 2" in steps[0].found
    assert "witnesses" in steps[5].found


def test_who_is_away_is_named_and_the_publication_goes_on(workspace, tmp_path):
    with witness(workspace, tmp_path, "w1") as here:
        with witness(workspace, tmp_path, "w2") as away:
            pass
        trust(workspace, here, away, need=2)
        done = publish(workspace)

    assert (done.witnesses, done.quorum, [*done.absent]) == ("1 of 2", False, ["w2"])
    assert done.changed
    assert not standing(workspace).met


def test_publishing_again_asks_again_who_was_away(workspace, tmp_path):
    with witness(workspace, tmp_path, "w1") as first, socket.socket() as place:
        with witness(workspace, tmp_path, "w2") as second:
            pass
        place.bind(("127.0.0.1", 0))  # which refuses whoever asks, until somebody listens
        url = f"http://127.0.0.1:{place.getsockname()[1]}"
        trust(workspace, first, Witness("w2", second.key, url), need=2)
        before = publish(workspace)
        with answering(tmp_path / "w2", place):
            after = publish(workspace)
            nothing = publish(workspace)

    assert (before.witnesses, after.witnesses, after.size) == ("1 of 2", "2 of 2", before.size)
    assert not nothing.changed
    for page in (workspace.site / "o").rglob("*.html"):  # and the pages are whole again
        timeline = parse_saved_page(page.read_bytes()).timeline
        assert [*check(timeline, workspace.trust(), now=before.sealed, fresh_within=10**9)]


def test_a_key_of_a_witness_that_did_not_sign_so_breaks_the_checkpoint(workspace, tmp_path):
    with witness(workspace, tmp_path, "w1") as first:
        trust(workspace, first, need=1)
        publish(workspace)
    path = workspace.site / "log" / "checkpoint"
    note = path.read_bytes()
    path.write_bytes(note[:-30] + note[-30:-20].swapcase() + note[-20:])

    with pytest.raises(Broken):
        accept(path.read_bytes(), workspace.trust())
