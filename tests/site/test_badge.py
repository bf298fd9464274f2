import json
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from jsonschema import validate
from msgspec.structs import replace

from mingdan.projections.census import Census, print_census
from mingdan.projections.figures import Disputes, Figures, Score
from mingdan.projections.market import Market
from mingdan.site.badge import badge_svg, shields_json
from mingdan.site.edition import Edition
from mingdan.site.metric import AMBER, BLUE, GREEN, GREY, METRICS, RED, Full, badge, badge_files, color_of
from mingdan.site.pages import HERE
from mingdan.site.scope import scopes_of
from mingdan.site.voice import voice

from .counted import SURVIVAL, counted
from .reading import Reading
from .stories import DAY, EDITION, HOUR, NOON, empty_figures, promised, some_figures

KNOWN = """\
<svg xmlns="http://www.w3.org/2000/svg" width="220.3" height="20" viewBox="0 0 220.3 20" role="img" \
aria-label="准时送达: 97.3% · n=1204 · 至 11-22"><title>准时送达: 97.3% · n=1204 · 至 11-22</title>\
<clipPath id="r"><rect width="220.3" height="20" rx="3"/></clipPath><g clip-path="url(#r)">\
<rect width="56" height="20" fill="#4a4f57"/><rect x="56" width="164.3" height="20" fill="#22763f"/></g>\
<g text-anchor="middle" font-size="11" \
font-family="Verdana,DejaVu Sans,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif">\
<text x="28" y="14" textLength="44" fill="#fff">准时送达</text>\
<text x="138.1" y="14" textLength="152.3" fill="#fff">97.3% · n=1204 · 至 11-22</text></g></svg>
"""
SHIELDS = {  # shields.io, "Endpoint Badge"
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
        "cacheSeconds": {"type": "integer", "minimum": 300},
        "isError": {"type": "boolean"},
    },
}
METRIC = pytest.mark.parametrize("metric", METRICS)


UNWITNESSED = replace(EDITION, witnessed=False)


def due(numerator: int, denominator: int) -> Score:
    return promised(numerator, denominator).strict


def files(figures: Figures, language: str = "zh-CN", edition: Edition = EDITION) -> dict[str, bytes]:
    """Those of all scopes of one platform, which is the only one."""
    return {
        path: content
        for scope in scopes_of(figures)
        for path, content in badge_files(edition, language, scope, 0)
    }


def of_platform(figures: Figures, name: str, language: str = "zh-CN") -> bytes:
    return files(figures, language)[f"badge/{figures.scope}/{name}"]


def message(figures: Figures, metric: str, language: str = "zh-CN", edition: Edition = EDITION) -> str:
    """What a platform's badge says, spaces that may not break as spaces."""
    told = badge(voice(edition, language), next(scopes_of(figures)), metric)
    assert told is not None
    return f"{told.label}: {told.message}".replace("\u00a0", " ")


def color(figures: Figures, metric: str) -> str:
    return str(json.loads(of_platform(figures, f"{metric}.json"))["color"])


def width(text: str) -> float:
    return float(re.findall(r'textLength="([\d.]+)"', badge_svg("", text, GREY).decode())[1])


# the image --------------------------------------------------------------------------------------------
def test_the_badge_has_known_bytes():
    assert of_platform(some_figures(), "on-time.svg").decode() == KNOWN


def test_a_chinese_character_is_as_wide_as_the_font_is_high():
    assert width("准时送达") == 44
    assert width("，") == 11
    assert width("n=1") == pytest.approx(7 + 9 + 7)


def test_a_combining_mark_takes_no_room():
    assert width("e\u0301") == width("e")


def test_a_space_that_may_not_break_is_as_wide_as_one_that_may():
    assert width("2\u00a0h") == width("2 h")


def test_the_badge_is_an_image_with_a_name():
    reading = Reading(badge_svg("a", "b & <c>", GREY))

    assert reading.all("title") == ["a: b & <c>"]
    assert reading.attributes("aria-label") == ["a: b & <c>"]
    assert reading.attributes("role") == ["img"]


@METRIC
def test_every_badge_is_well_formed_and_fits_its_words(language, metric):
    mark = "" if language == "zh-CN" else ".en"
    svg = ET.fromstring(of_platform(counted(), f"{metric}{mark}.svg", language))
    texts = [each for each in svg.iter() if each.tag.endswith("}text")]
    told = sum(float(each.get("textLength") or 0) for each in texts)

    assert float(svg.get("width") or 0) == pytest.approx(told + 4 * 6)
    assert svg.get("aria-label") == ": ".join(each.text or "" for each in texts)


