"""What an order's page offers its link holder: only what the rules allow, in forms that need no script."""

import gzip
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
from mingdan.site.actions import sent_to
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


def forms(page: bytes) -> list[str]:
    """The actions that forms of a page lead to, as they stand in it."""
    reading = Reading(page)
    assert all(has["method"] == "post" for has, _ in reading.each("form"))
    return [re.search(r"/(\w+)\?", has["action"])[1] for has, _ in reading.each("form")]


@pytest.mark.parametrize(
    ("claims", "offered"),
    [
        (begun()[:1], ["nudges", "corrections", "disputes"]),
        (CARD, ["nudges", "disputes"]),
        (delivered(), ["confirmations", "nudges", "disputes"]),
        (disputed(), ["confirmations", "nudges", "evidence", "disputes"]),
        (STORIES["completed"], ["nudges", "disputes"]),
        (STORIES["refunded"], ["nudges", "disputes"]),
        (STORIES["reversed"], ["nudges", "corrections", "disputes"]),
        (STORIES["imported"], ["confirmations", "nudges", "disputes"]),
    ],
    ids=["placed", "card", "delivered", "disputed", "completed", "refunded", "reversed", "imported"],
)
def test_a_page_offers_what_the_rules_allow(claims, offered):
    assert forms(page(claims)) == offered


@pytest.mark.parametrize("action", FORMS)
def test_what_a_page_offers_is_taken_and_what_it_does_not_is_refused(story, action):
    """But for a card, which is for whoever holds the link: nobody asks to correct its account."""
    fields = {"corrections": {"recipient": "x"}, "disputes": {"claim": "other"}}.get(action, {"seq": "1"})
    if action == "evidence":
        fields = {"dispute": "d-7", "message": "x"}
    claim = claim_of(read_form(action, {"seq": "1"} | fields), draw_order(draw=Random(1).randbytes))
    taken = True
    try:
        decide(story.order, claim, DEFAULT, at=NOON, now=NOON)
    except IllegalTransition:
        taken = False

    assert taken == (action in {offer.action for offer in offers(story.order, DEFAULT, NOON)})


def test_every_form_says_of_which_order_page_and_language_it_is(language):
    for has, _ in Reading(page(delivered(), language)).each("form"):
        assert has["action"].startswith(f"../../v1/o/{HANDLE}/")
        assert has["action"].endswith(f"?seq=8&lang={language}")


def test_an_intake_elsewhere_is_led_to_by_its_address():
    content = page(delivered(), intake="https://intake.example.com:8443/shop")

    (address, *_) = [has["action"] for has, _ in Reading(content).each("form")]
    assert address.startswith(f"https://intake.example.com:8443/shop/v1/o/{HANDLE}/")
    assert b"form-action https://intake.example.com:8443&#34;" not in content
    assert b'form-action https://intake.example.com:8443">' in content


def test_a_page_may_send_forms_to_its_intake_and_nowhere_else():
    assert b"form-action 'self'\">" in page(delivered())
    assert b"form-action 'none'\">" in page(delivered(), intake="")
    assert sent_to("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000"


def test_every_action_stands_folded_under_its_name(language):
    reading = Reading(page(delivered(), language))

    names = [texts(language)[f"ask.{action}.name"] for action in ("confirmations", "nudges", "disputes")]
    assert [each for each in reading.all("summary") if each in names] == names
    assert all("open" not in has for has, _ in reading.each("details"))


def test_a_form_that_the_order_waits_for_stands_open():
    invalid = Said(0.8, "yunka", e.RecipientChecked(field="手机号", result="invalid", rule="cn-mobile"))
    reading = Reading(page([*begun()[:2], invalid]))

    (opened,) = [text for has, text in reading.each("details") if "open" in has]
    assert SAID["ask.corrections.name"] in opened


def test_every_field_has_its_label_and_none_is_filled_in_by_the_browser(language):
    reading = Reading(page(begun(), language))
    labels = "".join(reading.all("label"))

    for has, _ in reading.each("input") + reading.each("textarea"):
        assert has["maxlength"]
    for word in ("recipient", "claim", "freezes", "message"):
        assert texts(language)[f"ask.{word}"] in labels
    filled = [has for has, text in reading.each("form") if "autocomplete" not in has and "label" in text]
    assert filled == []


def test_a_dispute_says_in_words_what_it_freezes_and_freezes_nothing_by_itself():
    options = Reading(page(delivered())).each("option")

    assert [text for has, text in options if has["value"] in ("none", "settlement", "delivery")] == [
        SAID["detail.freezes_none"],
        SAID["detail.freezes_settlement"],
        SAID["detail.freezes_delivery"],
    ]


def test_evidence_is_of_a_dispute_that_is_named_in_words():
    claims = [said for said in disputed() if not isinstance(said.event, e.DisputeOpened)]
    opened = e.DisputeOpened(claim="not-delivered", dispute="d-7", freezes="none", message=HIDDEN)
    reading = Reading(page([*claims, Said(90, "buyer", opened)]))

    assert [has["value"] for has, _ in reading.each("input") if has.get("type") == "hidden"] == ["d-7"]
    assert SAID.say("ask.about", action=SAID["ask.evidence.name"], claim=SAID["word.not-delivered"]) in (
        reading.all("summary")
    )


def test_a_page_without_an_intake_says_whom_to_ask_and_what_to_show(language):
    reading = Reading(page(delivered(), language, intake=""))

    assert reading.each("form") == []
    assert texts(language)["ask.closed"] in reading.text
    assert texts(language).say("ask.elsewhere", who="yunka") in reading.text


@pytest.mark.parametrize(
    ("contact", "address"),
    [("help@shop.example", "mailto:help@shop.example"), ("https://shop.example/help",) * 2],
)
def test_the_operator_is_reached_by_a_link(contact, address):
    for intake in ("", "/"):
        assert address in Reading(page(delivered(), intake=intake, contact=contact)).attributes("href")


def test_an_erased_order_offers_nothing():
    erased = page([*delivered(), Said(99, "yunka", e.Erased(reason="buyer_request"))])

    assert Reading(erased).each("form") == []


def test_forms_close_their_elements_and_every_story_has_some(story, language):
    content = order_page(EDITION, language, HANDLE, story.order, story.entries, DEFAULT, story.timeline, OPEN)

    assert "nudges" in forms(content)


def test_an_ordinary_order_with_its_forms_keeps_the_budget(language):
    beyond = re.sub(
        rb'<ol class="raw">.*?</ol>|(?<="application/json" id="proof">)[^<]*',
        b"",
        page(delivered(), language),
        flags=re.DOTALL,
    )
    beyond = re.sub(rb'(?<="application/json" id="trust">)[^<]*', b"", beyond)

    assert len(beyond) <= 12 * 1024
    assert len(gzip.compress(beyond)) <= 4.5 * 1024
