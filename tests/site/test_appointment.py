import re
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, DEFAULT, HOUR
from mingdan.ledger.stuck import NO_PACE
from mingdan.site.appointment import WIDTH, appointment, calendar
from mingdan.site.html import escaped
from mingdan.site.standing import Standing, standing
from mingdan.site.texts import Texts
from mingdan.site.voice import voice

from .reading import Reading
from .stories import EDITION, HANDLE, NOON, STORIES, Said, Story, begun, forwarded, told

DUE = NOON - 5 * HOUR + DAY
PREFIX = "data:text/calendar;charset=utf-8,"


def at(story: Story, language: str = "zh-CN") -> Standing:
    entries = [entry for _, entry in story.entries]
    return standing(voice(EDITION, language), story.order, entries, DEFAULT, NO_PACE)


def linked(story: Story, language: str = "zh-CN") -> list[bytes]:
    """The calendars that a page carries."""
    hrefs = Reading(story.page(EDITION, language)).attributes("href")
    return [unquote_to_bytes(href[len(PREFIX) :]) for href in hrefs if href.startswith(PREFIX)]


def described(standing_: Standing, words: str) -> Standing:
    """The same with other words in the catalog."""
    texts = Texts(standing_.voice.texts | {"appointment.summary": words})
    return standing_._replace(voice=replace(standing_.voice, texts=texts))


def event_of(content: bytes):
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_the_due_time_is_an_event_that_takes_no_time():
    event = event_of(calendar(at(told(forwarded())), DUE))

    assert event["DTSTART"].dt == datetime.fromtimestamp(DUE / 1000, UTC)
    assert {"DTEND", "DURATION"}.isdisjoint(event)
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["DTSTAMP"].dt == datetime(2026, 11, 21, 22, 0, 42, tzinfo=UTC)
    assert event.errors == []


def test_the_page_carries_the_very_event(language):
    story = told(forwarded())

    assert linked(story, language) == [calendar(at(story, language), DUE)]


def test_words_are_read_as_they_were_written(language):
    event = event_of(calendar(at(told(forwarded()), language), DUE))

    texts = voice(EDITION, language).texts
    assert str(event["SUMMARY"]) == texts.say("appointment.summary", goods="game-points-100")


def test_a_calendar_never_names_the_link_and_leads_nowhere():
    content = calendar(at(told(forwarded())), DUE)

    assert HANDLE.encode() not in content
    assert b"http" not in content


def test_an_extension_is_a_revision_of_the_same_event():
    extended = told(
        [*forwarded(), Said(20, "yunka", e.PromiseExtended(consent="ab" * 32, due_at=DUE + HOUR))]
    )
    before, after = (event_of(*linked(story)) for story in (told(forwarded()), extended))

    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt == datetime.fromtimestamp((DUE + HOUR) / 1000, UTC)
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_both_languages_speak_of_one_event():
    chinese, english = (event_of(*linked(told(forwarded()), language)) for language in ("zh-CN", "en"))

    assert chinese["UID"] == english["UID"]


@pytest.mark.parametrize(
    "name", ["delivered", "completed", "overdue", "refunding", "refunded", "expired", "imported", "cancelled"]
)
def test_where_nothing_is_due_any_more_there_is_no_event(name):
    assert linked(told(STORIES[name])) == []


def test_a_promise_beyond_the_calendar_is_no_event():
    claims = begun(due_at=2**53 - 1)[:1]

    assert appointment(at(told(claims))) == ""


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="{}\ufffd"),
        max_size=60,
    )
)
def test_lines_are_folded_at_75_octets_and_no_character_is_cut(words):
    content = calendar(described(at(told(forwarded())), f"x{escaped(words)}y" * 3), DUE)

    lines = content.split(b"\r\n")
    assert all(len(line) <= WIDTH for line in lines)
    assert "\ufffd" not in "".join(line.decode(errors="replace") for line in lines)
    assert str(event_of(content)["SUMMARY"]) == f"x{words}y" * 3


def test_special_characters_are_escaped():
    event = event_of(calendar(described(at(told(forwarded())), r"a\b; c, d"), DUE))

    assert str(event["SUMMARY"]) == r"a\b; c, d"


def test_the_link_is_fit_for_an_attribute():
    assert re.fullmatch(rf"{re.escape(PREFIX)}[\w%:;=\-/+.,~]+", appointment(at(told(forwarded()))))
