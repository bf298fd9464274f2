"""A platform that sends its orders to one shop."""

from __future__ import annotations

import httpx

from mingdan.ledger.docking.dock import Word
from mingdan.ledger.docking.relay import Relay

from .market import Market, dock_at, wanted
from .shops import Shop


class Scene:
    def __init__(self, market: Market, shop: Shop, url: str, client: httpx.Client) -> None:
        self.market = market
        self.shop = shop
        self.url = url
        self.client = client

    def relay(self, client: httpx.Client | None = None, **terms: object) -> Relay:
        dock = dock_at(protocol=self.shop.protocol, **({"url": self.url} | terms))
        return Relay(self.market.clerk, dock, client or self.client, self.market.clock)

    def sent(self, mood: str = "takes", form: str = "card", **more: object) -> tuple[str, str, Word]:
        """A new order that is sent while the shop is in a mood: its stream, its reference, what came back."""
        stream, ref = self.market.order(form)
        terms: dict[str, object] = {"name": more.pop("dock", "east")}
        terms |= {"patience": 0.05} if "hangs" in mood else {}
        self.shop.mood = mood
        if "given" in more:
            self.shop.given[ref] = str(more.pop("given"))
        word = self.relay(**terms).place(stream, wanted(ref, **more))
        self.shop.mood = "takes"
        return stream, ref, word
