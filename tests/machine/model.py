"""The naive model: everything that was accepted, in one plain list, and what the market's supply comes to.

Nothing of the ledger is imported. Everything is counted anew from the facts each time it is asked for.
"""

from __future__ import annotations

from .life import SETTINGS, Fact, Life

SANCTIONS = ("party.suspended", "party.blacklisted", "party.expelled")


class Model:
    """Everything that was accepted, in order, and the names by which orders are called."""

    def __init__(self) -> None:
        self.log: list[Fact] = []
        self.terms: dict[str, dict] = {}  # of each order, as they were fixed when it was placed
        self.names: dict[str, str] = {}
        self.keys: dict[tuple[str, str], Fact] = {}
        self.secrets: set[str] = set()  # streams that take private words
        self.signed: list[Fact] = []

    def copy(self) -> Model:
        other = Model()
        other.log, other.terms, other.names = [*self.log], {**self.terms}, {**self.names}
        other.keys, other.secrets, other.signed = {**self.keys}, {*self.secrets}, [*self.signed]
        return other

    def of(self, stream: str, *kinds: str) -> list[Fact]:
        return [each for each in self.log if each.stream == stream and (not kinds or each.kind in kinds)]

    def life(self, stream: str) -> Life:
        return Life(self.of(stream), self.terms.get(stream, SETTINGS))

    def lives(self) -> dict[str, Life]:
        streams = dict.fromkeys(each.stream for each in self.log if each.stream.startswith("order/"))
        return {stream: self.life(stream) for stream in streams}

    def take(self, fact: Fact) -> None:
        self.log.append(fact)
        if fact.kind == "order.placed" and fact.stream not in self.terms:
            self.terms[fact.stream] = SETTINGS
            itself = fact.by in (fact.data.get("platform"), fact.data.get("merchant"))
            if fact.basis is None or (fact.basis == "observed" and itself):
                live = self.terms_at(fact.data.get("policy"), fact.begun)
                own = self.version(fact.data) if self.foreign(fact.data) else live
                self.terms[fact.stream] = own or SETTINGS
            elif (named := self.version(fact.data)) is not None:
                self.terms[fact.stream] = named

    def terms_at(self, policy: str | None, at: int) -> dict | None:
        """The terms of a policy for an order placed then; None where there is no such policy.

        None hold before they are heard.
        """
        name = policy or "default"
        for each in reversed(self.of(f"policy/{name}", "policy.published")):
            if max(each.data["since"], each.recorded) <= at:
                return _terms(each)
        return SETTINGS if name == "default" else None

    def foreign(self, placed: dict) -> bool:
        """Whether the policy that a placing names, or falls under, is another registered party's."""
        published = self.of(f"policy/{placed.get('policy') or 'default'}", "policy.published")
        by = published[0].by if published else placed.get("platform")
        return by != placed.get("platform") and self.role(by) is not None

    def version(self, placed: dict) -> dict | None:
        """The terms of the version that a placing names; None where it was never published."""
        name = placed.get("policy") or "default"
        published = self.of(f"policy/{name}", "policy.published")
        return next(
            (_terms(each) for each in published if each.data["version"] == placed.get("policy_version")), None
        )

    def holding(self, field: str, words: str) -> tuple[bool, bool]:
        """Whether these words stand for what an order has now, and whether they were told at all."""
        told = [each for each in self.log if each.words.get(field) == words]
        stands = [each for each in told if each.stream in self.secrets and self._stands(field, each)]
        return bool(stands), bool(told)

    def _stands(self, field: str, fact: Fact) -> bool:
        life = self.life(fact.stream)
        if field == "goods":
            return any(each is fact for each, _ in life.shipments)
        return life.money is fact

    # parties -------------------------------------------------------------------------------------------
    def role(self, party: str) -> str | None:
        return next((each.data["role"] for each in self.of(f"party/{party}", "party.registered")), None)

    def registrar(self, party: str) -> str | None:
        """The platform of a party that is none itself: who registered it."""
        registered = self.of(f"party/{party}", "party.registered")
        return registered[0].by if registered and registered[0].data["role"] != "platform" else None

    def spotless(self, party: str) -> bool:
        """Whether nothing was ever decided or vouched about a party."""
        return all(each.kind in ("party.registered", "party.keyed") for each in self.of(f"party/{party}"))

    def barred(self, party: str, now: int) -> bool:
        facts = self.of(f"party/{party}")
        if any(each.kind == "party.reinstated" for each in facts) or self.role(party) is None:
            return False  # what that ended is not for this model to say
        untils = [each.data.get("until") for each in facts if each.kind in SANCTIONS]
        return any(until is None or now < until for until in untils)

    def barred_since(self, party: str, at: int) -> bool:
        """Whether a party was barred at an instant by what was decided before it."""
        if any(each.kind == "party.reinstated" for each in self.of(f"party/{party}")):
            return False  # what that ended is not for this model to say
        known = [each for each in self.of(f"party/{party}", *SANCTIONS) if each.recorded < at]
        return any(each.data.get("until") is None or at < each.data["until"] for each in known)

    def key(self, party: str) -> str | None:
        return next((each.data["key"] for each in reversed(self.of(f"party/{party}", "party.keyed"))), None)

    # supply (I4) ---------------------------------------------------------------------------------------
    def promised(self, sku: str, platform: object) -> int:
        return sum(life.open_promise for life in self.on_shelf(sku, platform))

    def on_shelf(self, sku: str, platform: object) -> list[Life]:
        """The orders that draw on what a platform has of a SKU."""
        of = platform, sku
        return [life for life in self.lives().values() if (life.said("platform"), life.said("sku")) == of]

    def listing(self, sku: str) -> Fact | None:
        return next(iter(self.of(f"sku/{sku}", "sku.listed")), None)

    def shut(self, sku: str) -> bool:
        facts = self.of(f"sku/{sku}", "sku.closed", "sku.opened")
        return bool(facts) and facts[-1].kind == "sku.closed"

    def stock(self, sku: str) -> Fact | None:
        """The newest report of what is there: one of the past, or of the future, says nothing new."""
        newest = None
        for each in self.of(f"sku/{sku}", "sku.stocked"):
            if each.data["as_of"] <= each.begun and (
                newest is None or each.data["as_of"] >= newest.data["as_of"]
            ):
                newest = each
        return newest

    def carries(self, sku: str, now: int, spent: int) -> float:
        listing, caps = self.listing(sku), self.of(f"sku/{sku}", "sku.capped")
        cap = caps[-1].data["cap"] if caps else float("inf")
        if listing is None or listing.data["stock_mode"] == "unlimited":
            return cap
        return min(cap, max(0, self._there(sku, now) + self._coming(sku, now) - spent))

    def _there(self, sku: str, now: int) -> int:
        stock = self.stock(sku)
        fresh = stock is not None and now <= stock.data["as_of"] + stock.data["ttl"]
        return (stock.data.get("qty") or 0) if stock is not None and fresh else 0

    def _coming(self, sku: str, now: int) -> int:
        newest = None
        for place, each in enumerate(self.of(f"sku/{sku}")):
            if each.kind == "sku.preorder":
                newest = each
            elif each.kind == "sku.stocked" and each.data.get("arrived"):
                told = Model()
                told.log = self.of(f"sku/{sku}")[: place + 1]
                newest = None if told.stock(sku) is each else newest
        return newest.data["qty"] if newest is not None and now <= newest.data["restock_by"] else 0

    def spent(self, sku: str, platform: object) -> tuple[int, float]:
        """Units gone from what was reported: those for sure, and those that a report may not know of."""
        listing, stock = self.listing(sku), self.stock(sku)
        if listing is None or listing.data["platform"] != platform:
            stock = None  # which is of another shelf
        since = None if stock is None else stock.data["as_of"]
        gone: list[tuple[Fact, int]] = []
        doubtful, beyond = False, 0  # what is told to have come beyond an order left no shelf
        for life in self.on_shelf(sku, platform):
            if life.imported:
                continue
            told = [each for each in life.told if each.kind == "delivery.delivered"]
            gone += [(each, each.data.get("units") or life.said("qty") or 1) for each in told]
            beyond += max(0, sum(units for _, units in gone[-len(told) :]) - life.said("qty")) if told else 0
            doubtful |= any(each.kind == "order.disavowed" for each in life.told) and bool(told)
        sure = sum(units for each, units in gone if since is None or each.effective > since)
        place = 0 if stock is None else self._cleared(sku, [each for each, _ in gone])
        after = {id(each) for each in self.log[place:]}
        maybe = sum(units for each, units in gone if id(each) in after)
        return max(0, min(sure, maybe) - beyond), float("inf") if doubtful else max(sure, maybe)

    def _cleared(self, sku: str, gone: list[Fact]) -> int:
        """How much of the log lies before the newest report that knows of every delivery before it."""
        place, last, seen = 0, 0, None
        for number, each in enumerate(self.log, 1):
            if any(each is one for one in gone):
                last = max(last, each.effective)
            elif each.stream == f"sku/{sku}" and each.kind == "sku.stocked":
                told = Model()
                told.log = self.log[:number]
                as_of = each.data["as_of"]
                if told.stock(sku) is each and (seen is None or as_of > seen):
                    seen = as_of
                    place = number if as_of >= last else place
        return place


def _terms(published: Fact) -> dict:
    return {**published.data, "stock": published.data["stage_limits"].get("stock", SETTINGS["stock"])}