@pytest.mark.parametrize("shade", [GREY, BLUE, GREEN, AMBER, RED, "#ffffff", "#000000"])
def test_the_text_reads_well_on_its_colour(shade):
    fill = re.findall(r'fill="(#\w+)">b<', badge_svg("a", "b", shade).decode())[0]

    assert contrast(fill, shade) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (byte / 255 for byte in bytes.fromhex(digits))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# colours ----------------------------------------------------------------------------------------------
def test_too_few_orders_have_no_colour():
    assert color_of(due(29, 29)) == GREY
    assert color_of(due(30, 30)) == GREEN


def test_the_colour_turns_at_exact_shares():
    assert [color_of(due(n, 1000)) for n in (950, 949, 800, 799)] == [GREEN, AMBER, AMBER, RED]


def test_green_is_the_published_target_and_nothing_else():
    shares = [due(n, 1000) for n in range(900, 1001)]

    assert [share.meets for share in shares] == [color_of(share) == GREEN for share in shares]


def test_only_a_rate_is_good_or_bad():
    colors = {metric: color(counted(on_time=promised(1, 100)), metric) for metric in METRICS}

    assert colors.pop("on-time") == RED
    assert set(colors.values()) == {BLUE}


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - {"proof"}))
def test_every_figure_of_few_orders_is_grey(metric):
    few = counted(orders=29, on_time=promised(29, 29), survival=msgspec.structs.replace(SURVIVAL, n=29))

    assert color(few, metric) == GREY


# what is not to be trusted today ----------------------------------------------------------------------
@METRIC
def test_what_was_not_heard_of_for_thirty_days_is_grey_and_says_so(metric):
    fresh, old = counted(heard=NOON - 30 * DAY), counted(heard=NOON - 30 * DAY - 1)

    assert color(fresh, metric) != GREY
    assert color(old, metric) == GREY
    assert message(old, metric) == f"{message(fresh, metric)} · 30 天无新记录"


def test_a_group_grows_stale_by_itself():
    old = replace(counted().merchants["yeguang-shuka"], heard=NOON - 31 * DAY)
    told = files(counted(merchants=counted().merchants | {"yeguang-shuka": old}))
    colors = {path: json.loads(content)["color"] for path, content in told.items() if path.endswith("e.json")}

    assert colors["badge/platform/yunka/m/yeguang-shuka/on-time.json"] == GREY
    assert colors["badge/platform/yunka/m/xinghe-dianka/on-time.json"] == GREEN
    assert colors["badge/platform/yunka/on-time.json"] == GREEN


@METRIC
def test_a_log_that_too_few_witnessed_is_an_error_on_every_badge(metric):
    told = files(counted(), "en", UNWITNESSED)
    shield = json.loads(told[f"badge/platform/yunka/{metric}.en.json"])

    validate(shield, SHIELDS)
    assert (shield["isError"], shield["color"]) == (True, GREY)
    assert shield["message"].endswith(" · not witnessed")
    assert GREY.encode() in told[f"badge/platform/yunka/{metric}.en.svg"]


def test_that_a_log_is_in_doubt_goes_before_that_it_is_old():
    old = counted(heard=NOON - 31 * DAY)

    assert message(old, "p50", "en", UNWITNESSED).endswith(" · not witnessed")


def test_an_edition_says_until_when_it_is_fresh():
    hour = replace(EDITION, fresh_within=3_600)
    full = json.loads(files(counted(), edition=hour)["badge/platform/yunka/p50.full.json"])

    assert (full["fresh_until"], full["doubt"], full["heard"]) == (NOON + HOUR, None, NOON - HOUR)


# the words --------------------------------------------------------------------------------------------
def test_each_metric_has_its_words():
    assert {metric: message(counted(), metric) for metric in METRICS} == {
        "on-time": "准时送达: 97.3% · n=1204 · 至 11-22",
        "p50": "半数送达: 2 小时 58 分钟 · n=1310 · 至 11-22",
        "p90": "九成送达: 9 小时 37 分钟 · n=1310 · 至 11-22",
        "backlog": "等待送达: 41 笔 · n=1310 · 至 11-22",
        "disputes": "有争议: 1.5% · n=1310 · 至 11-22",
        "proof": "日志可验证: 根 8f3a8f3a · n=16412 · 至 11-22",
    }


def test_a_quantile_that_is_not_reached_says_so():
    told = msgspec.structs.replace(SURVIVAL, p90=None, until=30 * DAY)

    assert message(counted(survival=told), "p90") == "九成送达: 30 天内未达到 · n=1310 · 至 11-22"
    assert message(counted(survival=told), "p90", "en") == (
        "9 in 10 delivered in: not within 30 d · n=1310 · to 11-22"
    )


