"""Promise policies as pages: one for each version, with what it changed, and a list of all there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mingdan.ledger.market import amendment
from mingdan.ledger.market.amendment import TextLine
from mingdan.ledger.market.compensation import is_expression
from mingdan.ledger.market.promise import Edition, Promise, Published
from mingdan.ledger.policy import Policy
from mingdan.site import compensation
from mingdan.site.edition import Edition as Site
from mingdan.site.html import DOT, NOTHING, Html, Line, described, escaped, joined, marked
from mingdan.site.page import path_in, render
from mingdan.site.policy_terms import lines, name_of, span, word_of
from mingdan.site.voice import Voice, voice


def path_of_policies(language: str, languages: tuple[str, ...]) -> str:
    return path_in("policies/index.html", language, languages)


def path_of_policy(name: str, version: int, language: str, languages: tuple[str, ...]) -> str:
    """`policies/<name>/<version>/index.html`; one named `index.html` takes no file's place."""
    folder = f"{name}~" if name.endswith(".html") else name
    return path_in(f"policies/{folder}/{version}/index.html", language, languages)


def policy_pages(
    edition: Site, language: str, register: Mapping[str, Promise], settings: Sequence[Policy]
) -> Iterator[tuple[str, bytes]]:
    """Path and content of every page in a language: `register` holds the published policies by their ids."""
    yield path_of_policies(language, edition.languages), policies_page(edition, language, register, settings)
    for name, promise in sorted(register.items()):
        for version in _numbers(promise):
            path = path_of_policy(name, version, language, edition.languages)
            yield path, policy_page(edition, language, name, promise, version)


def policies_page(
    edition: Site, language: str, promises: Mapping[str, Promise], policies: Sequence[Policy]
) -> bytes:
    """All published versions, and the policies of the settings that were never published."""
    speech = voice(edition, language)
    unpublished = [each for each in policies if each.id not in promises]
    return render(
        "policies.html",
        speech,
        path_of_policies(edition.languages[0], edition.languages),
        {
            "settings": joined(_of_settings(speech, each) for each in unpublished),
        },
        published=[
            (name, _newest_title(each), marked(described(_listed(speech, name, each))))
            for name, each in sorted(promises.items())
        ],
    )


def policy_page(edition: Site, language: str, name: str, promise: Promise, version: int) -> bytes:
    """One version of a policy, which must be there."""
    speech, told = voice(edition, language), promise.edition(version)
    assert told is not None
    before = promise.edition(version - 1)
    odd = [each.rule for each in promise.irregularities if each.leaf == told.mark.leaf]
    return render(
        "policy.html",
        speech,
        path_of_policy(name, version, edition.languages[0], edition.languages),
        {
            "holds": _holds(speech, promise, told),
            "terms": described(lines(speech, told.terms)),
            "words": _paragraphs(speech, told.terms.text),
            "changes": NOTHING if before is None else _changes(speech, before.terms, told.terms),
            "text_changes": NOTHING if before is None else _text_changes(before.terms, told.terms),
            "versions": described(_siblings(speech, name, promise, version)),
            "recorded": speech.calendar.stamp(told.mark.known),
            **_compensation(speech, told.terms.compensation),
        },
        id=name,
        version=version,
        title=told.terms.title,
        expression=told.terms.compensation,
        reckoned=told.terms.compensation is not None and is_expression(told.terms.compensation),
        amended=before is not None,
        index=path_in("index.html", language, edition.languages),
        leaf=told.mark.leaf.hex(),
        odd=odd,
    )


def _numbers(promise: Promise) -> list[int]:
    """Each number once: history may tell one twice, and the first counts."""
    return sorted({each.terms.version for each in promise.editions})


def versions_of(promise: Promise) -> list[Edition]:
    """The newest first."""
    return [each for number in reversed(_numbers(promise)) if (each := promise.edition(number))]


def _listed(speech: Voice, name: str, promise: Promise) -> Iterator[Line]:
    """A policy's versions, each with its title, since when it holds, and its limit."""
    for each in versions_of(promise):
        since = speech.say("policy.from", since=speech.calendar.stamp(each.terms.since))
        due = joined((speech.texts["field.due_in"], span(speech, each.terms.due_in)), Html(" "))
        told = (speech.words(each.terms.title), joined((since, due), DOT))
        yield _link(speech, name, each.terms.version, "../"), joined(told, Html("<br>"))


