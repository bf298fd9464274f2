"""Facts of the market as its tests tell them: live, known as they happen, each leaf named by its number."""

from hypothesis import strategies as st

from mingdan.ledger.entry import Basis, Entry
from mingdan.ledger.event import Event
from mingdan.ledger.market import fold, incident, party, promise, sku
from mingdan.ledger.market.subject import Subject

from ..told import leaf

NOW = 1000  # ms: when the fact that a story is about is told
KEY = "A" * 43 + "="
EVIDENCE = ("ab" * 32,)
FACTS = {  # stream -> what is told of it
    "party/agent-east": party.PartyEvent,
    "sku/card-100": sku.SkuEvent,
    "exception/outage-7": incident.IncidentEvent,
    "policy/default": promise.PromiseEvent,
}

Told = Event | tuple[str, Event]  # by the platform, unless somebody is named


def entry(
    number: int, told: Told, at: int, *, stream: str, basis: Basis | None = None, recorded: int | None = None
) -> Entry:
    """The entry after `number` others, at `at` ms, known as it happens unless `recorded` later."""
    by, event = told if isinstance(told, tuple) else ("kamao", told)
    return Entry(
        at=at,
        basis=basis,
        by=by,
        event=event,
        leaf=leaf(number),
        learned=None,
        prev=None,
        recorded=at if recorded is None else recorded,
        seq=number + 1,
        stream=stream,
    )


def folded(entries: list[Entry], subject: Subject) -> Subject:
    for each in entries:
        subject = fold.evolve(subject, each)
    return subject


def after(stream: str, *story: Told) -> Subject:
    """The state after these facts, one each ms from 0."""
    entries = [entry(number, told, number, stream=stream) for number, told in enumerate(story)]
    return folded(entries, fold.empty(stream))


def broken(subject: Subject, told: Told, at: int = NOW) -> str | None:
    """The rule that a fact breaks, told of this time."""
    by, event = told if isinstance(told, tuple) else ("kamao", told)
    return fold.objection(subject, event, by, at)


# what Hypothesis draws --------------------------------------------------------------------------------
counts = st.integers(0, 9) | st.integers(0, 2**53 - 1)
times = st.integers(0, 9) | st.integers(-(2**53) + 1, 2**53 - 1)


def entries(stream: str) -> st.SearchStrategy[Entry]:
    """Entries of a stream of the market: mostly its own facts, at times another's."""
    own = st.from_type(FACTS[stream])
    return st.builds(
        Entry,
        at=times,
        basis=st.sampled_from([None, "observed", "backfill"]),
        by=st.sampled_from(["kamao", "agent-east", "brand"]),
        event=own | own | own | st.sampled_from([*FACTS.values()]).flatmap(st.from_type),
        leaf=st.integers(0, 255).map(leaf),
        learned=st.none() | times,
        prev=st.none(),
        recorded=times,
        seq=st.integers(1, 9),
        stream=st.just(stream),
    )


def histories(stream: str) -> st.SearchStrategy[list[Entry]]:
    return st.lists(entries(stream), unique_by=lambda each: each.leaf, max_size=16)
