"""Callbacks over HTTP: who is believed, what is bound to which order, and how it is answered."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from starlette.applications import Starlette

from mingdan.ledger.docking.wharf import routes
from mingdan.ledger.event import ActivationStarted, HopForwarded
from mingdan.ledger.order import Order

from ...site.serving import serving_app
from .market import MINUTE, dock_at, wanted
from .scene import Scene

TAKEN = {"dujiao-next": '{"ok":true}', "kayixin-v3": "ok"}
NUMBER = {"dujiao-next": "order_id", "kayixin-v3": "orderNumber"}
REFERENCE = {"dujiao-next": "downstream_order_no", "kayixin-v3": "outerNumber"}
WORKING = {"dujiao-next": "fulfilling", "kayixin-v3": "2"}


class Quay(NamedTuple):
    scene: Scene
    url: str

    def sent(self, **more: object) -> tuple[str, str]:
        stream, ref, _ = self.scene.sent(**more)
        return stream, ref

    def hears(self, ref: str, status: str | None = None, **more: object) -> httpx.Response:
        """The shop calls back about an order that is done, or in another state."""
        self.scene.shop.state[ref] = status or self.scene.shop.done
        return self.scene.shop.call_back(self.url, ref, more.pop("now", self.scene.market.now), **more)

    def standing(self, stream: str) -> Order:
        return self.scene.market.clerk.ask(lambda book: book.order(stream)).result()

    def number(self, ref: str) -> int | str:
        """The shop's number of an order, as a callback has it."""
        told = self.scene.shop.orders[ref].number
        return told if self.protocol == "dujiao-next" else str(told)

    @property
    def protocol(self) -> str:
        return self.scene.shop.protocol


@pytest.fixture(scope="module")
def quays(scenes) -> Iterator[dict[str, Quay]]:
    opened, serving = {}, []
    for protocol in TAKEN:
        scene = scenes[protocol]
        docks = {"east": scene.relay().dock, "silent": dock_at("http://127.0.0.1", "fulu", name="silent")}
        serving.append(serving_app(Starlette(routes=routes(scene.market.clerk, docks, scene.market.clock))))
        opened[protocol] = Quay(scene, serving[-1].__enter__())
    yield opened
    for context in serving:
        context.__exit__(None, None, None)


@pytest.fixture(params=list(TAKEN))
def quay(request, quays) -> Quay:
    return quays[request.param]


def test_a_callback_is_recorded_and_answered_in_the_protocols_words(quay):
    stream, ref = quay.sent()

    answer = quay.hears(ref)

    assert (answer.status_code, answer.text) == (200, TAKEN[quay.protocol])
    assert quay.scene.market.kinds(stream)[2:] == ["activation.succeeded", "delivery.delivered"]
    assert quay.scene.market.words(stream)["goods"] == quay.scene.shop.goods(ref)


def test_a_repeated_callback_is_the_same_fact(quay):
    stream, ref = quay.sent()
    quay.hears(ref)
    told = quay.scene.market.kinds(stream)
    quay.scene.market.now += MINUTE

    answer = quay.hears(ref)

    assert (answer.status_code, answer.text) == (200, TAKEN[quay.protocol])
    assert quay.scene.market.kinds(stream) == told


def test_a_poll_after_the_callback_adds_nothing(quay):
    stream, ref = quay.sent()
    quay.hears(ref)
    told = quay.scene.market.kinds(stream)

    quay.scene.relay().query(ref)

    assert quay.scene.market.kinds(stream) == told


def test_a_forged_signature_is_not_believed(quay):
    stream, ref = quay.sent()
    told = quay.scene.market.kinds(stream)

    assert quay.hears(ref, secret="guessed").status_code == 401
    assert quay.scene.market.kinds(stream) == told


