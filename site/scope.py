"""What figures are told of (a platform, its merchants, its SKUs), and where the page of each lies."""

from __future__ import annotations

from mingdan.projections.figures import Figures
from mingdan.site.page import path_in


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
