"""The register of parties as documents: who may trade here, who vouches for them, what was decided and why.

What is shown of a party is what its stream says; a name that is not public is nowhere on these pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from mingdan.ledger.mark import Irregularity
from mingdan.ledger.market.party import SEVERITIES, KeyState, Party, Qualification, Role, Sanction
from mingdan.ledger.market.signing import key_id
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.html import DOT, NOTHING, Html, Line, described, escaped, joined, marked
from mingdan.site.page import path_in, render
from mingdan.site.signpost import HOME, PARTIES, Signpost, path_of_party, rooms, root_of
from mingdan.site.voice import Voice, voice

OPEN = 3  # decisions of a party that stand unfolded


def party_pages(edition: Edition, language: str, register: Register) -> Iterator[tuple[str, bytes]]:
    """Path and content of the register's page and of one for each party."""
    speech, tags = voice(edition, language), edition.languages
    yield path_in(PARTIES, language, tags), _register_page(speech, register)
    for name, party in register.parties.items():
        path = path_of_party(name)
        page = _party_page(Signpost(speech, register, root_of(path)), path, name, party)
        yield path_in(path, language, tags), page


def _register_page(speech: Voice, register: Register) -> bytes:
    """All parties by role, before them those that a decision stands against, the gravest first."""
    signs = Signpost(speech, register, root_of(PARTIES))
    told = {
        "standing": joined(_sanctioned(signs, name, each) for name, each in _against(register)),
        "meanings": described(_meaning(speech, severity) for severity in SEVERITIES.values()),
    }
    rows = {role or "none": marked(_of_role(signs, role)) for role in _ROLES}
    roles = [(speech.texts[f"roles.{role}"], each) for role, each in rows.items() if each]
    return render("parties.html", speech, PARTIES, told, feed=HOME, roles=roles, rooms=rooms(speech, PARTIES))


def _against(register: Register) -> list[tuple[str, Sanction]]:
    """The decisions that stand, each with its party's name, the gravest first."""
    found = [(name, each) for name, party in register.parties.items() for each in party.standing]
    return sorted(found, key=lambda each: _GRAVITY[each[1].severity])


def _of_role(signs: Signpost, role: Role | None) -> Html:
    return joined(
        _row(signs, name, party) for name, party in signs.register.parties.items() if party.role == role
    )


def _row(signs: Signpost, name: str, party: Party) -> Html:
    texts = signs.voice.texts
    tags = joined((_tag(signs.voice, each) for each in _gravest_first(party.standing)), Html(" "))
    told = (
        ("parties.since", _since(signs.voice, party)),
        ("parties.qualification", _qualified(signs, party.qualification)),
        ("parties.sanctions", tags or texts["parties.no_sanction"]),
    )
    cells = joined(Html(f'<td data-name="{texts[key]}"><div>{value}</div></td>') for key, value in told)
    return Html(f'<tr><th scope="row">{_named(signs, name, party)}</th>{cells}</tr>\n')


def _named(signs: Signpost, name: str, party: Party) -> Html:
    """Linked by its name where the register may show it, with its id beside that, else by its id."""
    public = _public(signs.voice, party)
    return Html(f"{signs.party(name, public)} <code>{escaped(name)}</code>") if public else signs.party(name)


def _public(speech: Voice, party: Party) -> Html:
    return speech.words(party.name) if party.public and party.name else NOTHING


def _since(speech: Voice, party: Party) -> Html:
    known = party.registered
    return speech.texts["parties.unregistered"] if known is None else speech.calendar.words(known.effective)


def _qualified(signs: Signpost, held: Qualification | None) -> Html:
    """Who vouches for a party, and until when; a term that is over is said to be, recorded or not."""
    speech = signs.voice
    if held is None:
        return speech.texts["parties.unqualified"]
    over = held.lapsed is not None or speech.edition.sealed > held.valid_until
    until = speech.calendar.words(held.valid_until)
    key = "parties.lapsed" if over else "parties.valid"
    return speech.say(key, verifier=signs.party(held.verifier), until=until)


def _tag(speech: Voice, sanction: Sanction) -> Html:
    """A severity by its word, its frame and its sign: colour only repeats them."""
    return Html(
        f'<b class="tag {sanction.severity}">{speech.texts[f"severity.{sanction.severity}.name"]}</b>'
    )


def _meaning(speech: Voice, severity: str) -> Line:
    return speech.texts[f"severity.{severity}.name"], speech.texts[f"severity.{severity}.meaning"]


def _sanctioned(signs: Signpost, name: str, sanction: Sanction) -> Html:
    """A decision that stands, on the page of all parties."""
    party = signs.register.parties[name]
    who = joined((_tag(signs.voice, sanction), _named(signs, name, party)), Html(" "))
    head, terms = Html(f'<p class="what">{who}</p>'), described(_terms(signs, sanction))
    return Html(f'<li class="decision">{head}<dl>\n{terms}</dl></li>\n')


# one party ------------------------------------------------------------------------------------------------
def _party_page(signs: Signpost, path: str, name: str, party: Party) -> bytes:
    speech = signs.voice
    decisions = [_decision(signs, each) for each in reversed(party.sanctions)]
    told = {
        "heading": _public(speech, party) or escaped(name),
        "facts": described(_facts(signs, name, party)),
        "standing": joined(_standing(speech, each) for each in _gravest_first(party.standing)),
        "newest": joined(decisions[:OPEN]),
        "earlier": joined(decisions[OPEN:]),
        "keys": joined(_key(speech, each) for each in reversed(party.keys)),
        "irregularities": joined(_irregular(speech, each) for each in party.irregularities),
    }
    return render(
        "party.html",
        speech,
        path,
        told,
        name=name,
        public=bool(party.public and party.name),
        registered=party.registered is not None,
        hidden=len(decisions) - OPEN,
        stream=party.stream,
        entries=party.seq,
        leaf=party.leaf.hex(),
        rooms=rooms(speech, path),
    )