def test_a_stale_callback_is_not_believed(quay):
    stream, ref = quay.sent()
    told = quay.scene.market.kinds(stream)
    window = quay.scene.relay().dock.dialect.tells.window

    assert quay.hears(ref, now=quay.scene.market.now - window - 1000).status_code == 401
    assert quay.hears(ref, now=quay.scene.market.now + window + 1000).status_code == 401
    assert quay.scene.market.kinds(stream) == told


def test_another_order_s_reference_is_refused_with_this_order_s_number(quay):
    (stream, ref), (other, foreign) = quay.sent(), quay.sent()
    told = quay.scene.market.kinds(stream), quay.scene.market.kinds(other)

    answer = quay.hears(ref, **{REFERENCE[quay.protocol]: foreign})

    assert answer.status_code == 409
    assert answer.text != TAKEN[quay.protocol]
    assert (quay.scene.market.kinds(stream), quay.scene.market.kinds(other)) == told


def test_a_reference_that_was_never_sent_is_refused(quay):
    _, ref = quay.sent()

    assert quay.hears(ref, **{REFERENCE[quay.protocol]: "no-0"}).status_code == 404
    assert quay.hears(ref, **{REFERENCE[quay.protocol]: ""}).status_code == 400


def test_another_number_than_the_shop_gave_is_refused(quay):
    stream, ref = quay.sent()
    told = quay.scene.market.kinds(stream)
    number = quay.scene.shop.orders[ref].number + 1_000

    answer = quay.hears(
        ref, **{NUMBER[quay.protocol]: number if quay.protocol == "dujiao-next" else str(number)}
    )

    assert answer.status_code == 409
    assert quay.scene.market.kinds(stream) == told


def test_another_order_s_number_is_refused_where_this_order_s_was_never_heard(quay):
    _, other = quay.sent()
    stream, ref, _ = quay.scene.sent("hangs after")
    told = quay.scene.market.kinds(stream)

    assert quay.hears(ref, **{NUMBER[quay.protocol]: quay.number(other)}).status_code == 409
    assert quay.scene.market.kinds(stream) == told
    assert quay.hears(ref).status_code == 200  # under its own number


def test_a_late_word_under_an_earlier_reference_is_not_the_newest_hop_s(quay):
    stream, ref = quay.sent()
    quay.hears(ref, quay.scene.shop.failed)
    quay.scene.relay().place(stream, wanted(f"{ref}-2"))
    told = quay.scene.market.kinds(stream)

    assert quay.hears(ref).status_code == 409
    assert quay.scene.market.kinds(stream) == told


def test_a_callback_clears_a_doubt_and_its_number_is_the_orders_from_then_on(quay):
    stream, ref, _ = quay.scene.sent("hangs after")

    assert quay.hears(ref).status_code == 200
    assert quay.scene.market.kinds(stream)[1:4] == ["hop.uncertain", "hop.queried", "activation.succeeded"]
    crossing = quay.scene.market.crossing(quay.scene.relay().dock, ref)
    assert crossing.upstream == str(quay.scene.shop.orders[ref].number)


def test_a_state_that_was_never_heard_of_is_not_invented(quay):
    stream, ref, _ = quay.scene.sent("hangs after")

    quay.hears(ref)

    assert not {"hop.accepted", "activation.started"} & set(quay.scene.market.kinds(stream))


@pytest.mark.parametrize(("protocol", "status"), [("dujiao-next", "partially_refunded"), ("kayixin-v3", "8")])
def test_a_status_that_means_nothing_to_us_is_noted(quays, protocol, status):
    stream, ref = quays[protocol].sent()

    quays[protocol].hears(ref, status)

    assert quays[protocol].scene.market.last(stream).event.label == f"{protocol}: {status}"


def test_what_a_shop_writes_freely_stays_out_of_the_log(quays):
    stream, ref = quays["dujiao-next"].sent()

    answer = quays["dujiao-next"].hears(ref, "a\nb\u202ec<script>")

    assert answer.status_code == 200
    assert quays["dujiao-next"].scene.market.last(stream).event.label == "dujiao-next: unknown status"


