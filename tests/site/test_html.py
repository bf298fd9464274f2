from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from mingdan.site.html import described, escaped, listed, quoted


@given(st.text())
def test_escaped_words_come_back_and_open_no_tag(words):
    html = escaped(words)

    assert unescape(html) == words
    assert "<" not in html
    assert ">" not in html


@given(st.text())
def test_quoted_words_do_not_end_their_attribute(words):
    assert '"' not in quoted(words)


def test_escaping_leaves_the_quotes_of_raw_entries_alone():
    assert escaped('{"at":1}') == '{"at":1}'


def test_lists_keep_their_order():
    assert listed([escaped("a"), escaped("b")]) == "<li>a</li>\n<li>b</li>\n"
    assert described([(escaped("a"), escaped("<"))]) == "<div><dt>a</dt><dd>&lt;</dd></div>\n"
