"""What a web server must know to serve the site: content types, caching, and that anybody may read it."""

from __future__ import annotations

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

IMMUTABLE = "public, max-age=31536000, immutable"
BRIEF = "public, max-age=60"

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

NGINX = (
    "# include inside the server block that serves this folder\n"
    + "".join(f'add_header {name} "{value}" always;\n' for name, value in EVERYWHERE.items())
    + "gzip on;\ngzip_types text/css image/svg+xml application/json;\nerror_page 404 /404.html;\n"
    + "location /log/tile/ { default_type application/octet-stream; "
    + f'add_header Cache-Control "{IMMUTABLE}"; add_header Access-Control-Allow-Origin "*"; }}\n'
    + "location = /log/checkpoint { default_type text/plain; charset utf-8; "
    + 'add_header Cache-Control "no-cache"; add_header Access-Control-Allow-Origin "*"; }\n'
)
