"""What a web server must know to serve the site: content types, caching, and that anybody may read it."""

from __future__ import annotations

from mingdan.site.verifier_page import SCRIPT_SOURCE, STYLE_SOURCE

# One policy for all: a host joins what a second rule says to the first. The hashes are the verifier's own.
POLICY = (
    f"default-src 'none'; script-src 'self' {SCRIPT_SOURCE}; style-src 'self' {STYLE_SOURCE}; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)

IMMUTABLE = "public, max-age=31536000, immutable"
BRIEF = "public, max-age=60"
TEXTUAL = "text/css text/javascript application/javascript application/json image/svg+xml"

# path prefix -> headers; the longest prefix that fits counts (tlog-tiles, "content types")
RULES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/log/tile/", {"Content-Type": "application/octet-stream", "Cache-Control": IMMUTABLE}),
    ("/log/checkpoint", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}),
    ("/log/vkey", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": BRIEF}),
    ("/badge/", {"Cache-Control": "public, max-age=300"}),
    ("/o/", {"Cache-Control": BRIEF, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}),
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


HEADERS = "/*\n" + "".join(f"  {name}: {value}\n" for name, value in EVERYWHERE.items())
HEADERS += "".join(
    f"{prefix}*\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
    for prefix, headers in RULES
    if prefix != "/"
)

ROBOTS = "User-agent: *\nDisallow: /o/\n"


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


NGINX = _nginx()