def test_a_refund_does_not_undo_what_was_done(quay):
    stream, ref = quay.sent()
    quay.hears(ref)

    quay.hears(ref, {"dujiao-next": "refunded", "kayixin-v3": "4"}[quay.protocol])

    assert quay.scene.market.kinds(stream)[-1] == "order.noted"


def test_a_callback_that_was_overtaken_undoes_nothing(quay):
    stream, ref = quay.sent()
    quay.hears(ref)
    (before,) = quay.standing(stream).hops

    answer = quay.hears(ref, WORKING[quay.protocol])

    (after,) = quay.standing(stream).hops
    assert (answer.status_code, after.outcome, after.finished) == (200, "succeeded", before.finished)
    assert quay.standing(stream).activation == "succeeded"


def test_a_callback_that_was_overtaken_undoes_no_failure(quay):
    stream, ref = quay.sent()
    quay.hears(ref, quay.scene.shop.failed)

    answer = quay.hears(ref, WORKING[quay.protocol], now=quay.scene.market.now - 30_000)

    assert (answer.status_code, answer.text) == (200, TAKEN[quay.protocol])
    assert quay.scene.market.kinds(stream)[2:] == ["activation.failed", "order.noted"]
    assert quay.standing(stream).activation == "failed"


def test_a_failure_that_was_overtaken_is_only_noted(quay):
    stream, ref = quay.sent()
    quay.hears(ref, WORKING[quay.protocol])

    quay.hears(ref, quay.scene.shop.failed, now=quay.scene.market.now - 30_000)

    assert quay.scene.market.kinds(stream)[2:] == ["activation.started", "order.noted"]


def test_a_callback_that_is_signed_anew_is_as_old_as_what_it_tells_of(quays):
    stream, ref = quays["dujiao-next"].sent()
    seconds = quays["dujiao-next"].scene.market.now // 1000
    quays["dujiao-next"].hears(ref, "fulfilling", timestamp=seconds)

    quays["dujiao-next"].hears(ref, "canceled", timestamp=seconds - 30)

    assert quays["dujiao-next"].scene.market.kinds(stream)[2:] == ["activation.started", "order.noted"]


def test_what_the_tier_said_itself_is_not_said_again(quay):
    stream, ref = quay.sent()
    quay.scene.market.tell(stream, "agent-east", ActivationStarted(), ref=ref)
    told = quay.scene.market.kinds(stream)

    answer = quay.hears(ref, WORKING[quay.protocol])

    assert (answer.status_code, quay.scene.market.kinds(stream)) == (200, told)


def test_a_word_is_told_of_the_shop_that_called_though_another_tier_has_the_order_since(quay):
    stream, ref = quay.sent()
    quay.scene.market.tell(stream, "agent-east", HopForwarded(attempt=1, to="brand-north"), ref="behind")

    assert quay.hears(ref).status_code == 200

    assert {hop.to: hop.outcome for hop in quay.standing(stream).hops} == {
        "agent-east": "succeeded",
        "brand-north": None,
    }


def test_no_callback_of_a_protocol_without_signatures_is_believed(quay):
    answer = httpx.post(f"{quay.url}/v1/docking/silent/callback", json={"order_status": "success"})

    assert (answer.status_code, answer.text) == (404, "fail")


def test_a_dock_that_is_not_there_answers_nothing(quay):
    assert httpx.post(f"{quay.url}/v1/docking/west/callback").status_code == 404


def test_a_callback_without_end_is_not_read(quay):
    assert httpx.post(f"{quay.url}/v1/docking/east/callback", content=b"0" * (1 << 21)).status_code == 413


def test_no_secret_goes_to_a_log(quay, caplog, capfd):
    _, ref = quay.sent()
    account = quay.scene.relay().dock.account
    with caplog.at_level("DEBUG"):
        quay.hears(ref, secret="guessed")
        quay.hears(ref)
    said = caplog.text + "".join(capfd.readouterr()) + repr(quay.scene.relay().dock)

    assert account.secret not in said
    assert quay.scene.shop.goods(ref) not in said
