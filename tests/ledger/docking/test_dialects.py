"""What each protocol sends and says, by recorded requests and answers in the forms that are documented.

`fixtures/<protocol>.json` holds them; their signatures were made apart from what is tested here.
"""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.docking.dock import RULES, Message, Unbelieved, Wanted, Word
from mingdan.ledger.docking.harbour import DIALECTS

from .market import ACCOUNT, NOON

FIXTURES = Path(__file__).parent / "fixtures"
RECORDED = [
    pytest.param(DIALECTS[name], each, id=f"{name}: {each['asks']}: {each['name']}")
    for name in DIALECTS
    for each in json.loads((FIXTURES / f"{name}.json").read_bytes())
]
CALLS = [each for each in RECORDED if "call" in each.values[1]]
ANSWERS = [each for each in RECORDED if "says" in each.values[1]]
NEARLY = st.dictionaries(
    st.sampled_from(("ok", "code", "msg", "data", "result", "order_id", "error_code")),
    st.none() | st.booleans() | st.integers() | st.sampled_from(("", "1000", "{}", [], {}, {"secret": 1})),
).map(msgspec.json.encode)
CALLBACKS = [each for each in ANSWERS if each.values[1]["asks"] == "called_back"]


def message(recorded: dict) -> Message:
    return Message(**(recorded | {"body": recorded["body"].encode()}))


@pytest.mark.parametrize(("dialect", "recorded"), CALLS)
def test_a_call_is_sent_as_documented(dialect, recorded):
    if recorded["asks"] == "place":
        call = dialect.place(ACCOUNT, Wanted(**recorded["wanted"]), NOON)
    else:
        call = dialect.query(ACCOUNT, recorded["ref"], recorded["upstream"], NOON)

    assert (call and msgspec.structs.asdict(call) | {"body": call.body.decode()}) == recorded["call"]


@pytest.mark.parametrize(("dialect", "recorded"), ANSWERS)
def test_a_message_says_what_it_says_and_no_more(dialect, recorded):
    said, told = recorded["says"], message(recorded["answer"])
    if "refused" in said:
        with pytest.raises(Unbelieved) as caught:
            dialect.called_back(ACCOUNT, told, NOON)
        assert caught.value.evidence["rule"] == said["refused"]
    elif recorded["asks"] == "called_back":
        assert dialect.called_back(ACCOUNT, told, NOON) == msgspec.convert(said, Word)
    else:
        assert getattr(dialect, recorded["asks"])(ACCOUNT, told) == msgspec.convert(said, Word)


@pytest.mark.parametrize(
    ("dialect", "recorded"), [each for each in CALLBACKS if "refused" not in each.values[1]["says"]]
)
def test_any_altered_byte_of_a_callback_is_a_forgery(dialect, recorded):
    told = message(recorded["answer"])
    for place in range(len(told.body)):
        altered = told.body[:place] + bytes([told.body[place] ^ 1]) + told.body[place + 1 :]
        with pytest.raises(Unbelieved) as caught:
            dialect.called_back(ACCOUNT, msgspec.structs.replace(told, body=altered), NOON)
        assert caught.value.evidence["rule"] == "forged"


@pytest.mark.parametrize(
    ("dialect", "recorded"), [each for each in CALLBACKS if "refused" not in each.values[1]["says"]]
)
def test_a_callback_for_another_account_is_not_ours(dialect, recorded):
    other = msgspec.structs.replace(ACCOUNT, key="10021")

    with pytest.raises(Unbelieved) as caught:
        dialect.called_back(other, message(recorded["answer"]), NOON)
    assert caught.value.evidence["rule"] == "other-signer"


@pytest.mark.parametrize("name", DIALECTS)
@given(body=st.binary(max_size=60) | NEARLY, status=st.sampled_from((200, 302, 400, 404, 500)))
def test_no_answer_is_too_odd_to_be_read(name, body, status):
    told = Message(body, status)

    assert DIALECTS[name].placed(ACCOUNT, told).said in ("accepted", "rejected", "doubtful")
    assert DIALECTS[name].queried(ACCOUNT, told).said != "doubtful"
    with pytest.raises(Unbelieved) as caught:
        DIALECTS[name].called_back(ACCOUNT, told, NOON)
    assert caught.value.evidence["rule"] in RULES


@pytest.mark.parametrize("name", DIALECTS)
def test_only_a_protocol_that_is_asked_by_our_number_clears_a_doubt(name):
    dialect = DIALECTS[name]

    assert (dialect.query(ACCOUNT, "no-7", None, NOON) is not None) == (dialect.tells.asked_by == "ref")