@pytest.mark.parametrize(("metric", "words"), [("on-time", "none due yet"), ("p50", "no orders yet")])
def test_a_badge_of_nothing_says_so_in_grey(metric, words):
    told = json.loads(of_platform(empty_figures(), f"{metric}.en.json", "en"))

    assert told["message"] == words
    assert told["color"] == GREY


def test_a_badge_over_imported_history_says_so():
    told = some_figures(imported=True, as_of=NOON - 4000 * DAY)

    assert message(told, "on-time") == "准时送达: 97.3% · n=1204 · 至 2015-12-10 · 导入"


# the scopes -------------------------------------------------------------------------------------------
def test_who_is_counted_by_itself_has_badges_and_nobody_else():
    folders = {path.rpartition("/")[0] for path in files(counted())}

    assert folders == {
        "badge/platform/yunka",
        "badge/platform/yunka/m/xinghe-dianka",
        "badge/platform/yunka/m/yeguang-shuka",
        "badge/platform/yunka/m/mingcheng",
        "badge/platform/yunka/s/points-100",
        "badge/platform/yunka/s/vip-month",
    }


def test_a_merchant_has_the_metrics_that_the_figures_tell_of_it():
    names = {path.rpartition("/")[2] for path in files(counted()) if "/m/mingcheng/" in path}

    assert names == {
        f"{metric}.{suffix}"
        for metric in ("on-time", "p50", "p90", "backlog")
        for suffix in ("svg", "json", "full.json")
    }


def test_a_platform_has_every_metric_in_every_language():
    for language, mark in (("zh-CN", ""), ("en", ".en")):
        names = {path.rpartition("/")[2] for path in files(some_figures(), language)}

        assert names == {
            f"{metric}{mark}.{suffix}" for metric in METRICS for suffix in ("svg", "json", "full.json")
        }


# for machines -----------------------------------------------------------------------------------------
@METRIC
def test_the_endpoint_has_exactly_the_keys_that_shields_reads(metric):
    validate(json.loads(of_platform(counted(), f"{metric}.json")), SHIELDS)


def test_the_endpoint_says_nothing_that_shields_would_refuse():
    answer = json.loads(shields_json("准时送达", "97.3%", GREEN))

    assert answer.keys() == {"schemaVersion", "label", "message", "color", "cacheSeconds"}


def test_the_full_figures_name_what_they_rest_on():
    assert json.loads(of_platform(some_figures(), "on-time.en.full.json", "en")) == {
        "scope": "platform/yunka",
        "metric": "on-time",
        "label": "on time",
        "message": "97.3% · n=1204 · to 11-22",
        "n": 1_204,
        "value": None,
        "numerator": 1_171,
        "denominator": 1_204,
        "rate": "0.9726",
        "window": {"since": None, "until": NOON},
        "interval": {"low": "0.9618", "high": "0.9804"},
        "target": "0.9500",
        "meets": True,
        "doubt": None,
        "heard": None,
        "as_of": NOON,
        "fresh_until": NOON + DAY,
        "size": EDITION.size,
        "root": EDITION.root,
        "imported": False,
        "statistics": "https://demo.mingdan.example/log/statistics.json",
        "pointer": "/platforms/0/on_time/strict",
        "checkpoint": "https://demo.mingdan.example/log/checkpoint",
    }


def test_the_pointer_of_every_badge_finds_its_figure_in_the_published_ones():
    figures = counted(disputes=Disputes(19, 4, 15, {}))
    census = Census(as_of=NOON, market=Market(), platforms=[figures], size=16_411, zone="UTC")
    document = json.loads(print_census(census))
    fulls = [json.loads(content) for path, content in files(figures).items() if path.endswith(".full.json")]

    for full in fulls:
        found = document
        for part in full["pointer"].removeprefix("/").split("/"):
            found = found[int(part)] if isinstance(found, list) else found[part]
        if full["metric"] == "on-time":
            assert found == {key: full[key] for key in Score.__struct_fields__}
        elif full["metric"] != "proof":
            assert found == full["value"]
    assert len(fulls) == 6 + 5 * 4


def test_every_metric_and_every_field_behind_it_is_documented():
    written = (HERE.parent / "docs" / "badges.md").read_text()

    assert [name for name in (*METRICS, *Full.__struct_fields__) if f"`{name}`" not in written] == []


def test_badges_are_the_same_bytes_every_time(language):
    assert files(counted(), language) == files(counted(), language)
