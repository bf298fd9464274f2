"""Link holders over real HTTP: what is recorded, once, and what is declined, in words and for programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape
from sqlite3 import connect

import httpx
import pytest

from mingdan.ledger.event import DisputeDecided, Erased
from mingdan.ledger.handle import handle_of, stream_of
from mingdan.site.letter import LARGEST
from mingdan.site.texts import texts

from .holding import ACCOUNT, MINUTE, PAID, Served, Shop, open_for_business

STRANGE = handle_of(bytes(16))  # a link that leads nowhere
SAID = texts("zh-CN")
ENGLISH = texts("en")
HTML_WORDS = "</textarea><script>alert(1)</script>&amp;\"'"


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Shop:
    return Shop.founded(tmp_path_factory.mktemp("shop") / "w")


@pytest.fixture
def shop(founded, tmp_path) -> Shop:
    return founded.copied(tmp_path / "w")


@pytest.fixture
def served(shop) -> Iterator[Served]:
    with open_for_business(shop) as opened:
        yield opened


@pytest.fixture
def paid(shop) -> str:
    return shop.handles["paid"]


@pytest.fixture
def delivered(shop) -> str:
    return shop.handles["delivered"]


def test_the_twins_of_orders_are_given_by_the_site_that_lies_behind(served, paid):
    answer = httpx.get(f"{served.url}/v1/o/{paid[:2]}/{paid}.json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["stream"] == stream_of(paid)
    assert answer.headers["X-Robots-Tag"] == "noindex"


def send(served: Served, handle: str, action: str, **fields: str | int) -> httpx.Response:
    """A form as a browser sends it, and the page that it is led to."""
    return httpx.post(
        served.room(handle, action), data={"seq": 2, "lang": "zh-CN"} | fields, follow_redirects=True
    )


def tell(served: Served, handle: str, action: str, **fields: str | int) -> httpx.Response:
    return httpx.post(served.room(handle, action), json={"seq": 2} | fields)


# what is recorded ---------------------------------------------------------------------------------------
def test_a_nudge_is_recorded_as_the_buyers_word_and_its_receipt_is_shown(served, paid):
    answer = send(served, paid, "nudges")

    entry = served.shop.entries(paid)[-1]
    assert (entry.kind, entry.by) == ("care.nudged", "buyer")
    assert answer.status_code == 200
    assert answer.history[0].status_code == 303
    assert entry.leaf.hex() in answer.text
    assert SAID.say("counter.recorded", what=SAID["ask.nudges.name"]) in answer.text


def test_loading_the_answer_again_records_nothing(served, paid):
    shown = send(served, paid, "nudges").url

    assert httpx.get(shown).status_code == httpx.get(shown).status_code == 200
    assert served.shop.kinds(paid).count("care.nudged") == 1


def test_the_answer_leads_back_to_the_page(served, paid):
    answer = send(served, paid, "nudges", lang="en")

    back = answer.url.join(answer.text.partition('<a href="')[2].partition('"')[0])
    assert ENGLISH["counter.back"] in answer.text
    assert httpx.get(back).content == served.shop.page(paid, ".en").read_bytes()


def test_the_answer_says_by_when_the_page_shows_it(served, paid):
    answer = send(served, paid, "nudges")

    assert SAID["counter.shown"] in answer.text
    assert "2026年11月2日" in unescape(answer.text)


def test_a_new_account_reaches_the_vault_and_nothing_else(served, paid):
    answer = send(served, paid, "corrections", recipient="  player-1111 ")

    entry = served.shop.entries(paid)[-1]
    assert entry.kind == "recipient.corrected"
    assert served.shop.words(paid) == [ACCOUNT, "player-1111"]
    assert "player-1111" not in answer.text + str(answer.url) + repr(entry)


def test_a_dispute_says_its_claim_and_what_it_freezes(served, delivered):
    send(served, delivered, "disputes", claim="wrong-goods", freezes="settlement", message="第一行\r\n第二行")

    event = served.shop.entries(delivered)[-1].event
    assert (event.claim, event.freezes) == ("wrong-goods", "settlement")
    assert "第一行\n第二行" in served.shop.words(delivered)


def test_a_dispute_freezes_nothing_unless_it_says_so(served, delivered):
    tell(served, delivered, "disputes", claim="other")

    assert served.shop.entries(delivered)[-1].event.freezes == "none"


def test_evidence_is_of_a_dispute_that_is_there(served, delivered):
    send(served, delivered, "disputes", claim="other")
    dispute = served.shop.entries(delivered)[-1].event.dispute

    answer = send(served, delivered, "evidence", dispute=dispute, message="见截图")
    refused = send(served, delivered, "evidence", dispute="d-none", message="见截图")

    assert answer.status_code == 200
    assert served.shop.kinds(delivered)[-2:] == ["dispute.opened", "dispute.evidence"]
    assert refused.status_code == 409
    assert SAID["rule.no-dispute"] in refused.text


def test_a_receipt_is_confirmed_once(served, delivered):
    assert send(served, delivered, "confirmations", seq=3).status_code == 200
    again = send(served, delivered, "confirmations", seq=2)

    assert served.shop.kinds(delivered)[-1] == "order.completed"
    assert again.status_code == 409
    assert SAID["rule.completed-twice"] in again.text


def test_a_program_gets_the_receipt(served, paid):
    first, again = tell(served, paid, "nudges"), tell(served, paid, "nudges")

    entry = served.shop.entries(paid)[-1]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["leaf"] == entry.leaf.hex()
    assert first.json()["publish_by"] == entry.recorded + 86_400_000
    shown = httpx.get(first.url.join(first.headers["location"]), headers={"Accept": "application/json"})
    assert shown.json() == first.json() | {"page": shown.json()["page"]}


# once ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "fields"),
    [("nudges", {}), ("corrections", {"recipient": "player-1111"}), ("disputes", {"claim": "not-delivered"})],
)
def test_what_is_sent_twice_is_one_fact(served, paid, action, fields):
    first, again = send(served, paid, action, **fields), send(served, paid, action, **fields)

    assert first.url == again.url
    assert len(served.shop.entries(paid)) == 3


def test_the_same_complaint_after_its_ruling_is_one_more(served, delivered):
    complaint = {"claim": "other", "message": "一"}
    send(served, delivered, "disputes", **complaint)
    first = served.shop.entries(delivered)[-1].event.dispute
    ruled = DisputeDecided(decider="shop-a", dispute=first, outcome="for_merchant", reason="delivered")
    served.shop.tell(delivered, "shop-a", ruled)

    answers = [send(served, delivered, "disputes", **complaint) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert served.shop.kinds(delivered)[-2:] == ["dispute.decided", "dispute.opened"]
    assert served.shop.entries(delivered)[-1].event.dispute != first


def test_a_double_click_is_one_fact(served, paid):
    with ThreadPoolExecutor(8) as hands:
        answers = [*hands.map(lambda _: send(served, paid, "nudges").status_code, range(8))]

    assert set(answers) <= {200, 429}
    assert 200 in answers
    assert served.shop.kinds(paid).count("care.nudged") == 1


def test_a_page_that_shows_more_lets_its_holder_ask_again(served, paid):
    send(served, paid, "nudges", seq=2)
    send(served, paid, "nudges", seq=3)

    assert served.shop.kinds(paid).count("care.nudged") == 2


def test_other_words_from_the_same_page_are_another_fact(served, delivered):
    for words in ("一", "二"):
        send(served, delivered, "disputes", claim="other", message=words)

    assert served.shop.kinds(delivered).count("dispute.opened") == 2


# what is declined ---------------------------------------------------------------------------------------
def test_what_the_rules_forbid_is_declined_with_the_rule_in_words_and_the_form_again(served, paid):
    answer = send(served, paid, "confirmations")

    assert answer.status_code == 409
    assert SAID["rule.not-delivered"] in answer.text
    assert 'action="confirmations?seq=2&amp;lang=zh-CN"' in answer.text
    assert len(served.shop.entries(paid)) == 2


def test_a_program_is_told_the_rule_and_what_it_rests_on(served, delivered):
    answer = tell(served, delivered, "corrections", recipient="player-1111")

    told = answer.json()
    assert answer.status_code == told["status"] == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["rule"] == "nothing-to-come"
    assert told["because"] == served.shop.entries(delivered)[-1].leaf.hex()
    assert "player-1111" not in answer.text


@pytest.mark.parametrize("handle", [STRANGE, "x", "a" * 26, "%00", "..%2f..", "%F0%9F%92%A9", "A" * 2000])
def test_a_link_that_leads_nowhere_is_not_found(served, handle):
    answer = send(served, handle, "nudges")

    assert answer.status_code == 404
    assert "<form" not in answer.text


def test_a_foreign_handle_is_told_nothing_of_receipts(served, paid, delivered):
    shown = send(served, paid, "nudges").url

    assert httpx.get(str(shown).replace(paid, delivered)).status_code == 404
    assert httpx.get(str(shown).replace(paid, STRANGE)).status_code == 404


def test_only_what_was_sent_from_a_page_has_a_receipt_there(served, paid):
    placed = served.shop.entries(paid)[0].leaf.hex()

    assert httpx.get(served.room(paid, f"receipts/{placed}")).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(served, paid, method):
    answer = httpx.request(method, served.room(paid, "nudges"))

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_a_link_to_a_form_fills_in_nothing_that_its_holder_is_to_say(served, paid):
    query = "?seq=2&lang=en&recipient=somebody-else&message=none-of-mine"
    answer = httpx.get(served.room(paid, "corrections") + query)

    assert answer.status_code == 200
    assert '<form method="post" action="corrections?seq=2&amp;lang=en"' in answer.text
    assert "somebody-else" not in answer.text
    assert "none-of-mine" not in answer.text


@pytest.mark.parametrize("place", ["nudges", "nudges?seq=x", "nudges?seq=2&seq=3", "payments?seq=2"])
def test_a_link_that_says_of_nothing_leads_to_no_form(served, paid, place):
    answer = httpx.get(served.room(paid, place))

    assert answer.status_code in (400, 404)
    assert "<form" not in answer.text


def test_a_form_tells_nobody_whether_there_is_such_an_order(served, paid):
    (one, other) = (httpx.get(served.room(handle, "nudges?seq=2")) for handle in (paid, STRANGE))

    assert one.status_code == other.status_code == 200
    assert one.text.replace(f"{paid[:2]}/{paid}", f"{STRANGE[:2]}/{STRANGE}") == other.text
    assert httpx.get(served.room("x" * 26, "nudges?seq=2")).status_code == 404


def test_other_actions_are_not_found(served, paid):
    assert send(served, paid, "payments").status_code == 404
    assert send(served, paid, "nudges/").status_code == 404


def test_a_huge_body_is_too_large(served, paid):
    answer = send(served, paid, "disputes", claim="other", message="x" * LARGEST)

    assert answer.status_code == 413
    assert SAID["counter.too_large"] in answer.text


@pytest.mark.parametrize("body", [b"&".join(b"f%d=1" % each for each in range(1700)), b"&" * 10_000])
def test_ten_thousand_fields_are_not_read(served, paid, body):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert httpx.post(served.room(paid, "nudges"), content=body, headers=kind).status_code == 400


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/xml", ""])
def test_other_types_are_not_taken(served, paid, kind):
    answer = httpx.post(served.room(paid, "nudges"), content=b"seq=2", headers={"Content-Type": kind})

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"null", b"{", b'{"seq": 2, "seq": 3}', b'{"seq": [2]}', b'{"seq": true}', b'{"seq": 1.5}',
        b"[" * 10_000, b'{"seq": "two"}', b'{"seq": 0}', b'{"seq": 2, "more": "x"}', b"{}", b"\xff",
        b'{"seq": 2, "\\ud800": "x"}', b'{"seq": %s}' % (b"9" * 5000),
    ],
)  # fmt: skip
def test_a_program_that_says_something_else_is_declined(served, paid, body):
    kind = {"Content-Type": "application/json"}

    answer = httpx.post(served.room(paid, "nudges"), content=body, headers=kind)

    assert answer.status_code == answer.json()["status"] == 400
    assert len(served.shop.entries(paid)) == 2


@pytest.mark.parametrize(
    "words", ["", " ", "a\0b", "a\x1bb", "a\u202eb", "a\u2028b", "a\nb", "x" * 201], ids=repr
)
def test_an_account_that_no_page_could_show_is_declined_by_its_field(served, paid, words):
    answer = send(served, paid, "corrections", recipient=words)

    assert answer.status_code == 400
    assert SAID.say("counter.field", field=SAID["ask.recipient"]) in answer.text
    assert len(served.shop.entries(paid)) == 2


def test_a_surrogate_alone_is_declined(served, paid):
    body = b'{"seq": 2, "recipient": "a\\ud800"}'
    answer = httpx.post(
        served.room(paid, "corrections"), content=body, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["pointer"]) == (400, "/recipient")


def test_words_that_are_html_stay_words(served, delivered):
    refused = send(served, delivered, "disputes", claim="none-of-these", message=HTML_WORDS)
    taken = send(served, delivered, "disputes", claim="other", message=HTML_WORDS)

    assert refused.status_code == 400
    assert "<script" not in refused.text + taken.text
    assert HTML_WORDS in unescape(refused.text)
    assert HTML_WORDS in served.shop.words(delivered)


def test_what_was_sent_from_an_entry_that_is_not_there_is_declined_and_not_asked_again(served, paid):
    before = len(served.shop.entries(paid))
    answer = send(served, paid, "nudges", seq=before + 1)

    assert answer.status_code == 409
    assert SAID["counter.ahead"] in answer.text
    assert "<form" not in answer.text
    assert tell(served, paid, "nudges", seq=2**53 - 1).status_code == 409
    assert len(served.shop.entries(paid)) == before


def test_a_field_is_called_as_its_form_calls_it(served, delivered):
    answer = send(served, delivered, "disputes", claim="other", message="\u202e")

    assert SAID.say("counter.field", field=SAID["ask.message"]) in answer.text


def test_an_erased_order_takes_nothing(shop):
    gone = shop.place("gone", PAID, Erased(reason="buyer_request"))
    with open_for_business(shop) as served:
        answer = send(served, gone, "nudges")

    assert answer.status_code == 409
    assert SAID["rule.erased"] in answer.text


# how often ----------------------------------------------------------------------------------------------
def test_an_order_is_heard_three_times_at_once_and_then_every_ten_minutes(served, paid):
    answers = [send(served, paid, "nudges", seq=each) for each in range(1, 5)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "600"
    assert send(served, paid, "nudges", seq=1).url == answers[0].url  # which is recorded
    assert send(served, paid, "nudges", seq=4).status_code == 429
    served.shop.watch.now += 10 * MINUTE
    assert send(served, paid, "nudges", seq=5).status_code == 200
    assert send(served, served.shop.handles["delivered"], "nudges").status_code == 200


def test_who_tries_links_is_told_to_wait_and_holders_are_not(served, paid):
    answers = [send(served, handle_of(bytes([each] * 16)), "nudges").status_code for each in range(12)]

    assert answers == [404] * 10 + [429] * 2
    assert send(served, paid, "nudges").status_code == 200


# the machine --------------------------------------------------------------------------------------------
@contextmanager
def broken(shop: Shop) -> Iterator[Served]:
    shutil.move(shop.folder / "ledger.db", shop.folder / "elsewhere.db")
    with open_for_business(shop) as served:
        yield served


def test_a_ledger_that_is_away_is_unavailable_until_it_is_back(shop, paid):
    with broken(shop) as served:
        away = send(served, paid, "nudges")
        shutil.move(shop.folder / "elsewhere.db", shop.folder / "ledger.db")
        back = send(served, paid, "nudges")

    assert (away.status_code, away.headers["retry-after"]) == (503, "60")
    assert str(shop.folder) not in away.text
    assert back.status_code == 200


def test_others_may_write_meanwhile(served, paid):
    send(served, paid, "nudges")
    served.shop.publish()
    other = served.shop.place("other", PAID)

    assert send(served, other, "nudges").status_code == 200
    assert send(served, paid, "nudges", seq=3).status_code == 200


def test_no_handle_and_no_words_are_written_to_any_log(served, paid, capfd):
    send(served, paid, "corrections", recipient="player-1111")
    send(served, paid, "confirmations")
    send(served, paid, "corrections", recipient="player-2222\0")
    httpx.post(served.room(paid, "nudges"), content=b"\xff" * 100)

    written = "".join(capfd.readouterr())
    assert written == ""


def test_a_digest_of_words_is_kept_only_under_the_orders_secret(served, paid):
    """The idempotency key of two orders differs although all that is sent is the same."""
    send(served, paid, "corrections", recipient="player-1111")
    send(served, served.shop.place("other", PAID), "corrections", recipient="player-1111")
    with connect(served.shop.folder / "ledger.db") as ledger:
        keys = [row[0] for row in ledger.execute("SELECT key FROM entries WHERE key IS NOT NULL")]

    assert len(set(keys)) == len(keys) == 2


# every answer -------------------------------------------------------------------------------------------
def answers(served: Served, handle: str) -> Iterator[httpx.Response]:
    room = served.room(handle, "nudges")
    yield send(served, handle, "nudges")
    yield send(served, handle, "confirmations")
    yield send(served, STRANGE, "nudges")
    yield tell(served, handle, "nudges")
    yield tell(served, handle, "confirmations")
    yield httpx.get(room)
    yield httpx.post(room, data={"seq": 2})
    yield httpx.post(room, content=b"?")
    yield httpx.post(room, content=b"x" * (LARGEST + 1))


def test_no_answer_is_kept_indexed_or_told_on(served, paid):
    for answer in answers(served, paid):
        assert answer.headers["cache-control"] == "no-store", answer
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ("en", "zh-CN", "en"), ("", "en-GB,zh;q=0.5", "en"), ("", "fr", "zh-CN"), ("", "", "zh-CN"),
        ("xx", "en", "en"),
    ],
)  # fmt: skip
def test_the_answer_is_in_the_language_that_was_asked_for(served, paid, asked, header, expected):
    query = f"?lang={asked}" if asked else ""
    answer = httpx.post(
        served.room(paid, "confirmations") + query, data={"seq": 2}, headers={"Accept-Language": header}
    )

    assert f'<html lang="{expected}">' in answer.text
    assert texts(expected)["rule.not-delivered"] in answer.text
