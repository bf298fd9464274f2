import pytest

from mingdan.ledger.market import party
from mingdan.ledger.market.signing import key_id
from mingdan.site.party_page import OPEN, party_pages
from mingdan.site.signpost import path_of_party

from .reading import Reading
from .registered import (
    EMPTY,
    EVIDENCE,
    FULL,
    KEYS,
    LONG,
    NAME_OF_AN_ATTACKER,
    decided,
    page_of,
    qualified,
    register,
    registered,
    rows_of,
    told,
)
from .stories import EDITION

SEVERITIES = {
    "warned": party.Warned,
    "suspended": party.Suspended,
    "blacklisted": party.Blacklisted,
    "expelled": party.Expelled,
}


def all_parties(language: str = "zh-CN", of=FULL) -> Reading:
    mark = "" if language == "zh-CN" else f".{language}"
    return page_of(party_pages(EDITION, language, of), f"parties/index{mark}.html")


def one(*facts, public: str | None = "华南代理") -> Reading:
    """The page of a party that these facts are told of."""
    known = registered("huanan-daili", "agent", *facts, public=public)
    return page_of(party_pages(EDITION, "zh-CN", register(known)), path_of_party("huanan-daili"))


# all parties ------------------------------------------------------------------------------------------
def test_every_party_is_listed_once_under_its_role():
    reading = all_parties()

    headings = reading.all("h2")
    assert headings[1:-1] == ["平台", "商家", "代理商", "供货商", "审计方"]
    listed = {row.split()[-1] for row in reading.all("th", scope="row")}
    assert listed == FULL.parties.keys()
    assert len(reading.all("th", scope="row")) == len(FULL.parties)


def test_a_name_that_is_not_public_is_on_no_page(language):
    pages = [content.decode() for _, content in party_pages(EDITION, language, FULL)]

    assert [page for page in pages if "不公开的名称" in page] == []
    assert any("核心供应商" in page for page in pages)


def test_sanctions_that_stand_come_first_and_the_gravest_of_them():
    reading = all_parties()

    assert [text.split()[0] for text in reading.all("p", class_="what")] == [
        "清退",
        "黑名单",
        "暂停合作",
        "警告",
    ]


@pytest.mark.parametrize("severity", SEVERITIES)
def test_each_severity_has_a_word_and_a_frame_of_its_own(severity):
    tags = [has for has, _ in one(decided(SEVERITIES[severity], -5, "理由")).each("b")]

    assert {"class": f"tag {severity}"} in tags


def test_an_empty_register_says_so(language):
    reading = all_parties(language, EMPTY)

    assert len(reading.all("p", class_="empty")) == 2


def test_what_each_severity_means_for_buyers_is_said_in_one_sentence(language):
    meanings = all_parties(language).all("dd")[-4:]

    assert len(set(meanings)) == 4
    assert [each[-1] for each in meanings] == (["。"] if language == "zh-CN" else ["."]) * 4


@pytest.mark.parametrize(
    ("until", "lapsed", "words"),
    [(30, None, "由 shenji-yuan 核验，有效期至 "), (-1, None, "已失效："), (-2, -1, "已失效：")],
    ids=["valid", "run out", "lapsed"],
)
def test_a_qualification_is_valid_only_until_its_term(until, lapsed, words):
    facts = [qualified(-100, until)]
    if lapsed is not None:
        facts.append((lapsed, "yunka", party.Lapsed()))

    assert rows_of(one(*facts))["资质"].startswith(words)


def test_a_party_without_a_qualification_has_none():
    assert rows_of(one())["资质"] == "没有资质核验的记录"


# one party --------------------------------------------------------------------------------------------
def test_a_party_is_shown_with_what_its_stream_says():
    rows = rows_of(one())

    assert rows["编号"] == "huanan-daili"
    assert rows["角色"] == "代理商"
    assert rows["登记时间"] == "2026年1月26日 12:00"
    assert rows["在日志中的编号"] == "party/huanan-daili"
    assert rows["记录条数"] == "1"
    assert rows["最后一条的叶哈希"] == registered("huanan-daili", "agent").leaf.hex()


def test_a_party_without_a_public_name_is_called_by_its_id():
    assert one(public=None).all("h1") == ["huanan-daili"]
    assert one().all("h1") == ["华南代理"]


def test_keys_are_shown_with_when_they_held():
    keys = [(-9, "huanan-daili", party.Keyed(key=key)) for key in KEYS]
    newest, first = one(*keys).all("ul", class_="plain")[0].strip().splitlines()

    assert newest == f"{KEYS[1]} 现用编号 {key_id(KEYS[1])} · 2026年11月13日 12:00 起"
    assert first == f"{KEYS[0]}编号 {key_id(KEYS[0])} · 2026年11月13日 12:00 起，至 2026年11月13日 12:00"


def test_a_key_that_a_platform_gave_is_not_shown_as_the_partys_own_word():
    keys = [(-9, "huanan-daili", party.Keyed(key=KEYS[0])), (-8, "yunka", party.Keyed(key=KEYS[1]))]
    newest, first = one(*keys).all("ul", class_="plain")[0].strip().splitlines()

    assert newest.endswith("起 · 由 yunka 代为登记")
    assert "代为登记" not in first


def test_a_decision_is_shown_with_its_reasons_evidence_and_term():
    rows = rows_of(one(decided(party.Suspended, -9, "断供未报", until=21)))

    assert rows["理由"] == "断供未报"
    assert rows["决定时间"] == "2026年11月13日 12:00"
    assert rows["截止"] == "2026年12月13日 12:00"
    assert rows["依据"] == "".join(EVIDENCE)


