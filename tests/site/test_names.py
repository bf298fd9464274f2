import pytest
from msgspec.structs import replace

from mingdan.ledger.market import party
from mingdan.projections.register import Register
from mingdan.site.appointment import calendar
from mingdan.site.names import names_before, names_in
from mingdan.site.policy_page import policies_page
from mingdan.site.signpost import Signpost
from mingdan.site.standing import standing
from mingdan.site.summary import summary
from mingdan.site.voice import Voice, voice

from .reading import Reading
from .registered import listed, register, registered
from .stories import DAY, DEFAULT, EDITION, NO_PACE, NOON, STORIES, Said, placed, some_figures, told
from .test_policy_page import THREE

YUNKA = registered("yunka", "platform", public="云卡商城")
SHOP = registered("xinghe-dianka", "merchant", public="星河点卡")
HIDDEN = registered("huanan-daili", "agent")
POINTS = listed("game-points-100", title="游戏点券 100 点")
ALL = (YUNKA, SHOP, HIDDEN, POINTS)
KNOWN = register(*ALL)._replace(policies={"default": THREE})


def knowing(known: Register, language: str = "zh-CN") -> Voice:
    return voice(replace(EDITION, names=names_in(known)), language)


def page_of(name: str, language: str = "zh-CN") -> Reading:
    edition = replace(EDITION, names=names_before(ALL, NOON))
    return Reading(told(STORIES[name]).page(edition, language))


def test_who_is_registered_in_public_is_called_by_name_and_keeps_its_id():
    assert knowing(KNOWN).party("yunka") == "<b>云卡商城</b>"
    assert knowing(KNOWN).titled("yunka") == '<bdi title="yunka"><b>云卡商城</b></bdi>'


def test_a_name_that_is_written_to_the_left_turns_nothing_around_it():
    right = registered("right", "merchant", public="خزنة")

    assert knowing(register(right)).party("right") == "<b><bdi>خزنة</bdi></b>"


def test_on_a_page_of_an_order_two_of_one_name_keep_their_ids():
    other = registered("yunka-2", "agent", public="云卡商城")

    assert set(names_before([*ALL, other], NOON).parties) == {"xinghe-dianka"}


@pytest.mark.parametrize("name", ["huanan-daili", "nobody-knows"])
def test_who_has_no_public_name_is_called_by_its_id(name):
    assert knowing(KNOWN).party(name) == f"<b>{name}</b>"


def test_a_name_is_words_of_a_stranger():
    evil = registered("evil", "merchant", public='"><script>')

    assert "<script>" not in knowing(register(evil)).party("evil")


def test_an_order_does_not_know_what_was_said_later():
    before = NOON - 300 * DAY

    assert names_before(ALL, before).parties == {}
    assert set(names_before(ALL, before + 1).parties) == {"yunka", "xinghe-dianka"}
    assert names_before(ALL, before + 1).goods == {}


def test_the_goods_of_an_order_bear_their_name_and_below_it_their_id(language):
    reading = page_of("forwarded", language)
    goods = next(text for text in reading.all("dd") if "game-points-100" in text)

    assert goods == "游戏点券 100 点 game-points-100 × 1"


def test_an_order_leads_to_the_figures_of_its_platform_and_goods_and_to_its_merchant():
    hrefs = page_of("forwarded").attributes("href")

    assert "../../p/yunka/index.html" in hrefs
    assert "../../p/yunka/s/game-points-100/index.html" in hrefs
    assert "../../parties/xinghe-dianka/index.html" in hrefs


def test_an_order_leads_to_no_page_that_may_not_be_there():
    hrefs = Reading(told(STORIES["forwarded"]).page(EDITION)).attributes("href")

    assert not [href for href in hrefs if "/s/" in href or "parties/" in href]


def test_goods_that_another_sells_have_no_figures_on_this_platform():
    elsewhere = listed("game-points-100", title="游戏点券 100 点", platform="huanan-daili")
    edition = replace(EDITION, names=names_before([elsewhere], NOON))

    assert "/s/game" not in "".join(Reading(told(STORIES["paid"]).page(edition)).attributes("href"))


def test_goods_in_a_list_say_who_sells_them():
    signs = Signpost(knowing(KNOWN), KNOWN, "")

    assert "云卡商城" in signs.sold("game-points-100")
    assert signs.sold("unheard-of") == "<code>unheard-of</code>"


def test_an_appointment_names_the_goods():
    story = told([Said(0, "yunka", placed())])
    at = standing(knowing(KNOWN), story.order, [entry for _, entry in story.entries], DEFAULT, NO_PACE)

    assert "SUMMARY:游戏点券 100 点应在此时之前送达" in calendar(at, NOON).decode()


def test_monitors_are_told_the_names_of_platforms():
    edition = replace(EDITION, names=names_in(KNOWN))

    assert "云卡商城" in summary(edition, "zh-CN", KNOWN, [some_figures()])[1].decode()


def test_promises_are_headed_by_their_title_with_their_id_beside():
    page = Reading(policies_page(EDITION, "zh-CN", KNOWN.policies, []))
    newest = THREE.editions[-1].terms.title

    assert page.all("h2")[0] == f"{newest} default"


def test_a_party_that_is_renamed_in_history_keeps_its_first_name():
    again = party.Registered(name="另一个名字", public=True, role="platform")

    assert names_in(
        register(registered("yunka", "platform", (-1, "yunka", again), public="云卡商城"))
    ).parties == {"yunka": "云卡商城"}
