"""The cover of a pack: what it is, how to check it, what it proves and what not, and what its proofs tell.

Said in every language there are texts in, whatever the site's own: whoever judges the pack is no buyer there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mingdan.ledger.market.party import Party, Sanction
from mingdan.ledger.timeline import Opening
from mingdan.site.dossier import Dossier, Involved, Notice, Terms, proof_path
from mingdan.site.edition import Edition
from mingdan.site.html import DOT, NOTHING, Html, Line, described, escaped, joined, listed
from mingdan.site.order_page import VERIFIER, path_of_order
from mingdan.site.page import path_in, render
from mingdan.site.policy_terms import lines, reckoned
from mingdan.site.texts import languages, texts
from mingdan.site.voice import Voice, voice


def cover(
    edition: Edition,
    language: str,
    handle: str,
    told: Dossier,
    opened: Sequence[Opening],
    *,
    keys: Sequence[str],
    version: str,
) -> tuple[str, bytes]:
    """Its path and content; `keys` are those that the pack itself goes by, `version` wrote it."""
    speech = voice(edition, language)
    published = told.terms.edition
    html = {
        "lead": _lead(speech),
        "pages": _pages(speech, handle),
        "by_verifier": speech.say("pack.by_verifier", page=_verifier(speech)),
        "whose": _whose(speech, told.terms),
        "terms": described(_terms(speech, told)),
        "words": NOTHING if published is None else escaped(published.terms.text),
        "notices": listed(_notice(speech, each) for each in told.notices),
        "parties": listed(_party(speech, each) for each in told.parties),
        "opened": described(_opening(speech, each) for each in opened),
        "files": listed(_files(speech, told.terms)),
    }
    covers = [(tag, texts(tag)["language.name"], path_of_cover(tag)) for tag in languages()]
    path = path_of_cover(language)
    return path, render("pack.html", speech, path, html, covers=covers, keys=keys, version=version)


def path_of_cover(language: str) -> str:
    return f"README.{language}.html"


def _lead(speech: Voice) -> Html:
    calendar, sealed, origin = speech.calendar, speech.edition.sealed, escaped(speech.edition.origin)
    zone = calendar.zone_name(sealed)
    return speech.say("pack.lead", origin=origin, time=calendar.words(sealed), zone=zone)


def _pages(speech: Voice, handle: str) -> Html:
    tags = speech.edition.languages
    return joined((_link(path_of_order(handle, tag, tags), texts(tag)["language.name"]) for tag in tags), DOT)


def _verifier(speech: Voice) -> Html:
    """In the reader's language where the site has it."""
    tags = speech.edition.languages
    path = path_in(VERIFIER, speech.language if speech.language in tags else tags[0], tags)
    return _link(path, Html(path))


def _link(path: str, text: Html) -> Html:
    return Html(f'<a href="{path}">{text}</a>')


def _whose(speech: Voice, terms: Terms) -> Html:
    policy, proof = escaped(terms.policy), _proof(f"policy/{terms.policy}")
    if terms.version is None:
        return speech.say("pack.promise_settings", policy=policy)
    key = "pack.promise_missing" if terms.edition is None else "pack.promise_published"
    return speech.say(key, policy=policy, version=terms.version, proof=proof)


def _terms(speech: Voice, told: Dossier) -> Iterator[Line]:
    texts, calendar, terms = speech.texts, speech.calendar, told.terms
    currency = None if told.order.terms is None else told.order.terms.currency
    if terms.edition is not None:
        published = terms.edition.terms
        yield texts["field.title"], speech.words(published.title)
        yield texts["field.since"], calendar.stamp(published.since)
        yield from lines(speech, published)
        if published.compensation is not None:
            yield texts["field.compensation"], reckoned(speech, published.compensation, currency)
    elif terms.version is None:
        rule, policy = terms.settings, escaped(terms.policy)
        limit = calendar.duration(rule.due_in)
        yield texts["promise.policy"], speech.say(_START[rule.clock_start], policy=policy, limit=limit)
        yield texts["field.notice_within"], calendar.duration(rule.notice_within)
        if rule.compensation is not None:
            yield texts["field.compensation"], reckoned(speech, rule.compensation, currency)


