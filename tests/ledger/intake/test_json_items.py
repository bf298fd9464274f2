import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake import source
from mingdan.ledger.intake.json_items import json_items
from mingdan.ledger.intake.source import LONGEST, SourceFile

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("items") / "document"


def told(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with SourceFile(path) as file:
        return [(item.array, item.value) for item in json_items(file)]


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
@given(members=st.lists(values, max_size=5), indent=st.none() | st.integers(0, 2))
def test_members_come_one_by_one_however_the_file_is_cut(path, chunk, members, indent):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_CHUNK", chunk)
        found = told(path, json.dumps(members, indent=indent, ensure_ascii=False))

    assert found == [("", each) for each in members]


@given(st.dictionaries(st.text(), st.lists(values, max_size=3) | st.text(), max_size=4))
def test_of_an_object_the_arrays_members_and_all_else_whole(path, document):
    expected = []
    for name, value in document.items():
        expected += [(name, each) for each in value] if isinstance(value, list) else [(name, value)]

    assert told(path, json.dumps(document)) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "[1", "[1 2]", "[1,]", '{"a"', '{"a":}', '{"a":[1}', "[] []", '{"a":[],}', b'["\xff"]']
)
def test_what_is_not_whole_is_refused(path, text):
    with pytest.raises(MalformedSource):
        told(path, text)


def test_a_value_without_end_is_refused(path):
    with pytest.raises(MalformedSource):
        told(path, '["' + "x" * (LONGEST + (1 << 17)))


def test_each_says_the_line_it_begins_in(path):
    path.write_text('{"a":\n[\n1,\n\n2]}\n', "utf-8")

    with SourceFile(path) as file:
        assert [item.line for item in json_items(file)] == [3, 5]
