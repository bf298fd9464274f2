"""Why words were found ok, suspect or invalid: stable codes, each with its result and a sentence for people.

They stand from the nearest to the farthest from right, and no sentence repeats the words.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from mingdan.ledger.recipient.rule import Names

Result = Literal["ok", "suspect", "invalid"]
Code = Literal[
    "fits",
    "tidied",
    "invisible",
    "full_width",
    "foreign_letter",
    "letter_for_digit",
    "domain_slip",
    "near_name",
    "other_region",
    "swapped",
    "unknown_segment",
    "too_short",
    "too_long",
    "wrong_start",
    "no_mail",
    "characters",
    "unknown_name",
    "missing_field",
    "unknown_field",
    "no_text",
    "no_object",
]


class Hint(NamedTuple):
    result: Result
    says: Names


def distance(code: Code) -> int:
    """How far from right: 0 is what fits."""
    return _FARTHER.index(code)


def _hint(result: Result, zh_cn: str, en: str) -> Hint:
    return Hint(result, Names(zh_cn=zh_cn, en=en))


_FARTHER: tuple[Code, ...] = get_args(Code)
HINTS: dict[Code, Hint] = {
    "fits": _hint(
        "ok",
        "格式正确；账号是否真实存在，这里无法判断。",
        "It has the right form; whether it exists is not known here.",
    ),
    "tidied": _hint(
        "ok",
        "已略去空格、连字符或国家代码，其余格式正确。",
        "It has the right form once spaces, dashes or the country code are left out.",
    ),
    "invisible": _hint(
        "suspect",
        "含有看不见的字符，多半是复制时带入的。",
        "It holds characters that cannot be seen, as copying leaves them.",
    ),
    "full_width": _hint(
        "suspect",
        "含有全角字符，请确认是否应为半角。",
        "It holds full-width or unusual forms of characters; the plain ones were probably meant.",
    ),
    "foreign_letter": _hint(
        "suspect",
        "含有形似拉丁字母的其他文字（如西里尔、希腊字母）。",
        "It holds Cyrillic, Greek or other characters that look like plain ones.",
    ),
    "letter_for_digit": _hint(
        "suspect",
        "数字中混入了字母，如 O 与 0、l 或 I 与 1。",
        "Letters stand among digits: O for 0, or l or I for 1.",
    ),
    "domain_slip": _hint(
        "suspect",
        "邮箱域名疑似拼写有误。",
        "The domain of the mail address looks misspelt.",
    ),
    "near_name": _hint(
        "suspect",
        "没有完全同名的大区或服务器，但有一个十分接近。",
        "No region or server is called exactly so, but one is very close.",
    ),
    "other_region": _hint(
        "suspect",
        "该大区没有这个服务器，其他大区有。",
        "This region has no such server; another region has.",
    ),
    "swapped": _hint(
        "suspect",
        "大区与服务器疑似填反了。",
        "Region and server look swapped.",
    ),
    "unknown_segment": _hint(
        "suspect",
        "号段不在已知号段表中，请再核对一遍号码。",
        "No carrier is known for how this number begins; please read it again.",
    ),
    "too_short": _hint(
        "invalid",
        "位数不够，可能漏输了。",
        "It is too short; something may be missing.",
    ),
    "too_long": _hint(
        "invalid",
        "位数过多，可能多输了。",
        "It is too long; something may have been typed twice.",
    ),
    "wrong_start": _hint(
        "invalid",
        "开头不符合规则。",
        "It does not begin as it must.",
    ),
    "no_mail": _hint(
        "invalid",
        "不是完整的邮箱地址。",
        "It is not a whole mail address.",
    ),
    "characters": _hint(
        "invalid",
        "含有不允许的字符。",
        "It holds characters that cannot stand in it.",
    ),
    "unknown_name": _hint(
        "invalid",
        "没有这个大区或服务器。",
        "There is no such region or server.",
    ),
    "missing_field": _hint(
        "invalid",
        "缺少必填项。",
        "A field that is needed is missing or empty.",
    ),
    "unknown_field": _hint(
        "invalid",
        "含有该规则没有的项。",
        "It holds a field that the rule does not have.",
    ),
    "no_text": _hint(
        "invalid",
        "每一项都须写成带引号的文本。",
        "Each field is text in quotes.",
    ),
    "no_object": _hint(
        "invalid",
        "须为 JSON 对象，每一项只出现一次。",
        "It must be a JSON object in which each field stands once.",
    ),
}