def _newest_title(promise: Promise) -> str:
    return next((each.terms.title for each in versions_of(promise)), "")


def _siblings(speech: Voice, name: str, promise: Promise, version: int) -> Iterator[Line]:
    """The versions of a policy, with links to the others."""
    for each in versions_of(promise):
        number = each.terms.version
        this = Html(f'<b aria-current="page">{speech.say("policy.version", version=number)}</b>')
        yield (
            this if number == version else _link(speech, name, number, _UP),
            speech.say("policy.from", since=speech.calendar.stamp(each.terms.since)),
        )


def _link(speech: Voice, name: str, version: int, root: str) -> Html:
    path = path_of_policy(name, version, speech.language, speech.edition.languages)
    return Html(f'<a href="{root}{path}">{speech.say("policy.version", version=version)}</a>')


def _holds(speech: Voice, promise: Promise, told: Edition) -> Html:
    """For whom this version holds, as of the page."""
    since, sealed = speech.calendar.words(told.terms.since), speech.edition.sealed
    if told.terms.since > sealed:
        return speech.say("policy.holds_from", since=since)
    if promise.in_force(sealed) == told:
        return speech.say("policy.holds", since=since)
    return speech.say("policy.held", since=since)


def _compensation(speech: Voice, expression: str | None) -> dict[str, Html]:
    """The rule as a sentence, and worked examples."""
    if expression is None or not is_expression(expression):
        return {"rule": NOTHING, "examples": NOTHING, "prices": NOTHING}
    prices = [
        Html(f"{_price(speech, each.amount)}<br>{speech.say('policy.units', units=each.units)}")
        for each in compensation.EXAMPLES
    ]
    return {
        "rule": compensation.in_words(speech, expression),
        "prices": joined(Html(f'<th scope="col" class="n">{price}</th>') for price in prices),
        "examples": joined(_example(speech, expression, late) for late in compensation.LATENESS),
    }


def _example(speech: Voice, expression: str, late: int) -> Html:
    cells = (_price(speech, worth) for worth in compensation.worked(expression, late))
    worths = joined(Html(f'<td class="n">{cell}</td>') for cell in cells)
    return Html(f'<tr><th scope="row">{span(speech, late)}</th>{worths}</tr>\n')


def _price(speech: Voice, amount: int) -> Html:
    return speech.money(amount, compensation.CURRENCY)


def _changes(speech: Voice, before: Published, after: Published) -> Html:
    was, now = speech.texts["policy.before"], speech.texts["policy.after"]
    return joined(
        Html(
            f'<tr><th scope="row">{name_of(speech, each.term)}</th>'
            f'<td data-name="{was}"><del>{word_of(speech, each.term, each.before)}</del></td>'
            f'<td data-name="{now}"><ins>{word_of(speech, each.term, each.after)}</ins></td></tr>\n'
        )
        for each in amendment.changes(before, after)
    )


def _text_changes(before: Published, after: Published) -> Html:
    return joined(map(_text_line, amendment.text_changes(before.text, after.text)))


def _text_line(line: TextLine) -> Html:
    sign, tag = _SIGNS[line.mark]
    said = f"{sign} {escaped(line.text)}"
    return Html(f"<{tag}>{said}</{tag}>\n" if tag else f"{said}\n")


def _paragraphs(speech: Voice, text: str) -> Html:
    """The text as it was written: an empty line ends a paragraph, a line stays a line."""
    parts = (joined(map(speech.words, part.split("\n")), Html("<br>\n")) for part in text.split("\n\n"))
    return joined(Html(f"<p>{part}</p>\n") for part in parts)


def _of_settings(speech: Voice, policy: Policy) -> Html:
    start = speech.say(
        f"promise.policy_{policy.clock_start}",
        policy=speech.policy(policy.id, None),
        limit=span(speech, policy.due_in),
    )
    return Html(f"<li>{start}</li>\n")


_UP = "../../../"  # from the page of a version to the site's root
_SIGNS = {"same": (" ", ""), "gone": ("−", "del"), "new": ("+", "ins"), "left": ("…", "")}
