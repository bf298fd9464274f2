"""The published folder over real HTTP: whole, compressed, in part, not again; never what lies beside it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mingdan.site.hosting import EVERYWHERE, headers_of
from mingdan.site.serve import takes_gzip

from .serving import serving

PAGE = "<!doctype html><title>明单</title>" + "<p>已支付</p>" * 200
FILES = {
    "index.html": PAGE,
    "404.html": "<!doctype html><title>没有这一页</title>",
    "o/ab/abcd.html": PAGE,
    "static/page.css": "p { margin: 0 }" * 50,
    "log/tile/0/000": "t" * 8192,
    "log/checkpoint": "orders.example/log\n",
    "log/map/1/1a": "map",
    "feed.atom": "<feed/>",
}
SECRET = "the key of the log"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site in a workspace with a key beside it."""
    workspace = tmp_path_factory.mktemp("workspace")
    for path, content in FILES.items():
        file = workspace / "site" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (workspace / "log.key").write_text(SECRET)
    (workspace / "site/link").symlink_to(workspace / "log.key")
    return workspace / "site"


@pytest.fixture(scope="module")
def url(site):
    with serving(site) as url:
        yield url


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers={"Accept-Encoding": "identity"} | headers)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_file_is_served_byte_for_byte_with_the_headers_of_its_path(url, path, coding):
    answer = get(f"{url}/{path}", **{"Accept-Encoding": coding})

    assert answer.status_code == 200
    assert answer.text == FILES[path]
    assert (
        headers_of("/" + path).items()
        <= {name.title(): value for name, value in answer.headers.items()}.items()
    )


def test_text_is_compressed_for_those_who_take_it_and_tiles_never(url):
    page = get(f"{url}/", **{"Accept-Encoding": "gzip, br"})
    tile = get(f"{url}/log/tile/0/000", **{"Accept-Encoding": "gzip, br"})

    assert page.headers["Content-Encoding"] == "gzip"
    assert int(page.headers["Content-Length"]) < len(PAGE.encode())
    assert "Content-Encoding" not in tile.headers
    assert "Vary" not in tile.headers


def test_each_form_of_a_file_has_a_strong_tag_of_its_own_and_caches_are_told(url):
    plain, packed = get(f"{url}/"), get(f"{url}/", **{"Accept-Encoding": "gzip"})

    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert all(each.headers["ETag"].startswith('"') for each in (plain, packed))
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_the_reader_has_is_not_sent_again(url, coding):
    first = get(f"{url}/", **{"Accept-Encoding": coding})

    again = get(
        f"{url}/", **{"Accept-Encoding": coding, "If-None-Match": f'"other", {first.headers["ETag"]}'}
    )

    assert again.status_code == 304
    assert again.content == b""
    assert {name: again.headers[name] for name in ("ETag", "Vary", "Cache-Control")} == {
        name: first.headers[name] for name in ("ETag", "Vary", "Cache-Control")
    }


def test_the_tag_of_one_form_does_not_stand_for_the_other(url):
    plain = get(f"{url}/")

    packed = get(f"{url}/", **{"Accept-Encoding": "gzip", "If-None-Match": plain.headers["ETag"]})

    assert packed.status_code == 200


def test_the_same_bytes_have_the_same_tag_wherever_and_whenever_they_were_written(site, url, tmp_path):
    (tmp_path / "index.html").write_bytes((site / "index.html").read_bytes())
    os.utime(tmp_path / "index.html", (1, 1))

    with serving(tmp_path) as other:
        assert get(f"{other}/").headers["ETag"] == get(f"{url}/").headers["ETag"]


def test_a_page_that_was_replaced_has_another_tag_though_size_and_time_are_the_same(tmp_path):
    def tag_of(content: str) -> str:
        (tmp_path / "index.html").write_text(content)
        os.utime(tmp_path / "index.html", (1, 1))
        return get(f"{url}/").headers["ETag"]

    with serving(tmp_path) as url:
        assert tag_of("<p>paid") != tag_of("<p>sent")


def test_who_knows_only_a_time_is_answered_by_it(url):
    since = get(f"{url}/").headers["Last-Modified"]

    assert get(f"{url}/", **{"If-Modified-Since": since}).status_code == 304
    assert get(f"{url}/", **{"If-Modified-Since": since, "If-None-Match": '"other"'}).status_code == 200


def test_part_of_a_file_is_served_as_it_lies(url):
    part = get(f"{url}/", Range="bytes=2-8", **{"Accept-Encoding": "gzip"})

    assert part.status_code == 206
    assert part.content == PAGE.encode()[2:9]
    assert part.headers["ETag"] == get(f"{url}/").headers["ETag"]
    assert "Content-Encoding" not in part.headers


def test_a_range_beyond_the_file_is_refused_with_the_protecting_headers(url):
    beyond = get(f"{url}/log/tile/0/000", Range="bytes=9000-")

    assert beyond.status_code == 416
    assert protected(beyond)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_says_what_get_would_and_sends_nothing(url, coding):
    got = get(f"{url}/", **{"Accept-Encoding": coding})
    head = httpx.head(f"{url}/", headers={"Accept-Encoding": coding})

    names = ("Content-Length", "Content-Type", "ETag", "Last-Modified")
    assert head.content == b""
    assert {name: head.headers[name] for name in names} == {name: got.headers[name] for name in names}


def test_what_is_not_there_is_said_by_the_sites_own_page_and_not_kept(url):
    missing = get(f"{url}/o/no/such.html")

    assert missing.status_code == 404
    assert missing.text == FILES["404.html"]
    assert missing.headers["Cache-Control"] == "no-cache"
    assert protected(missing)


@pytest.mark.parametrize("path", ["index.html/", "o/ab/abcd.html/", "log/checkpoint/", "index.html//"])
def test_a_file_with_a_slash_behind_its_name_is_not_there(url, path):
    assert get(f"{url}/{path}").status_code == 404


def test_a_missing_page_is_never_said_to_be_unchanged(url):
    tag = get(f"{url}/404.html").headers["ETag"]

    assert get(f"{url}/no", **{"If-None-Match": tag}).status_code == 404
    assert get(f"{url}/no", **{"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_is_taken_in(url, method):
    answer = httpx.request(method, f"{url}/index.html")

    assert answer.status_code == 405
    assert protected(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/../log.key",
        "/o/../../log.key",
        "/%2e%2e/log.key",
        "/..%2flog.key",
        "/..%5clog.key",
        "//log.key",
        "/log.key",
        "/keys/log.key",
        "/vault.db",
        "/..\\log.key",
        "/%2e%2e%5clog.key",
        "/%252e%252e/log.key",
        "/o/%2e%2e/%2e%2e/log.key",
        "/link",
        "/%00",
        "/index.html%00.css",
        "/" + "a" * 5000,
        "/o",
        "/o/",
        "/log/",
        "/%ff",
    ],
)
def test_no_trick_with_a_path_leads_out_of_the_folder_or_lists_one(url, path):
    status, body = asked_raw(url, path)

    assert status in (400, 404)
    assert SECRET not in body
    assert "abcd" not in body


def asked_raw(url: str, path: str) -> tuple[int, str]:
    """A request as it is written here: clients tidy paths up."""
    where = urlsplit(url)
    assert where.hostname
    assert where.port
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer.decode(errors="replace")


def protected(answer: httpx.Response) -> bool:
    return all(answer.headers.get(name) == value for name, value in EVERYWHERE.items())


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("deflate, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("x-gzip-like", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_a_coding_is_taken_where_it_is_named_and_not_refused(accepted, taken):
    assert takes_gzip(accepted) is taken
