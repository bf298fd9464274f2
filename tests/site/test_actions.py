"""What an order's page offers its link holder: only what the rules allow, by links that need no script."""

import re
from random import Random

import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.decide import decide
from mingdan.ledger.errors import IllegalTransition
from mingdan.ledger.intake.holder import FORMS, claim_of, offers, read_form
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.policy import DEFAULT
from mingdan.site.actions import ask
from mingdan.site.order_page import order_page
from mingdan.site.texts import texts

from .reading import Reading
from .stories import EDITION, HANDLE, HIDDEN, IMPRINT, NOON, STORIES, Said, begun, delivered, disputed, told

SAID = texts("zh-CN")
OPEN = replace(IMPRINT, intake="/")
CARD = [said._replace(event=replace(said.event, form="card")) for said in begun()[:1]] + begun()[1:]


def page(claims: list[Said], language: str = "zh-CN", **settings: str) -> bytes:
    story = told(claims)
    imprint = replace(OPEN, **settings)
    return order_page(EDITION, language, HANDLE, story.order, story.entries, DEFAULT, story.timeline, imprint)


def links(page: bytes) -> list[str]:
    """Where a page leads its link holder, as it stands in it."""
    return [href for href in Reading(page).attributes("href") if "?seq=" in href]


def actions(page: bytes) -> list[str]:
    return [re.search(r"/(\w+)\?", href)[1] for href in links(page)]


@pytest.mark.parametrize(
    ("claims", "offered"),
    [
        (begun()[:1], ["nudges", "corrections", "disputes"]),
        (CARD, ["nudges", "disputes"]),
        (delivered(), ["confirmations", "nudges", "disputes"]),
        (disputed(), ["confirmations", "nudges", "evidence", "disputes"]),
        (STORIES["completed"], ["disputes"]),
        (STORIES["refunded"], ["nudges", "disputes"]),
        (STORIES["reversed"], ["nudges", "corrections", "disputes"]),
        (STORIES["imported"], ["confirmations", "nudges", "disputes"]),
    ],
    ids=["placed", "card", "delivered", "disputed", "completed", "refunded", "reversed", "imported"],
)
def test_a_page_offers_what_the_rules_allow(claims, offered):
    assert actions(page(claims)) == offered


@pytest.mark.parametrize("action", FORMS)
def test_what_a_page_offers_is_taken_and_what_it_does_not_is_refused(story, action):
    """But for a card, which is for whoever holds the link: nobody asks to correct its account.

    And but for a nudge that was sent before the order was completed, and an account that nobody doubts: these
    are taken although none is offered.
    """
    fields = {"corrections": {"recipient": "x"}, "disputes": {"claim": "other"}}.get(action, {"seq": "1"})
    if action == "evidence":
        fields = {"dispute": "d-7", "message": "x"}
    drawn = draw_order(draw=Random(1).randbytes)
    claim = claim_of(read_form(action, {"seq": "1"} | fields), drawn, story.order)
    taken = True
    try:
        decide(story.order, claim, DEFAULT, at=NOON, now=NOON)
    except IllegalTransition:
        taken = False

    offered = {offer.action for offer in offers(story.order, DEFAULT, NOON)}
    idle = action == "nudges" and story.order.completed is not None and not story.order.open_disputes
    undoubted = action == "affirmations" and story.order.asked is None
    assert taken == (action in offered or idle or undoubted)


def test_an_account_that_is_doubted_may_be_confirmed_and_one_that_cannot_be_is_only_corrected():
    doubt, wrong = (
        [
            *begun()[:2],
            Said(0.8, "yunka", e.RecipientChecked(field="手机号", result=result, rule="cn-mobile")),
        ]
        for result in ("suspect", "invalid")
    )

    assert actions(page(doubt)) == ["nudges", "affirmations", "corrections", "disputes"]
    assert actions(page(wrong)) == ["nudges", "corrections", "disputes"]


def test_every_link_says_of_which_order_page_and_language_it_is(language):
    for href in links(page(delivered(), language)):
        assert href.startswith(f"../../v1/o/{HANDLE}/")
        assert href.endswith(f"?seq=8&lang={language}")


