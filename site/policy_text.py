"""Promise policies as plain text and as JSON, for people and machines at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.intake.duration import print_duration
from mingdan.ledger.intake.publishing import Outcome
from mingdan.ledger.intake.terms_file import Proposal
from mingdan.ledger.market import amendment
from mingdan.ledger.market.amendment import Term
from mingdan.ledger.market.promise import Edition, Promise, Published
from mingdan.site.plain import instant, line

Told = dict[str, object]


def told_proposal(proposal: Proposal) -> Told:
    """What a file states; `version` and `since` are null where publishing settles them."""
    terms = msgspec.to_builtins(proposal.terms)
    stated = {"version": proposal.version, "since": proposal.since}
    return {"policy": proposal.policy, "terms": terms | stated}


def told_outcome(outcome: Outcome) -> Told:
    """What publishing came to; `receipt` is null where nothing was recorded."""
    changed = told_changes(outcome.before, outcome.terms) if outcome.before else None
    return {
        "policy": outcome.policy,
        "version": outcome.terms.version,
        "since": outcome.terms.since,
        "unchanged": outcome.unchanged,
        "receipt": msgspec.to_builtins(outcome.receipt),
        "changed": changed,
    }


def outcome_text(outcome: Outcome, zone: ZoneInfo) -> str:
    """The version, since when it holds, its leaf, and what it changes."""
    terms, receipt = outcome.terms, outcome.receipt
    lines = [f"policy {outcome.policy} version {terms.version}, since {instant(terms.since, zone)}"]
    if outcome.unchanged:
        return f"{lines[0]}, says the same: nothing was recorded"
    lines.append("a dry run: nothing was recorded" if receipt is None else f"leaf {receipt.leaf}")
    if outcome.before is not None:
        lines.append(f"changed against version {outcome.before.version}:")
        lines += changes_text(outcome.before, terms)
    return "\n".join([*lines, "next: mingdan publish"] if receipt else lines)


def told_edition(name: str, promise: Promise, edition: Edition, now: int) -> Told:
    """A version with its terms as recorded, the entry that published it, and the versions there are."""
    held = promise.in_force(now)
    return {
        "policy": name,
        "version": edition.terms.version,
        "in_force": None if held is None else held.terms.version,
        "versions": [each.terms.version for each in promise.editions],
        "leaf": edition.mark.leaf.hex(),
        "recorded": edition.mark.known,
        "terms": msgspec.to_builtins(edition.terms),
    }


def edition_text(name: str, promise: Promise, edition: Edition, now: int, zone: ZoneInfo) -> str:
    """A version to be read."""
    held, versions = promise.in_force(now), ", ".join(str(each.terms.version) for each in promise.editions)
    head = [
        f"policy {name} version {edition.terms.version}, since {instant(edition.terms.since, zone)}",
        f"versions {versions}; in force now: {'none' if held is None else held.terms.version}",
        f"leaf {edition.mark.leaf.hex()}",
    ]
    return "\n".join([*head, *terms_text(edition.terms)])


def terms_text(terms: Published) -> Iterator[str]:
    """Every term, then the text as it was written."""
    for name, value in amendment.terms(terms).items():
        yield f"  {name}: {_said(value)}"
    yield "text:"
    yield from (f"  {line(each)}".rstrip() for each in terms.text.split("\n"))


def told_changes(before: Published, after: Published) -> Told:
    """Two versions by their numbers, and the terms and lines of text that differ."""
    return {
        "from": before.version,
        "to": after.version,
        "changes": [each._asdict() for each in amendment.changes(before, after)],
        "text": [each._asdict() for each in amendment.text_changes(before.text, after.text)],
    }


def changes_text(before: Published, after: Published) -> Iterator[str]:
    """What differs: terms as they were and are, then the text line by line."""
    terms, text = amendment.changes(before, after), amendment.text_changes(before.text, after.text)
    for term, was, now in terms:
        yield f"  {term}: {_said(was)} -> {_said(now)}"
    if text:
        yield "  text:"
    yield from (f"    {_SIGNS[mark]} {line(words)}".rstrip() for mark, words in text)
    if not terms and not text:
        yield "  nothing"


def _said(value: Term) -> str:
    match value:
        case None:
            return "none"
        case int():
            return print_duration(value)
        case tuple():
            return ", ".join(value) or "none"
        case str():
            return line(value)


_SIGNS = {"same": " ", "gone": "-", "new": "+", "left": "…"}