def _facts(signs: Signpost, name: str, party: Party) -> Iterator[Line]:
    speech, texts = signs.voice, signs.voice.texts
    yield texts["party.id"], Html(f"<code>{escaped(name)}</code>")
    if party.role is not None:
        yield texts["field.role"], speech.word(party.role)
    yield texts["parties.since"], _since(speech, party)
    yield texts["parties.qualification"], _qualified(signs, party.qualification)
    held = party.qualification
    if held is not None:
        yield texts["party.vouched"], speech.calendar.words(held.mark.effective)
        if held.lapsed is not None:
            yield texts["party.lapse"], speech.calendar.words(held.lapsed.effective)


def _gravest_first(sanctions: Iterable[Sanction]) -> list[Sanction]:
    return sorted(sanctions, key=lambda each: _GRAVITY[each.severity])


def _standing(speech: Voice, sanction: Sanction) -> Html:
    meaning = speech.texts[f"severity.{sanction.severity}.meaning"]
    return Html(f"<p>{_tag(speech, sanction)} {meaning}</p>\n")


def _decision(signs: Signpost, sanction: Sanction) -> Html:
    """A decision with all it rests on, whether it stands or is over."""
    speech = signs.voice
    state = speech.texts["party.stands"]
    if sanction.ended is not None:
        state = speech.say("party.ended", time=speech.calendar.words(sanction.ended.effective))
    lines = (*_terms(signs, sanction), *_reinstated(signs, sanction), *_basis(speech, sanction))
    head, facts = f'<p class="what">{_tag(speech, sanction)} {state}</p>', described(lines)
    return Html(
        f'<li class="decision{"" if sanction.ended is None else " over"}">{head}<dl>\n{facts}</dl></li>\n'
    )


def _terms(signs: Signpost, sanction: Sanction) -> Iterator[Line]:
    """Why, by whom, since when, until when, and what is left to say against it."""
    speech = signs.voice
    texts, words = speech.texts, speech.calendar.words
    yield texts["field.reasons"], speech.words(sanction.reasons)
    yield texts["party.decided_by"], signs.party(sanction.by)
    yield texts["party.decided"], words(sanction.mark.effective)
    yield texts["field.until"], _until(speech, sanction)
    yield texts["party.appeal"], _appeal(speech, sanction)


def _until(speech: Voice, sanction: Sanction) -> Html:
    if sanction.until is None:
        return speech.texts["party.without_term"]
    over = sanction.ended is None and speech.edition.sealed >= sanction.until
    key = "party.term_over" if over else "party.term"
    return speech.say(key, time=speech.calendar.words(sanction.until))


def _appeal(speech: Voice, sanction: Sanction) -> Html:
    """Whether it was appealed, else until when it can be."""
    words, say, by = speech.calendar.words, speech.say, sanction.appeal_by
    if sanction.appealed is not None:
        key = "party.appealed" if sanction.ended is None else "party.appealed_then"
        return say(key, time=words(sanction.appealed.effective))
    if sanction.ended is not None:
        return speech.texts["party.unappealed"]
    if by is None:
        return speech.texts["party.appealable"]
    if speech.edition.sealed > by:
        return say("party.appeal_over", time=words(by))
    left = speech.calendar.duration(by - speech.edition.sealed)
    return say("party.appeal_by", time=words(by), left=left)


def _reinstated(signs: Signpost, sanction: Sanction) -> Iterator[Line]:
    """Who put an end to it, and why."""
    if sanction.ended_by is not None and sanction.ended_why is not None:
        yield signs.voice.texts["party.ended_by"], signs.party(sanction.ended_by)
        yield signs.voice.texts["party.ended_why"], signs.voice.word(sanction.ended_why)


def _basis(speech: Voice, sanction: Sanction) -> Iterator[Line]:
    leaves = joined((Html(f"<code>{escaped(leaf)}</code>") for leaf in sanction.entries), Html("<br>"))
    yield speech.texts["field.entries"], leaves or speech.texts["party.no_evidence"]
    yield speech.texts["party.entry"], Html(f"<code>{sanction.mark.leaf.hex()}</code>")


def _key(speech: Voice, key: KeyState) -> Html:
    since, texts = speech.calendar.words(key.mark.effective), speech.texts
    held = speech.say("party.key_since", since=since)
    if key.ended is not None:
        held = speech.say("party.key_held", since=since, until=speech.calendar.words(key.ended.effective))
    if key.given_by is not None:
        held = joined((held, speech.say("party.key_given", party=speech.party(key.given_by))), DOT)
    held = joined((speech.say("party.key_id", id=Html(f"<code>{key_id(key.key)}</code>")), held), DOT)
    now = Html(f" <em>{texts['party.key_now']}</em>") if key.ended is None else NOTHING
    return Html(f"<li><code>{escaped(key.key)}</code>{now}<br>{held}</li>\n")


def _irregular(speech: Voice, odd: Irregularity) -> Html:
    return Html(f"<li>{speech.texts[f'rule.{odd.rule}']}<br><code>{odd.leaf.hex()}</code></li>\n")


_GRAVITY = {severity: -place for place, severity in enumerate(SEVERITIES.values())}
_ROLES: tuple[Role | None, ...] = (*get_args(Role), None)