def test_a_term_that_is_over_is_said_to_be_until_its_end_is_recorded():
    assert "期限已满" in rows_of(one(decided(party.Suspended, -9, "断供未报", until=-1)))["截止"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([decided(party.Suspended, -9, "断供")], "可以提出，没有期限"),
        (
            [decided(party.Suspended, -9, "断供", appeal_by=1)],
            "可以提出，截至 2026年11月23日 12:00，还有 1 天",
        ),
        ([decided(party.Suspended, -9, "断供", appeal_by=-1)], "未提出，期限已于 2026年11月21日 12:00 届满"),
        (
            [decided(party.Suspended, -9, "断供"), (-8, "huanan-daili", party.Appealed())],
            "已于 2026年11月14日 12:00 提出，尚无结果",
        ),
        (
            [
                decided(party.Suspended, -9, "断供"),
                (-8, "huanan-daili", party.Appealed()),
                (-7, "yunka", party.Reinstated(reason="appeal_upheld")),
            ],
            "曾于 2026年11月14日 12:00 提出",
        ),
        (
            [decided(party.Warned, -9, "断供"), (-7, "yunka", party.Reinstated(reason="mistake"))],
            "未提出",
        ),
    ],
    ids=["open", "in time", "too late", "filed", "upheld", "ended"],
)
def test_an_appeal_is_shown_as_it_stands(facts, words):
    assert rows_of(one(*facts))["申诉"] == words


def test_a_sanction_that_ended_stands_no_more_and_stays_on_the_page():
    ended = one(decided(party.Expelled, -9, "旧账"), (-7, "yunka", party.Reinstated(reason="mistake")))

    assert "已于 2026年11月15日 12:00 终止" in ended.text
    assert ended.all("section", class_="side") == []
    assert "旧账" in ended.text


def test_a_decision_says_who_made_it_and_who_ended_it_and_why(language):
    facts = [
        decided(party.Expelled, -9, "旧账"),
        (-7, "shenji-yuan", party.Reinstated(reason="appeal_upheld")),
    ]
    appealed = (-8, "huanan-daili", party.Appealed())
    known = register(
        registered("huanan-daili", "agent", facts[0], appealed, facts[1]), registered("yunka", "platform")
    )
    mark = "" if language == "zh-CN" else f".{language}"
    page = page_of(party_pages(EDITION, language, known), f"parties/huanan-daili/index{mark}.html")
    by, ended, why = {
        "zh-CN": ("决定方", "由谁终止", "终止理由"),
        "en": ("Decided by", "Ended by", "Why it ended"),
    }[language]
    rows = rows_of(page)

    assert (rows[by], rows[ended]) == ("yunka", "shenji-yuan")
    assert rows[why] == {"zh-CN": "申诉成立", "en": "the appeal was upheld"}[language]
    assert f"../../parties/yunka/index{mark}.html" in page.attributes("href")


def test_a_decision_that_stands_says_who_made_it_and_nothing_of_an_end():
    rows = rows_of(one(decided(party.Warned, -9, "断供")))

    assert rows["决定方"] == "yunka"
    assert not rows.keys() & {"由谁终止", "终止理由"}


def test_what_a_standing_sanction_means_heads_the_page():
    (side,) = one(decided(party.Expelled, -9, "不送达")).all("section", class_="side")

    assert "它仍须送达或退款" in side


def test_sixty_decisions_are_all_there_the_newest_unfolded():
    reading = one(*(decided(party.Warned, -61 + number, f"第 {number} 次") for number in range(60)))

    reasons = [
        value for what, value in zip(reading.all("dt"), reading.all("dd"), strict=True) if what == "理由"
    ]
    assert reasons == [f"第 {number} 次" for number in reversed(range(60))]
    assert reading.all("summary") == [f"更早的 {60 - OPEN} 项处分"]


def test_entries_that_break_a_rule_are_named(language):
    known = registered("huanan-daili", "agent", (-5, "yunka", party.Lapsed()), public="华南代理")
    mark = "" if language == "zh-CN" else f".{language}"
    page = page_of(party_pages(EDITION, language, register(known)), f"parties/huanan-daili/index{mark}.html")

    assert known.irregularities[0].leaf.hex() in page.text
    assert {"zh-CN": "有资质才谈得上失效", "en": "only a qualification lapses"}[language] in page.text


def test_a_party_that_was_never_registered_speaks_with_the_operators_word():
    stray = told("party/nobody", (-5, "yunka", party.Keyed(key=KEYS[0])))
    reading = page_of(party_pages(EDITION, "zh-CN", register(stray)), "parties/nobody/index.html")

    assert "它没有登记，所说的话由运营方代为负责。" in reading.text
    assert all_parties(of=register(stray)).all("h2")[1] == "未登记"


def test_words_of_an_attacker_stay_words(language):
    evil = registered(
        "evil", "agent", decided(party.Warned, -5, NAME_OF_AN_ATTACKER), public=NAME_OF_AN_ATTACKER
    )
    for _, content in party_pages(EDITION, language, register(evil)):
        reading = Reading(content)

        assert reading.all("script") == []
        assert NAME_OF_AN_ATTACKER in reading.text


def test_a_long_name_is_shown_whole():
    assert one(public=LONG).all("h1") == [LONG]


def test_a_party_that_is_called_as_a_page_takes_no_files_place():
    paths = [path for path, _ in party_pages(EDITION, "en", register(registered("index.html", "agent")))]

    assert paths == ["parties/index.en.html", "parties/index.html~/index.en.html"]