def _notice(speech: Voice, notice: Notice) -> Html:
    entry, event, of = notice
    about = Html(f"<code>{event.of[:12]}…</code>")
    if of is not None:
        about = speech.say("pack.about", seq=of.seq, kind=_kind(speech, of.kind))
    return speech.say(
        "pack.notice",
        at=speech.calendar.stamp(entry.at),
        recorded=speech.calendar.stamp(entry.recorded, beside=entry.at),
        by=speech.party(entry.by),
        channel=escaped(event.channel),
        template=escaped(event.template),
        of=about,
        seq=entry.seq,
    )


def _kind(speech: Voice, kind: str) -> Html:
    """What a kind is called; what an entry would fill in stands in its raw text."""
    return Html(re.sub(r"\{\w+\}", "…", speech.texts[f"kind.{kind}"]))


def _party(speech: Voice, each: Involved) -> Html:
    parts = joined((speech.texts[_PARTS[part]] for part in each.parts), speech.texts["page.comma"])
    who = joined((speech.party(each.name), parts), DOT)
    return joined((who, *_register(speech, each.party), _proof(f"party/{each.name}")), Html("<br>"))


def _register(speech: Voice, party: Party) -> Iterator[Html]:
    if party.registered is None or party.role is None:
        yield speech.texts["pack.unregistered"]
        return
    role, since = speech.word(party.role), speech.calendar.words(party.registered.effective)
    name = speech.words(party.name) if party.public and party.name else NOTHING
    yield joined(filter(None, (speech.say("pack.registered", role=role, since=since), name)), DOT)
    held = party.qualification
    if held is not None:
        key = "pack.qualified" if held.lapsed is None else "pack.lapsed"
        until = speech.calendar.words(held.valid_until)
        yield speech.say(key, verifier=speech.party(held.verifier), until=until)
    yield from (_sanction(speech, each) for each in party.standing)


def _sanction(speech: Voice, sanction: Sanction) -> Html:
    what = speech.say(f"kind.party.{sanction.severity}", reasons=speech.words(sanction.reasons))
    since = speech.calendar.words(sanction.mark.effective)
    if sanction.until is None:
        return speech.say("pack.sanction", what=what, since=since)
    return speech.say(
        "pack.sanction_until", what=what, since=since, until=speech.calendar.words(sanction.until)
    )


def _opening(speech: Voice, shown: Opening) -> Line:
    what = joined((speech.texts[f"field.{shown.field}"], speech.say("order.entry", seq=shown.seq)), DOT)
    return what, speech.words(shown.words)


def _files(speech: Voice, terms: Terms) -> Iterator[Html]:
    for name, what in _FILES.items():
        if what != "terms" or terms.edition is not None:
            yield Html(f"<code>{name}</code> {speech.texts[f'pack.file.{what}']}")


def _proof(stream: str) -> Html:
    path = proof_path(stream)
    return Html(f'<a href="{path}"><code>{path}</code></a>')


_START = {"paid": "promise.policy_paid", "placed": "promise.policy_placed"}
_PARTS = {
    "platform": "field.platform",
    "merchant": "field.merchant",
    "tier": "pack.tier",
    "speaker": "pack.speaker",
}
_FILES = {
    "o/": "page",
    "order.tlog-proof": "proof",
    "places.json": "places",
    "entries.jsonl": "entries",
    "promise.json": "promise",
    "notices.json": "notices",
    "parties.json": "parties",
    "register/": "register",
    "policies/": "terms",
    "verify.html": "verifier",
    "log/": "log",
    "v1/site.json": "settings",
    "static/": "static",
    "MANIFEST.json": "manifest",
}
