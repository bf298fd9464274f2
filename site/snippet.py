"""The lines that put a badge or a card on somebody's own page: each leads back to the figures behind it."""

from __future__ import annotations

from typing import NamedTuple

from mingdan.site.html import Html, escaped, quoted, unmarked
from mingdan.site.metric import badge, path_of_badge
from mingdan.site.scope import Kind, Scope, page_of_scope, platform_of
from mingdan.site.voice import Voice


class Snippet(NamedTuple):
    """A badge with its lines by format; `image` is its path, `spoken` what it says."""

    metric: str
    label: str
    spoken: str
    image: str
    lines: list[tuple[str, str]]


def snippet(speech: Voice, scope: Scope, metric: str) -> Snippet | None:
    """None where there is no such badge."""
    made, tags = badge(speech, scope, metric), speech.edition.languages
    if made is None:
        return None
    image = path_of_badge(scope, metric, "svg", speech.language, tags)
    filled = {
        "label": made.label,
        "image": address(speech, image),
        "page": address(speech, page_of_scope(scope, speech.language, tags)),
    }
    lines = [(name, line.format(**filled)) for name, line in LINES.items()]
    return Snippet(metric, made.label, f"{made.label} {made.message}", image, lines)


def card(speech: Voice, scope: Scope) -> str:
    """The line that frames the card of a scope."""
    path = path_of_card(scope, speech.language, speech.edition.languages)
    return CARD.format(card=address(speech, path), title=quoted(unmarked(title_of(speech, scope))))


def title_of(speech: Voice, scope: Scope) -> Html:
    """Whose figures these are, as the head of its page says it."""
    platform = escaped(speech.called(platform_of(scope.figures)))
    return speech.say(TITLES[scope.kind], **{"platform": platform, scope.kind: called(speech, scope)})


def called(speech: Voice, scope: Scope) -> Html:
    """What a platform, a merchant or a SKU is called; its id where nothing else is known."""
    goods = speech.names.goods.get(scope.name)
    if scope.kind == "sku":
        return escaped(scope.name if goods is None else goods.name)
    return escaped(speech.called(scope.name))


def path_of_card(scope: Scope, language: str, languages: tuple[str, ...]) -> str:
    """No name holds a tilde: one that ends as a card in another language does, or as a file, moves aside."""
    *folders, name = scope.path.split("/")
    above = "/".join(f"{each}~" if each.endswith(".html") else each for each in folders)
    aside = "~" if name.endswith(tuple(f".{tag}" for tag in languages)) else ""
    mark = "" if language == languages[0] else f".{language}"
    return f"embed/{above}/{name}{aside}{mark}.html"


def address(speech: Voice, path: str) -> str:
    return f"https://{speech.edition.address}/{path}"


LINES = {
    "HTML": '<a href="{page}"><img src="{image}" alt="{label}" height="20"></a>',
    "Markdown": "[![{label}]({image})]({page})",
    "reStructuredText": ".. image:: {image}\n   :alt: {label}\n   :target: {page}",
    "URL": "{image}",
}
TITLES: dict[Kind, str] = {
    "platform": "platform.title",
    "merchant": "conduct.merchant.title",
    "sku": "conduct.sku.title",
}
CARD = (
    '<iframe src="{card}" title="{title}" width="320" height="260" loading="lazy" style="border:0"></iframe>'
)
