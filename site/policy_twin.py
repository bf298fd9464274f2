"""Promise policies for machines: all versions, and each with its terms as they were published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from mingdan.ledger.fact import Hash, Int
from mingdan.ledger.market import amendment
from mingdan.ledger.market.amendment import Term
from mingdan.ledger.market.promise import Edition, Promise, Published, Version
from mingdan.ledger.policy import Policy
from mingdan.site.edition import Edition as Site
from mingdan.site.page import path_of_twin
from mingdan.site.policy_page import path_of_policies, path_of_policy, versions_of
from mingdan.site.twin import Odd, Shape, Twin, odd_of, print_twin, tree_of

Holds = Literal["ahead", "now", "past"]


class Listed(Shape, frozen=True, kw_only=True):
    """A version of a policy; `holds` at the page's instant for orders placed then."""

    holds: Holds
    policy: str
    since: Int
    title: str
    version: Version


class PoliciesTwin(Twin, frozen=True, kw_only=True, tag="../schema/policies.json"):
    """All published versions, by policy, the newest first; `settings` are those that were never published."""

    published: tuple[Listed, ...]
    settings: tuple[Policy, ...]


class Change(Shape, frozen=True, kw_only=True):
    """A term as it was in the version before, and as it is."""

    after: Term
    before: Term
    term: str


class PolicyTwin(Twin, frozen=True, kw_only=True, tag="../../../schema/policy.json"):
    """A version of a policy, and the entry that published it; `changes` is None for the first one."""

    changes: tuple[Change, ...] | None
    holds: Holds
    irregularities: tuple[Odd, ...]
    leaf: Hash
    policy: str
    recorded: Int
    terms: Published


def policy_twins(
    edition: Site, promises: Mapping[str, Promise], settings: Sequence[Policy]
) -> Iterator[tuple[str, bytes]]:
    """Path and content of the list and of each version."""
    listed = PoliciesTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        published=tuple(_listed(edition, *each) for each in _versions(promises)),
        settings=tuple(each for each in settings if each.id not in promises),
    )
    yield path_of_twin(path_of_policies("", ("",))), print_twin(listed)
    for name, promise, told in _versions(promises):
        path = path_of_policy(name, told.terms.version, "", ("",))
        yield path_of_twin(path), print_twin(_twin(edition, name, promise, told))


def _versions(promises: Mapping[str, Promise]) -> Iterator[tuple[str, Promise, Edition]]:
    for name, promise in sorted(promises.items()):
        for told in versions_of(promise):
            yield name, promise, told


def _listed(edition: Site, name: str, promise: Promise, told: Edition) -> Listed:
    terms = told.terms
    return Listed(
        holds=_holds(edition, promise, told),
        policy=name,
        since=terms.since,
        title=terms.title,
        version=terms.version,
    )


def _twin(edition: Site, name: str, promise: Promise, told: Edition) -> PolicyTwin:
    before = promise.edition(told.terms.version - 1)
    return PolicyTwin(
        as_of=edition.sealed,
        changes=None if before is None else tuple(_changes(before.terms, told.terms)),
        checkpoint=tree_of(edition),
        holds=_holds(edition, promise, told),
        irregularities=odd_of(tuple(each for each in promise.irregularities if each.leaf == told.mark.leaf)),
        leaf=told.mark.leaf.hex(),
        policy=name,
        recorded=told.mark.known,
        terms=told.terms,
    )


def _holds(edition: Site, promise: Promise, told: Edition) -> Holds:
    if told.terms.since > edition.sealed:
        return "ahead"
    return "now" if promise.in_force(edition.sealed) == told else "past"


def _changes(before: Published, after: Published) -> Iterator[Change]:
    for each in amendment.changes(before, after):
        yield Change(after=each.after, before=each.before, term=each.term)
