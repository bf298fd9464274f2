import re

import msgspec
import pytest

from mingdan.projections.figures import OnTime, rate
from mingdan.site.badge import AMBER, GREEN, GREY, RED, badge_svg, color_of, on_time_badge, shields_json

from .reading import Reading
from .stories import DAY, EDITION, NOON, some_figures

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


def due(numerator: int, denominator: int) -> OnTime:
    return OnTime(rate(numerator, denominator), rate(numerator, denominator), 0, 0, 0)


def width(text: str) -> float:
    return float(re.findall(r'textLength="([\d.]+)"', badge_svg("", text, GREY).decode())[1])


def test_the_badge_has_known_bytes():
    svg, _, _ = on_time_badge(some_figures(), EDITION, "zh-CN")

    assert svg.decode() == KNOWN


def test_a_chinese_character_is_as_wide_as_the_font_is_high():
    assert width("准时送达") == 44
    assert width("，") == 11
    assert width("n=1") == pytest.approx(7 + 9 + 7)


def test_a_combining_mark_takes_no_room():
    assert width("e\u0301") == width("e")


def test_the_badge_is_an_image_with_a_name():
    reading = Reading(badge_svg("a", "b & <c>", GREY))

    assert reading.all("title") == ["a: b & <c>"]
    assert reading.attributes("aria-label") == ["a: b & <c>"]
    assert reading.attributes("role") == ["img"]


@pytest.mark.parametrize("color", [GREY, GREEN, AMBER, RED, "#ffffff", "#000000"])
def test_the_text_reads_well_on_its_colour(color):
    fill = re.findall(r'fill="(#\w+)">b<', badge_svg("a", "b", color).decode())[0]

    assert contrast(fill, color) >= 4.5


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


def test_too_few_orders_have_no_colour():
    assert color_of(29, 29) == GREY
    assert color_of(30, 30) == GREEN


def test_the_colour_turns_at_exact_shares():
    assert [color_of(n, 1000) for n in (950, 949, 800, 799)] == [GREEN, AMBER, AMBER, RED]


def test_the_endpoint_has_exactly_the_keys_that_shields_reads():
    answer = msgspec.json.decode(shields_json("准时送达", "97.3%", GREEN))

    assert answer.keys() == {"schemaVersion", "label", "message", "color", "cacheSeconds"}
    assert answer["schemaVersion"] == 1
    assert answer["cacheSeconds"] >= 300


def test_the_full_figures_name_what_they_rest_on():
    _, _, full = on_time_badge(some_figures(), EDITION, "en")

    assert msgspec.json.decode(full) == {
        "n": 1_204,
        "numerator": 1_171,
        "denominator": 1_204,
        "rate": "0.9726",
        "as_of": NOON,
        "size": EDITION.size,
        "root": EDITION.root,
        "imported": False,
    }


def test_a_badge_of_nothing_due_says_so_in_grey():
    svg, shield, _ = on_time_badge(some_figures(on_time=due(0, 0)), EDITION, "en")

    assert msgspec.json.decode(shield)["message"] == "none due yet"
    assert GREY in svg.decode()


def test_a_badge_over_imported_history_says_so():
    told = some_figures(imported=True, as_of=NOON - 4000 * DAY)

    _, shield, _ = on_time_badge(told, EDITION, "zh-CN")

    assert msgspec.json.decode(shield)["message"] == "97.3% · n=1204 · 至 2015-12-10 · 导入"
