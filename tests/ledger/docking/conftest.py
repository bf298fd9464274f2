"""A market for a module of tests, and in each test a shop that is served on the loopback."""

from collections.abc import Iterator

import httpx
import pytest

from ...site.serving import serving_app
from .market import Market, open_market
from .scene import Scene
from .shops import SHOPS


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with open_market(tmp_path_factory.mktemp("platform") / "shop") as opened:
        yield opened


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as opened:
        yield opened


@pytest.fixture(scope="module")
def scenes(market: Market, client: httpx.Client) -> Iterator[dict[str, Scene]]:
    """One for each protocol: its shop, and a relay to it."""
    opened, serving = {}, []
    for kind in SHOPS:
        shop = kind()
        context = serving_app(shop.app)
        serving.append(context)
        opened[shop.protocol] = Scene(market, shop, context.__enter__(), client)
    yield opened
    for context in serving:
        context.__exit__(None, None, None)
