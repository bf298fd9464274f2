"""What is a card, and what is only a sentence about one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.docking.card import cards_in
from mingdan.ledger.docking.reason import is_absent, is_known, reason

CARDS = [
    "ABCD-EFGH-1234-5678",
    "卡号：6228480402 密码：A1b2C3",
    "卡密: 9f86d081884c7d65",
    "player0000----Passw0rd1",
    "https://redeem.example/?code=1A2B3C",
    "card: 4111 1111 1111 1111 pin: 0042",
]
SENTENCES = [
    "正在发货中,请耐心等待,如有疑问请联系客服",
    "此商品没有发货信息",
    "请联系客服QQ12345678",
    "充值成功",
    "Please wait, we will deliver soon",
    "See you at 10am",
    "您的卡密为：ABCD-1234",
    "null",
    "",
]


@pytest.mark.parametrize("line", CARDS)
def test_what_a_card_is_printed_with_is_a_card(line):
    assert cards_in(line) == (line,)


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_is_no_card(line):
    assert cards_in(line) == ()


def test_cards_stand_a_line_each_and_one_sentence_among_them_spoils_all():
    assert cards_in("AAAA-1111\r\n\r\nBBBB-2222\n") == ("AAAA-1111", "BBBB-2222")
    assert cards_in("AAAA-1111\n请在7天内使用") == ()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1))
def test_no_chinese_text_is_a_card(text):
    assert cards_in(text) == ()


@pytest.mark.parametrize(
    ("words", "code", "blame"),
    [
        ("商品库存不足", "supply_cut", "upstream"),
        ("订单成本高于安全价格", "price_rise", "upstream"),
        ("账户余额不足", "other", "platform"),
        ("请求过于频繁", "rate_limited", "platform"),
        ("系统维护中", "outage", "upstream"),
        ("账号格式不正确", "bad_recipient", "buyer"),
        ("未知错误", "other", "unknown"),
    ],
)
def test_a_reason_is_only_what_the_words_tell_for_sure(words, code, blame):
    assert reason(words)[:2] == (code, blame)


def test_a_no_and_a_number_that_is_taken_are_told_apart():
    assert is_absent("订单不存在")
    assert not is_absent("商品不存在")
    assert is_known("外部订单号已存在")
    assert is_known("The request ID already exists")
    assert not is_known("订单不存在")
