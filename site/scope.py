"""What figures are told of (a platform, its merchants, its SKUs), and where the page of each lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from mingdan.projections.figures import Figures, Standing
from mingdan.projections.measure import OTHER
from mingdan.site.page import path_in
from mingdan.site.section import UNKNOWN

Kind = Literal["platform", "merchant", "sku"]


class Scope(NamedTuple):
    """Whose figures a badge or a card shows: `path` is its folder below theirs.

    `pointer` (RFC 6901) leads to its own within the platform's `figures`.
    """

    kind: Kind
    name: str
    path: str
    pointer: str
    standing: Standing
    figures: Figures


def scopes_of(figures: Figures) -> Iterator[Scope]:
    """The platform, then its merchants and SKUs that are counted by themselves."""
    yield Scope("platform", platform_of(figures), figures.scope, "", whole(figures), figures)
    for name, told in told_apart(figures.merchants).items():
        path = f"{figures.scope}/m/{name}"
        yield Scope("merchant", name, path, f"/merchants/{name}", told, figures)
    for name, told in told_apart(figures.skus).items():
        yield Scope("sku", name, f"{figures.scope}/s/{name}", f"/skus/{name}", told, figures)


def scope_of(figures: Figures, kind: Kind, name: str) -> Scope | None:
    """None where it is not counted by itself."""
    return next((each for each in scopes_of(figures) if (each.kind, each.name) == (kind, name)), None)


def whole(figures: Figures) -> Standing:
    """A platform as a group of orders like any other."""
    return Standing(**{name: getattr(figures, name) for name in Standing.__struct_fields__})


def told_apart(groups: dict[str, Standing]) -> dict[str, Standing]:
    """Those that have a name of their own."""
    return {name: told for name, told in groups.items() if name not in (OTHER, UNKNOWN)}


def page_of_scope(scope: Scope, language: str, languages: tuple[str, ...]) -> str:
    """Where the page of its figures lies."""
    platform = platform_of(scope.figures)
    match scope.kind:
        case "platform":
            return path_of_platform(platform, language, languages)
        case "merchant":
            return path_of_merchant(platform, scope.name, language, languages)
        case "sku":
            return path_of_sku(platform, scope.name, language, languages)


def platform_of(figures: Figures) -> str:
    return figures.scope.removeprefix("platform/")


def path_of_platform(platform: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/index.html", language, languages)


def path_of_merchant(platform: str, merchant: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/m/{_folder(merchant)}/index.html", language, languages)


def path_of_merchants(platform: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/m/index.html", language, languages)


def path_of_sku(platform: str, sku: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/s/{_folder(sku)}/index.html", language, languages)


def path_of_skus(platform: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/s/index.html", language, languages)


def _folder(name: str) -> str:
    """No name holds a tilde: one that is called as a page is moves aside."""
    return f"{name}~" if name.endswith(".html") else name
