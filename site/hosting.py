"""What a web server must know to serve the site: content types, caching, and that anybody may read it."""

from __future__ import annotations

from mingdan.site.page import ATOM
from mingdan.site.verifier_page import SCRIPT_SOURCE, STYLE_SOURCE

# One policy for all but cards. The hashes are the verifier's own.
POLICY = (
    f"default-src 'none'; script-src 'self' {SCRIPT_SOURCE}; style-src 'self' {STYLE_SOURCE}; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Anybody may frame a card; in nothing else may a click be borrowed.
CARDS = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
CARDS += "frame-ancestors *"

IMMUTABLE = "public, max-age=31536000, immutable"
BRIEF = "public, max-age=60"
OCTETS = "application/octet-stream"
TEXTUAL = f"text/css text/javascript application/javascript application/json {ATOM} image/svg+xml"

# path prefix -> headers; the longest prefix that fits counts (tlog-tiles, "content types")
RULES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/log/tile/", {"Content-Type": OCTETS, "Cache-Control": IMMUTABLE}),
    ("/log/map/", {"Content-Type": OCTETS, "Cache-Control": IMMUTABLE}),  # named after what they hold
    ("/log/checkpoint", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}),
    ("/log/vkey", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": BRIEF}),
    ("/badge/", {"Cache-Control": "public, max-age=300"}),
    ("/embed/", {"Cache-Control": "public, max-age=300", "Content-Security-Policy": CARDS}),
    ("/o/", {"Cache-Control": BRIEF, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}),
    ("/v1/o/", {"Cache-Control": BRIEF, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}),
    ("/", {"Cache-Control": BRIEF}),
)
EVERYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def headers_of(path: str) -> dict[str, str]:
    """The headers for a path of the site."""
    return EVERYWHERE | next(headers for prefix, headers in RULES if path.startswith(prefix))


def type_of(path: str) -> str:
    """The content type of a file of the site, which a host that knows no suffixes must be told."""
    said = headers_of(path).get("Content-Type")
    return said or TYPES.get(path[path.rfind("/") + 1 :].rpartition(".")[2], OCTETS)


def stored_headers(path: str) -> dict[str, str]:
    """Those of a file's headers that an object store keeps beside it; a host before it adds the others."""
    headers = headers_of(path) | {"Content-Type": type_of(path)}
    return {name: headers[name] for name in STORED if name in headers}


def is_immutable(path: str) -> bool:
    """Whether what lies at this path of the site, once it is there, never changes."""
    return headers_of(path)["Cache-Control"] == IMMUTABLE


def is_text(content_type: str) -> bool:
    """Whether files of this type are worth compressing on their way."""
    essence = content_type.partition(";")[0]
    return essence.startswith("text/") or essence in TEXTUAL.split()


STORED = ("Content-Type", "Cache-Control", "Content-Encoding", "Content-Disposition", "Content-Language")
TYPES = {
    "atom": ATOM,
    "conf": "text/plain; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}

ROBOTS = "User-agent: *\nDisallow: /o/\nDisallow: /v1/o/\n"


def _headers() -> str:
    """A host joins what a second rule says of a header to what the first does, unless `!` takes that off.

    https://developers.cloudflare.com/pages/configuration/headers/; where the rule that fits best counts
    alone, the line means nothing.
    """
    lines = ["/*", *(f"  {name}: {value}" for name, value in EVERYWHERE.items())]
    for prefix, headers in RULES:
        if prefix != "/":
            off = [f"  ! {name}" for name in headers if name in EVERYWHERE]
            lines += [f"{prefix}*", *off, *(f"  {name}: {value}" for name, value in headers.items())]
    return "\n".join(lines) + "\n"


def _said(name: str, value: str) -> str:
    """A header in nginx's words. What is not found or fails must not be kept as long as what is there."""
    if name == "Content-Type":
        return f'types {{ }} default_type "{value}";'
    return f'add_header {name} "{value}"{"" if name == "Cache-Control" else " always"};'


def _nginx() -> str:
    """Every location says all its headers: one `add_header` in it drops those of the server."""
    lines = ["# include inside the server block that serves this folder"]
    lines += [_said(*header) for header in headers_of("/").items()]
    lines += ["gzip on;", f"gzip_types {TEXTUAL};", "error_page 404 /404.html;"]
    for prefix, _ in RULES:
        if prefix != "/":
            said = [f"  {_said(*header)}" for header in headers_of(prefix).items()]
            lines += [f"location {prefix} {{", *said, "}"]
    return "\n".join(lines) + "\n"


HEADERS = _headers()
NGINX = _nginx()
