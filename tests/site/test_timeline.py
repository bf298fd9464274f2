import re
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.structs import replace

from mingdan.ledger.claim import Signature
from mingdan.ledger.event import (
    KIND_OF,
    KINDS,
    Compensated,
    Erased,
    Located,
    Notified,
    NudgeClosed,
    Nudged,
    OrderEvent,
    PaidLate,
    RecipientChecked,
)
from mingdan.ledger.recipient.reading import rules_in
from mingdan.site.names import NO_NAMES
from mingdan.site.texts import texts

from .reading import Reading
from .stories import EDITION, HIDDEN, Said, told


def values(of: inspect.Type) -> st.SearchStrategy:
    """What a field of an event may hold."""
    match of:
        case inspect.LiteralType(values=listed):
            return st.sampled_from(listed)
        case inspect.UnionType(types=types):
            return st.one_of([values(each) for each in types])
        case inspect.NoneType():
            return st.none()
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=2).map(tuple)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(1, 10_000)
        case inspect.StrType(pattern=None):
            return st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
        case inspect.StrType(pattern=pattern):
            return st.sampled_from([each for each in IDS if re.search(pattern, each)])
    raise AssertionError(of)


def facts(kind: type) -> st.SearchStrategy:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return st.builds(kind, **{field.name: values(field.type) for field in described.fields})


PARTY = "a-party-of-its-own"
RULES = rules_in(None)
IDS = [HIDDEN, "CNY", "JPY", "XTS", "platform", PARTY]
ANY = st.one_of([facts(fact) for fact in get_args(OrderEvent)])


@given(st.lists(ANY, min_size=1, max_size=12), st.sampled_from(EDITION.languages))
def test_any_sequence_of_facts_makes_a_page(events, language):
    claims = [Said(place, "yunka", event) for place, event in enumerate(events)]
    reading = Reading(told(claims).page(EDITION, language))

    assert len(reading.entries) in (0, len(events))  # an erased order shows none


@pytest.mark.parametrize("kind", [KIND_OF[fact] for fact in get_args(OrderEvent) if fact is not Erased])
@given(data=st.data())
def test_every_kind_is_told_with_all_that_it_says(kind, data):
    event = data.draw(facts(KINDS[kind]))
    said = [name for name, value in msgspec.structs.asdict(event).items() if value == PARTY]

    shown = Reading(told([Said(0, "yunka", event)]).page(EDITION, "en")).all("li", id="e1")[0]

    assert shown.count(PARTY) == len(said)


def signed_in(language: str, sig: Signature | None) -> str:
    """How the page tells a fact in this hand."""
    page = told([Said(0, "huanan-daili", KINDS["hop.accepted"](), sig=sig)]).page(EDITION, language)
    return Reading(page).all("li", id="e1")[0]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "huanan-daili 陈述 · 已由 huanan-daili 的密钥 0123456789abcdef 签名"),
        ("en", "said by huanan-daili · signed with huanan-daili's key 0123456789abcdef"),
    ],
)
def test_what_a_party_signed_says_so_and_with_which_key(language, words):
    assert words in signed_in(language, Signature(ed25519=86 * "A" + "==", key="0123456789abcdef"))


def test_what_nobody_signed_does_not_look_signed():
    assert "签名" not in signed_in("zh-CN", None)
    assert "signed with" not in signed_in("en", None)


# what machines call so, in words ----------------------------------------------------------------------
def shown(*events: OrderEvent, language: str = "zh-CN") -> str:
    """The last of these facts as the page tells it."""
    claims = [Said(place, "yunka", event) for place, event in enumerate(events)]
    return Reading(told(claims).page(EDITION, language)).all("li", id=f"e{len(events)}")[0]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (PaidLate(after="cancelled"), "订单取消后款项到账"),
        (PaidLate(after="expired"), "订单过期后款项到账"),
        (NudgeClosed(nudge="n1", outcome="timeout"), "催单：到期自动了结"),
    ],
)
def test_what_comes_after_an_end_names_that_end(event, says):
    reading = Reading(told([Said(0, "yunka", event)]).page(EDITION))

    assert says in reading.all("p")


def test_how_and_of_what_a_buyer_was_told_is_said_in_words():
    by_page = shown(Notified(channel="page", of=HIDDEN, template="exception.fault"))
    by_phone = shown(Notified(channel="sms", of=HIDDEN, template="risk.velocity"))

    assert "通知买家（订单页）" in by_page
    assert "通知内容：异常通报（故障）" in by_page
    assert "通知买家（短信）" in by_phone
    assert "通知内容：风控拦截（下单过频）" in by_phone


def test_a_notice_that_is_none_of_the_ledgers_own_is_shown_as_its_sender_calls_it():
    assert "通知内容：exception" in shown(Notified(channel="page", of=HIDDEN, template="exception"))
    assert "通知买家（wechat-mp）" in shown(Notified(channel="wechat-mp", of=HIDDEN, template="x"))


def test_what_was_checked_of_a_recipient_is_said_in_words():
    told = shown(RecipientChecked(field="account", result="ok", rule="qq-number"))

    assert "核验充值账号：通过" in told
    assert "规则：QQ 号" in told


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_of_recipients_that_mingdan_brings_has_its_name_and_its_fields(language, rule):
    for field in RULES[rule].field:
        told = shown(RecipientChecked(field=field.name, result="ok", rule=rule), language=language)
        assert texts(language)[f"account_rule.{rule}"] in told
        assert texts(language)[f"account.{field.name}"] in told


def test_an_order_that_stands_in_no_stage_is_not_stuck_in_none():
    nudge = Nudged(nudge="n-1")
    found = Located(cause="delivered", entries=(HIDDEN,), holder="yunka", nudge="n-1", stage="none")

    assert "问题定位：不在任何环节停着，由 yunka 负责答复" in shown(nudge, found)
    assert "停在「上游激活」环节" in shown(nudge, replace(found, stage="activation"))


def test_the_ledgers_own_word_stands_without_a_blank():
    asked = told([Said(0, "buyer", Nudged(nudge="n-1"))])

    assert "买家陈述 · " in Reading(asked.page(EDITION)).all("li", id="e1")[0]


def test_compensation_under_a_published_promise_names_it():
    names = replace(NO_NAMES, policies={"default/2": "一天内送达"})
    claims = [Said(0, "yunka", Compensated(amount=100, rule="default-v2"))]

    assert "规则：一天内送达第 2 版" in Reading(told(claims).page(replace(EDITION, names=names))).text
    assert "规则：default-v2" in Reading(told(claims).page(EDITION)).text


def test_private_words_are_named_but_never_shown():
    claims = [Said(0, "yunka", KINDS["order.paid"](payment=HIDDEN))]
    shown = Reading(told(claims).page(EDITION, "en"))

    assert "kept private: payment reference" in shown.text
    assert HIDDEN not in "".join(shown.all("p"))
