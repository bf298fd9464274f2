"""Words of people who do not exist, for every rule that comes with mingdan."""

from __future__ import annotations

import json


def player(account="ming_7", region="华东一区", server="听雪楼", **more) -> str:
    words = {"account": account, "region": region, "server": server} | more
    return json.dumps({name: text for name, text in words.items() if text is not None}, ensure_ascii=False)


def numbered(account="100000", region="安卓", server="一服·初雪") -> str:
    return player(account, region, server)


FITTING = [
    ("cn-mobile", "13800000000"),
    ("cn-mobile", "19200000000"),
    ("phone-shape", "12000000000"),
    ("mail-account", "bao@example.invalid"),
    ("mail-account", "no.body+7@Mail.Example.invalid"),
    ("qq-number", "10000"),
    ("account-format", "player-7"),
    ("game-account", "7th.player"),
    ("game-account", "player-00001-000123"),
    ("member-account", "13800000000"),
    ("member-account", "bao@example.invalid"),
    ("member-account", "player-7"),
    ("card-quota", "10000"),
    ("game-cloudrealm", player()),
    ("game-cloudrealm", player(role="听雨7")),
    ("game-cloudrealm", player(role="")),
    ("game-cloudrealm", player("bao@example.invalid", "国际区", "Lantern Bay")),
    ("game-jadeking", numbered()),
]
TIDIED = [
    ("cn-mobile", " 138 0000-0000\n", "13800000000"),
    ("cn-mobile", "+8613800000000", "13800000000"),
    ("cn-mobile", "0086 138 0000 0000", "13800000000"),
    ("cn-mobile", "8613800000000", "13800000000"),
    ("phone-shape", "120-0000-0000", "12000000000"),
    ("qq-number", "100 000", "100000"),
    ("account-format", " player-7 ", "player-7"),
    ("game-jadeking", numbered("100 000"), '{"account":"100000","region":"安卓","server":"一服·初雪"}'),
    (
        "game-cloudrealm",
        player(server=" 听雪楼"),
        '{"account":"ming_7","region":"华东一区","server":"听雪楼"}',
    ),
]
MEANT = '{"account":"ming_7","region":"华东一区","server":"听雪楼"}'
SUSPECT = [
    ("cn-mobile", "138OOOOOO0l", "letter_for_digit", "phone", "13800000001"),
    ("cn-mobile", "138000I0o00", "letter_for_digit", "phone", "13800010000"),
    ("cn-mobile", "１３８００００００００", "full_width", "phone", "13800000000"),
    ("cn-mobile", "+86－１３８００００００００", "full_width", "phone", "13800000000"),
    ("cn-mobile", "138О0000000", "letter_for_digit", "phone", "13800000000"),  # a Cyrillic О
    ("cn-mobile", "138—0000—0000", "foreign_letter", "phone", "13800000000"),
    ("cn-mobile", "138\u200b00000000", "invisible", "phone", "13800000000"),
    ("cn-mobile", "15400000000", "unknown_segment", "phone", None),
    ("cn-mobile", "1540000OO00", "unknown_segment", "phone", None),
    ("account-format", "рlayer-7", "foreign_letter", "account", "player-7"),  # a Cyrillic р
    ("account-format", "playerν7", "foreign_letter", "account", "playerv7"),  # a Greek ν
    ("account-format", "player10O1", "letter_for_digit", "account", "player1001"),
    ("game-account", "7l7I7", "letter_for_digit", "account", "71717"),
    ("qq-number", "1OOOO", "letter_for_digit", "account", "10000"),
    ("mail-account", "bao@example.con", "domain_slip", "account", "bao@example.com"),
    ("mail-account", "nobody-at-all@gmial.com", "domain_slip", "account", "nobody-at-all@gmail.com"),
    ("mail-account", "nobody-at-all@gmal.con", "domain_slip", "account", "nobody-at-all@gmail.com"),
    (
        "mail-account",
        "nobody-at-all＠example。invalid",
        "full_width",
        "account",
        "nobody-at-all@example.invalid",
    ),
    ("member-account", "bao@example.cmo", "domain_slip", "account", "bao@example.com"),
    ("member-account", "138OOOOOO00", "letter_for_digit", "account", "13800000000"),
    ("game-cloudrealm", player(region="听雪楼", server="华东一区"), "swapped", "region", MEANT),
    ("game-cloudrealm", player(region="华南一区"), "other_region", "region", MEANT),
    ("game-cloudrealm", player(region="国际区", server="望江亭"), "other_region", "region", None),
    ("game-cloudrealm", player(region="华东1区"), "near_name", "region", MEANT),
    ("game-cloudrealm", player(server="聽雪楼"), "near_name", "server", MEANT),
    ("game-cloudrealm", player(server="听雪搂"), "near_name", "server", MEANT),
    ("game-cloudrealm", player("ming＿7"), "full_width", "account", MEANT),
    (
        "game-cloudrealm",
        player(region="国际区", server="lanternbay"),
        "near_name",
        "server",
        '{"account":"ming_7","region":"国际区","server":"Lantern Bay"}',
    ),
]
INVALID = [
    ("cn-mobile", "", "missing_field", "phone"),
    ("cn-mobile", "1380000000", "too_short", "phone"),
    ("cn-mobile", "138000000000", "too_long", "phone"),
    ("cn-mobile", "12800000000", "wrong_start", "phone"),
    ("cn-mobile", "1380000000x", "characters", "phone"),
    ("cn-mobile", "+86+8613800000000", "characters", "phone"),
    ("phone-shape", "23800000000", "wrong_start", "phone"),
    ("mail-account", "bao.example.invalid", "no_mail", "account"),
    ("mail-account", "bao@bao@example.invalid", "no_mail", "account"),
    ("mail-account", "bao..7@example.invalid", "no_mail", "account"),
    ("mail-account", "bao@example", "no_mail", "account"),
    ("mail-account", "bao@-example.invalid", "no_mail", "account"),
    ("mail-account", "bao@example.i", "no_mail", "account"),
    ("mail-account", "鲍@example.invalid", "characters", "account"),
    ("qq-number", "01234", "wrong_start", "account"),
    ("qq-number", "1234", "too_short", "account"),
    ("account-format", "7player", "wrong_start", "account"),
    ("account-format", "p" * 33, "too_long", "account"),
    ("game-account", "玩家七七", "characters", "account"),
    ("member-account", "1380000000", "too_short", "account"),
    ("member-account", "no one", "characters", "account"),
    ("card-quota", "7!", "characters", "account"),
    ("game-cloudrealm", "ming_7", "no_object", "account"),
    ("game-cloudrealm", "[]", "no_object", "account"),
    ("game-cloudrealm", "[" * 100_000, "no_object", "account"),
    ("game-cloudrealm", '{"account": "a", "account": "b"}', "no_object", "account"),
    ("game-cloudrealm", player(account=7), "no_text", "account"),
    ("game-cloudrealm", player(guild="x"), "unknown_field", "account"),
    ("game-cloudrealm", player(server=None), "missing_field", "server"),
    ("game-cloudrealm", player(region=" "), "missing_field", "region"),
    ("game-cloudrealm", player(region="华東一区"), "unknown_name", "region"),  # 华东 or 华南?
    ("game-cloudrealm", player(region="华北区"), "unknown_name", "region"),
    ("game-cloudrealm", player(server="无名"), "unknown_name", "server"),
    ("game-cloudrealm", player("a"), "too_short", "account"),
    ("game-cloudrealm", player(role="x" * 13), "too_long", "role"),
    ("game-jadeking", numbered("player"), "characters", "account"),
]
