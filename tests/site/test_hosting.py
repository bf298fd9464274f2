import re

import pytest

from mingdan.site.hosting import EVERYWHERE, HEADERS, NGINX, POLICY, RULES, headers_of, type_of

ADDED = re.compile(r'add_header (\S+) "([^"]*)"( always)?;')
TYPED = re.compile(r'types \{ \} default_type "([^"]*)";')
LOCATION = re.compile(r"^location (\S+) \{\n(.*?)^\}\n", re.DOTALL | re.MULTILINE)
PREFIXES = [prefix for prefix, _ in RULES]


def blocks() -> dict[str, str]:
    """What the snippet says for each location; `/` is the server block around them."""
    return dict(LOCATION.findall(NGINX)) | {"/": LOCATION.sub("", NGINX)}


def headers(block: str) -> dict[str, str]:
    """A location with a header of its own inherits none."""
    typed = [("Content-Type", found) for found in TYPED.findall(block)]
    return dict(typed + [(name, value) for name, value, _ in ADDED.findall(block)])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_nginx_gives_every_rule_the_headers_that_we_serve(prefix):
    assert headers(blocks()[prefix]) == headers_of(prefix)


def test_nginx_has_a_location_for_every_rule_and_no_other():
    assert blocks().keys() == set(PREFIXES)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_header_is_said_twice(prefix):
    names = [name for name, *_ in ADDED.findall(blocks()[prefix])]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_protects_goes_with_errors_too_and_what_keeps_does_not(prefix):
    always = {name for name, _, kept in ADDED.findall(blocks()[prefix]) if kept}

    assert always >= EVERYWHERE.keys()
    assert "Cache-Control" not in always


@pytest.mark.parametrize(
    "path", ["/feed.atom", "/feed.en.json", "/summary.json", "/api/v2/summary.json", "/v1/site.json"]
)
def test_machines_of_other_sites_may_read_what_is_made_for_them(path):
    assert headers_of(path)["Access-Control-Allow-Origin"] == "*"


def test_a_feed_is_served_as_one_and_an_orders_stays_as_private_as_its_page():
    assert type_of("/p/shop-a/feed.en.atom") == type_of("/o/ab/abc.atom") == "application/atom+xml"
    assert headers_of("/o/ab/abc.atom") == headers_of("/o/ab/abc.html")


def test_the_longest_prefix_that_fits_comes_first():
    """nginx takes the longest, we the first: both must be the same rule."""
    for place, prefix in enumerate(PREFIXES):
        assert not any(prefix.startswith(earlier) for earlier in PREFIXES[:place])
    assert PREFIXES[-1] == "/"


@pytest.mark.parametrize("text", [NGINX, HEADERS, POLICY])
def test_no_page_of_a_site_may_send_a_form(text):
    assert "form-action 'none'" in text
    assert text.count("form-action") == text.count("form-action 'none'")