def test_an_intake_elsewhere_is_led_to_by_its_address():
    content = page(delivered(), intake="https://intake.example.com:8443/shop")

    assert links(content)
    for address in links(content):
        assert address.startswith(f"https://intake.example.com:8443/shop/v1/o/{HANDLE}/")


def test_a_page_itself_sends_nothing(story, language):
    content = order_page(EDITION, language, HANDLE, story.order, story.entries, DEFAULT, story.timeline, OPEN)

    assert b"form-action 'none'\">" in content
    assert b"<form" not in content


def test_every_action_is_called_by_its_name(language):
    reading = Reading(page(delivered(), language))

    names = [texts(language)[f"ask.{action}.name"] for action in ("confirmations", "nudges", "disputes")]
    assert [each for each in reading.all("a") if each in names] == names
    assert set(names).isdisjoint(reading.all("b"))


def test_what_the_order_waits_for_stands_out():
    invalid = Said(0.8, "yunka", e.RecipientChecked(field="手机号", result="invalid", rule="cn-mobile"))
    reading = Reading(page([*begun()[:2], invalid]))

    assert SAID["ask.corrections.name"] in reading.all("b")
    assert SAID["ask.nudges.name"] not in reading.all("b")


@pytest.mark.parametrize("action", FORMS)
def test_a_form_has_a_field_for_all_that_its_action_asks_for(action, language):
    form = ask(texts(language), action, "x", {})
    told = {each.name for each in (*form.choices, *form.texts)} | {"seq", "dispute"}

    assert told >= set(FORMS[action].__struct_fields__)


def test_a_dispute_says_in_words_what_it_freezes_and_freezes_nothing_by_itself():
    _, freezes = ask(SAID, "disputes", "x", {}).choices

    assert [words for _, words in freezes.options] == [
        SAID["ask.freezes_none"],
        SAID["detail.freezes_settlement"],
        SAID["detail.freezes_delivery"],
    ]


def test_evidence_is_of_a_dispute_that_is_named_in_words():
    claims = [said for said in disputed() if not isinstance(said.event, e.DisputeOpened)]
    opened = e.DisputeOpened(claim="not-delivered", dispute="d-7", freezes="none", message=HIDDEN)
    content = page([*claims, Said(90, "buyer", opened)])

    assert [href.partition("?")[2] for href in links(content) if "evidence" in href] == [
        "seq=9&lang=zh-CN&dispute=d-7"
    ]
    assert SAID.say("ask.about", action=SAID["ask.evidence.name"], claim=SAID["word.not-delivered"]) in (
        Reading(content).all("a")
    )


def test_a_page_without_an_intake_says_whom_to_ask_and_what_to_show(language):
    reading = Reading(page(delivered(), language, intake=""))

    assert actions(page(delivered(), language, intake="")) == []
    assert texts(language)["ask.closed"] in reading.text
    assert texts(language).say("ask.elsewhere", who="yunka") in reading.text


def test_a_page_with_an_intake_names_the_platform_where_no_contact_is_set(language):
    reading = Reading(page(delivered(), language))

    assert texts(language).say("ask.elsewhere", who="yunka") in reading.text
    assert texts(language)["ask.closed"] not in reading.text


@pytest.mark.parametrize(
    ("contact", "address"),
    [("help@shop.example", "mailto:help@shop.example"), ("https://shop.example/help",) * 2],
)
def test_the_operator_is_reached_by_a_link(contact, address):
    for intake in ("", "/"):
        assert address in Reading(page(delivered(), intake=intake, contact=contact)).attributes("href")


def test_an_erased_order_offers_nothing():
    erased = page([*delivered(), Said(99, "yunka", e.Erased(reason="buyer_request"))])

    assert links(erased) == []


def test_of_every_story_its_holder_may_ask(story, language):
    content = order_page(EDITION, language, HANDLE, story.order, story.entries, DEFAULT, story.timeline, OPEN)

    assert "disputes" in actions(content)
