import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import get_args

import msgspec
import pytest
from babel import Locale
from babel.messages.pofile import read_po
from msgspec import inspect

import mingdan.site.texts as module
from mingdan.ledger.duty.answer import Cause
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS
from mingdan.ledger.intake.holder import Complaint
from mingdan.ledger.market import fold as market
from mingdan.ledger.order import HopState, StageName
from mingdan.ledger.rules import RULES
from mingdan.ledger.status import SIDES, STEPS
from mingdan.site.html import quoted
from mingdan.site.texts import languages, texts

ROOM = Path(module.__file__).parent
FIELDS = [field for fact in KINDS.values() for field in inspect.type_info(fact).fields]
STATES = next(field for field in inspect.type_info(HopState).fields if field.name == "state")


def literals(of: inspect.Type) -> set[str]:
    """The values of the closed lists that a field may hold."""
    match of:
        case inspect.LiteralType(values=values):
            return set(values)
        case inspect.UnionType(types=types):
            return {value for each in types for value in literals(each)}
        case _:
            return set()


def places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def domain_keys() -> set[str]:
    """The keys that the vocabulary of the domain calls for."""
    told = ("name", "meaning", "not_yet", "next")
    return {
        *(f"kind.{kind}" for kind in KINDS),
        *(f"field.{field.name}" for field in FIELDS),
        *(f"word.{value}" for field in FIELDS for value in literals(field.type)),
        *(f"word.{code}" for code in ("short", "uncertain", "merged")),
        *(f"word.{cause}" for cause in get_args(Cause)),
        *(f"word.{claim}" for claim in get_args(Complaint)),
        *(f"rule.{rule}" for rule in RULES | market.RULES),
        *(f"step.{step}.{part}" for step in STEPS for part in told),
        *(f"side.{side}.{part}" for side in SIDES for part in told if side != "none"),
        "side.none.name",
        "side.refund_approved.next",
        *(f"errand.{wanted}.next" for wanted in ("confirm", "confirm_card", "correct", "correct_card")),
        *(f"stage.{stage}.{part}" for stage in get_args(StageName) for part in ("name", "next")),
        *(f"hop.{state}" for state in (*literals(STATES.type), "started", "succeeded", "failed")),
        *(f"month.{month}" for month in range(1, 13)),
    }


def written_keys() -> re.Pattern[str]:
    """What the code and the templates ask for by name, and by names with a part filled in."""
    sources = [path.read_text() for path in [*ROOM.glob("*.py"), *ROOM.glob("templates/*")]]
    named = {name for source in sources for name in re.findall(r"['\"]([a-z_]+\.[\w.{}\[\]-]+)['\"]", source)}
    named |= set(spoken_keys())
    open_tables = ("field.", "kind.", "word.", "rule.", "step.", "side.", "stage.", "hop.", "month.")
    return re.compile(
        "|".join(
            re.sub(r"\\\{.*?\\\}", "[^.]+", re.escape(name))
            for name in named
            if not name.startswith(open_tables)
        )
    )


def spoken_keys() -> Iterator[str]:
    """What scripts ask for: each knows its phrases without the name of their table."""
    phrase = re.compile(r"""["`]([a-z$][\w.${}? "]*)["`]""")
    for path in (ROOM / "static").glob("*.js"):
        for found in phrase.findall(path.read_text()):
            name = re.sub(r"\$\{.*?\}", "{}", found)
            yield from (f"check.{name}", f"verify.{name}")


def test_all_languages_hold_the_same_keys():
    assert languages() == ("en", "zh-CN", "zh-Hant")
    assert {frozenset(texts(each).keys()) for each in languages()} == {frozenset(texts("zh-CN").keys())}


def test_phrases_fill_in_the_same_places_in_every_language():
    differing = {
        (language, key)
        for language in languages()
        for key, phrase in texts("zh-CN").items()
        if places(phrase) != places(texts(language)[key])
    }

    assert differing == set()


@pytest.mark.parametrize("language", languages())
def test_no_phrase_is_empty_or_holds_what_html_reserves(language):
    for key, phrase in texts(language).items():
        assert phrase.strip() == phrase or key == "page.comma", key
        assert phrase, key
        assert quoted(phrase) == phrase, key


def test_a_catalog_is_as_gettext_has_it():
    for language in languages():
        path = ROOM / "locales" / f"{language}.po"
        catalog = read_po(BytesIO(path.read_bytes()), abort_invalid=True)

        assert str(catalog.locale) == str(Locale.parse(language, sep="-"))
        assert [errors for _, errors in catalog.check()] == []
        assert not any(each.fuzzy for each in catalog if each.id)
        assert catalog.obsolete == {}


def test_traditional_chinese_is_written_in_its_own_characters():
    plain, full = texts("zh-CN"), texts("zh-Hant")
    simplified = set("".join(plain.values())) - set("".join(full.values()))

    assert set("订单发货这说时间记录证码") <= simplified
    assert not set("订单发货这说时间记录证码") & set("".join(full.values()))


def test_every_word_of_the_domain_has_its_text(language):
    assert domain_keys() - texts(language).keys() == set()


def test_no_text_lies_unused():
    asked = written_keys()
    unused = {key for key in texts("zh-CN") if not asked.fullmatch(key)} - domain_keys()

    assert unused == set()


@pytest.mark.parametrize("language", languages())
def test_a_kind_is_told_by_fields_that_it_always_has(language):
    for kind, fact in KINDS.items():
        required = {field.name for field in msgspec.structs.fields(fact) if field.required}

        assert places(texts(language)[f"kind.{kind}"]) <= required, kind


def test_the_four_stages_bear_the_names_of_the_article():
    names = [texts("zh-CN")[f"stage.{stage}.name"] for stage in ("stock", "dispatch", "activation", "relay")]

    assert names == ["库存核验", "订单分派", "上游激活", "状态回传"]


def test_the_public_steps_bear_the_names_of_the_article():
    names = [texts("zh-CN")[f"step.{step}.name"] for step in STEPS]

    assert names == ["下单成功", "已支付", "已核验", "已发货", "已完成"]


@pytest.mark.parametrize(
    ("party", "said"),
    [
        ("本账本", "本账本陈述"),
        ('<b title="a-1"><bdi>云卡</bdi></b>', '<b title="a-1"><bdi>云卡</bdi></b>陈述'),
        ("<b>yunka</b>", "<b>yunka</b> 陈述"),
        ("云卡 24", "云卡 24 陈述"),
    ],
)
def test_chinese_is_set_apart_by_a_blank_from_latin_letters_and_digits_alone(party, said):
    assert texts("zh-CN").say("timeline.speaks", party=party) == said


def test_the_blanks_in_what_fills_a_place_are_its_own():
    assert texts("zh-CN").say("timeline.speaks", party="云 卡") == "云 卡陈述"


def test_what_the_check_says_is_that_the_record_was_checked(language):
    record = {"zh-CN": "记录", "zh-Hant": "記錄", "en": "record"}[language]

    for key in ("check.verified.title", "check.stale.title", "proof.lead"):
        assert record in texts(language)[key].lower()


def test_a_language_without_texts_is_refused():
    with pytest.raises(Misuse, match="no texts in this language"):
        texts("tlh")


def test_a_language_is_no_path():
    with pytest.raises(Misuse):
        texts("../locales/en")
