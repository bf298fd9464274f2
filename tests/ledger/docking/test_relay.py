"""Orders that are sent to shops over HTTP, and what is recorded before the call and after it."""

import httpx
import pytest

from mingdan.ledger.docking.dock import Unbelieved
from mingdan.ledger.errors import IllegalTransition, KeyReused, Misuse
from mingdan.ledger.event import Delivered

from .market import MINUTE, wanted
from .scene import Scene
from .shops import SENTENCE, SHOPS

PROTOCOLS = [shop.protocol for shop in SHOPS]
TELLING = ["dujiao-next", "kayixin-v3", "fulu"]  # those with a state between taken and done
CLEARING = ["kayixin-v3", "fulu"]  # those that can be asked by the platform's own number


@pytest.fixture(params=PROTOCOLS)
def scene(request, scenes) -> Scene:
    return scenes[request.param]


@pytest.fixture(params=TELLING)
def telling(request, scenes) -> Scene:
    return scenes[request.param]


@pytest.fixture(params=CLEARING)
def clearing(request, scenes) -> Scene:
    return scenes[request.param]


class Dying(httpx.BaseTransport):
    """A network card on which the process dies."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002
        raise KeyboardInterrupt


def of_a_form(scene: Scene) -> dict[str, object]:
    return {"account": None} if scene.shop.protocol == "fulu" else {}  # an account makes it a charge there


def test_an_order_that_a_shop_takes_is_accepted_and_no_more(telling):
    stream, ref, _ = telling.sent()

    assert telling.market.kinds(stream) == ["hop.forwarded", "hop.accepted"]
    assert telling.market.words(stream)["ref"] == ref


def test_what_a_shop_says_is_what_the_platform_observed(scene):
    stream, _, _ = scene.sent()
    forwarded, accepted = scene.market.entries(stream)[2:4]

    assert (forwarded.by, forwarded.basis) == ("shop", None)
    assert (accepted.by, accepted.basis) == ("shop", "observed")


def test_the_forwarding_is_recorded_before_the_call_goes_out(scene):
    stream, ref = scene.market.order()

    scene.shop.look = lambda: scene.market.kinds(stream)

    scene.relay().place(stream, wanted(ref))

    assert scene.shop.seen == ["hop.forwarded"]


def test_a_refusal_is_attributed_to_whom_it_can_only_be(scene):
    stream, _, _ = scene.sent("refuses")
    rejected = scene.market.last(stream).event

    assert scene.market.kinds(stream) == ["hop.forwarded", "hop.rejected"]
    assert (rejected.code, rejected.attributable_to) == ("supply_cut", "agent-east")


@pytest.mark.parametrize("mood", ["broken", "hangs", "hangs after"])
def test_an_answer_that_does_not_come_leaves_a_doubt(scene, mood):
    stream, ref, _ = scene.sent(mood)

    assert scene.market.kinds(stream) == ["hop.forwarded", "hop.uncertain"]
    with pytest.raises(IllegalTransition, match="uncertain"):
        scene.relay().place(stream, wanted(f"{ref}-2"))


def test_without_a_connection_nothing_was_sent_and_it_may_be_sent_again(scene):
    stream, ref = scene.market.order()

    scene.relay(url="http://127.0.0.1:1").place(stream, wanted(ref))

    rejected = scene.market.last(stream).event
    assert (rejected.code, rejected.attributable_to, rejected.retryable) == ("outage", "unknown", True)
    scene.relay().place(stream, wanted(f"{ref}-2"))
    assert scene.market.kinds(stream)[2:4] == ["hop.forwarded", "hop.accepted"]


def test_what_the_ledger_refuses_is_not_sent_and_its_reference_is_free_again(scene):
    stream, ref = scene.market.order()
    scene.market.tell(stream, "shop", Delivered(evidence="shown_to_buyer", goods=None), goods=f"own-{ref}")
    calls = scene.shop.calls

    with pytest.raises(IllegalTransition, match="not forwarded"):
        scene.relay().place(stream, wanted(ref))

    assert scene.shop.calls == calls
    assert scene.market.crossing(scene.relay().dock, ref) is None


def test_goods_without_a_number_are_not_asked_of_a_shop_that_counts_them(telling):
    stream, ref = telling.market.order()

    with pytest.raises(Misuse):
        telling.relay().place(stream, wanted(ref, goods="music-month"))
    assert telling.market.kinds(stream) == []


def test_no_reference_is_sent_twice(scene):
    stream, ref, _ = scene.sent("broken")
    calls = scene.shop.calls

    with pytest.raises(KeyReused):
        scene.relay().place(stream, wanted(ref))
    assert scene.shop.calls == calls


def test_after_a_doubt_a_query_with_the_same_reference_finds_the_order(clearing):
    stream, ref, _ = clearing.sent("hangs after")

    clearing.relay().query(ref)

    kinds = clearing.market.kinds(stream)
    assert kinds[:3] == ["hop.forwarded", "hop.uncertain", "hop.queried"]
    *_, sent, doubted, queried = clearing.market.entries(stream)[:5]
    assert queried.event.result == "found"
    assert doubted.event.of == queried.event.of == sent.leaf.hex()
    assert queried.event.ref is not None


def test_a_clear_no_opens_the_way_to_send_it_again(clearing):
    stream, ref, _ = clearing.sent("hangs")
    clearing.market.now += 3 * MINUTE

    clearing.relay().query(ref)
    assert clearing.market.last(stream).event.result == "not_found"
    clearing.relay().place(stream, wanted(f"{ref}-2"))

    assert clearing.market.kinds(stream)[3:] == ["hop.forwarded", "hop.accepted"]


def test_a_no_while_the_call_may_be_under_way_is_none(clearing):
    stream, ref, _ = clearing.sent("hangs")

    clearing.relay().query(ref)

    assert clearing.market.last(stream).event.result == "unknown"


@pytest.mark.parametrize("protocol", ["acg-faka", "dujiao-next"])
def test_where_the_shop_knows_no_reference_of_ours_a_doubt_stays_unknown(scenes, protocol):
    stream, ref, _ = scenes[protocol].sent("hangs after")
    scenes[protocol].market.now += 3 * MINUTE
    calls = scenes[protocol].shop.calls

    scenes[protocol].relay().query(ref)

    assert scenes[protocol].market.last(stream).event.result == "unknown"
    assert scenes[protocol].shop.calls == calls
    with pytest.raises(IllegalTransition):
        scenes[protocol].relay().place(stream, wanted(f"{ref}-2"))


def test_a_crash_between_the_record_and_the_call_is_told_as_a_doubt(clearing):
    stream, ref = clearing.market.order()
    with httpx.Client(transport=Dying()) as client, pytest.raises(KeyboardInterrupt):
        clearing.relay(client).place(stream, wanted(ref))
    clearing.market.now += 3 * MINUTE

    clearing.relay().query(ref)

    assert clearing.market.kinds(stream) == ["hop.forwarded", "hop.uncertain", "hop.queried"]


def test_a_card_that_a_shop_hands_over_is_delivered_under_its_number(scene):
    stream, ref, _ = scene.sent(**of_a_form(scene))
    scene.shop.state[ref] = scene.shop.done
    scene.relay().query(ref)

    assert scene.market.kinds(stream)[-2:] == ["activation.succeeded", "delivery.delivered"]
    words = scene.market.words(stream)
    assert (words["goods"], words["receipt"]) == (scene.shop.goods(ref), str(scene.shop.orders[ref].number))


def test_a_card_that_the_platform_has_yet_to_show_is_not_delivered(scene):
    stream, ref, _ = scene.sent(**of_a_form(scene))
    scene.shop.state[ref] = scene.shop.done
    before = scene.market.kinds(stream)

    scene.relay(shows=False).query(ref)

    assert set(scene.market.kinds(stream)[len(before) :]) <= {"activation.succeeded"}


@pytest.mark.parametrize("protocol", ["dujiao-next", "acg-faka"])
def test_a_sentence_is_not_a_card(scenes, protocol):
    scene = scenes[protocol]
    stream, ref, _ = scene.sent(given=SENTENCE)
    scene.shop.state[ref] = scene.shop.done
    scene.relay().query(ref)

    assert "delivery.delivered" not in scene.market.kinds(stream)
    assert scene.market.crossing(scene.relay().dock, ref).settled is None  # it is asked for again


def test_done_without_a_card_delivers_none(scenes):
    scene = scenes["fulu"]
    stream, ref, _ = scene.sent(account=None)
    scene.shop.state[ref], scene.shop.given[ref] = scene.shop.done, ""

    scene.relay().query(ref)

    assert scene.market.kinds(stream)[-1] == "activation.succeeded"


def test_a_charge_is_delivered_when_it_is_done_and_not_when_it_is_taken(scenes):
    scene = scenes["fulu"]
    stream, ref, _ = scene.sent(form="direct")
    scene.relay().query(ref)
    assert scene.market.kinds(stream)[-1] == "activation.started"

    scene.shop.state[ref] = scene.shop.done
    scene.market.now += MINUTE
    scene.relay().query(ref)

    assert scene.market.kinds(stream)[-2:] == ["activation.succeeded", "delivery.delivered"]


def test_an_order_that_a_shop_gives_up_has_failed_for_a_reason_that_nobody_knows(telling):
    stream, ref, _ = telling.sent(**of_a_form(telling))
    telling.shop.state[ref] = telling.shop.failed

    telling.relay().query(ref)

    failed = telling.market.last(stream).event
    assert telling.market.kinds(stream)[-1] == "activation.failed"
    assert (failed.code, failed.attributable_to) == ("other", "unknown")


def test_a_price_that_rose_over_the_ceiling_is_the_shops(scenes):
    scene = scenes["kayixin-v3"]
    stream, _, _ = scene.sent("is dearer", ceiling=990)
    rejected = scene.market.last(stream).event

    assert (rejected.code, rejected.attributable_to) == ("price_rise", "agent-east")


def test_an_answer_with_another_order_s_number_leaves_a_doubt(scene):
    _, other, _ = scene.sent()
    taken = scene.shop.orders[other]
    scene.shop.take = lambda ref, asked: scene.shop.orders.setdefault(
        ref, taken._replace(ref=ref, asked=asked)
    )
    try:
        stream, ref, word = scene.sent()
    finally:
        del scene.shop.take

    assert (word.said, scene.market.kinds(stream)) == ("doubtful", ["hop.forwarded", "hop.uncertain"])
    assert scene.market.crossing(scene.relay().dock, ref).upstream is None


def test_polling_asks_for_what_is_not_over_and_says_a_thing_once(scenes):
    scene = scenes["kayixin-v3"]
    stream, ref, _ = scene.sent(dock="polled")
    scene.relay(name="polled").poll()
    scene.relay(name="polled").poll()
    scene.shop.state[ref] = scene.shop.done

    assert ref in {each.crossing.ref for each in scene.relay(name="polled").poll()}
    assert scene.market.kinds(stream) == [
        "hop.forwarded", "hop.accepted", "activation.succeeded", "delivery.delivered",
    ]  # fmt: skip
    assert ref not in {each.crossing.ref for each in scene.relay(name="polled").poll()}


def test_a_card_that_a_shop_hands_over_twice_is_delivered_once_and_polling_goes_on(scenes):
    scene = scenes["kayixin-v3"]
    sent = [scene.sent(given="TWICE-0001", dock="polled") for _ in range(2)]
    scene.shop.state |= dict.fromkeys((ref for _, ref, _ in sent), scene.shop.done)

    polled = [each for each in scene.relay(name="polled").poll() if each.crossing.ref in scene.shop.given]

    assert [each.refused and each.refused.evidence["rule"] for each in polled] == [None, "goods-again"]
    assert [scene.market.kinds(stream)[-1] for stream, _, _ in sent] == [
        "delivery.delivered", "activation.succeeded",
    ]  # fmt: skip


def test_nothing_is_asked_of_a_reference_that_was_never_sent(scene):
    with pytest.raises(Unbelieved, match="no order was placed"):
        scene.relay().query("never-sent")


def test_an_erased_order_leaves_no_reference_behind(scene):
    stream, ref, _ = scene.sent()

    scene.market.clerk.ask(lambda book: book.vault.erase(stream)).result()

    assert scene.market.crossing(scene.relay().dock, ref) is None
