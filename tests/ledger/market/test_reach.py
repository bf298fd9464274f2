from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.market.reach import HIGHEST, above, affected, touched
from mingdan.ledger.market.sku import Listed, Sku

names = st.sampled_from("abcdef")
markets = st.dictionaries(names, st.none() | names).map(
    lambda mapped: {name: Sku(stream=f"sku/{name}", upstream=to) for name, to in mapped.items()}
)


def chain(length: int) -> dict[str, Sku]:
    return {str(number): Sku(upstream=str(number + 1)) for number in range(length)}


def test_a_chain_is_looked_up_tier_by_tier_to_where_nothing_more_is_known():
    assert [*above("0", chain(3).get)] == ["0", "1", "2", "3"]


def test_no_chain_is_looked_up_without_end():
    assert len([*above("0", chain(10 * HIGHEST).get)]) == HIGHEST


def test_a_circle_is_looked_up_once():
    circle = {"a": Sku(upstream="b"), "b": Sku(upstream="a")}

    assert [*above("a", circle.get)] == ["a", "b"]
    assert affected(["a"], circle) == {"a", "b"}


def of(platform: str, upstream: str | None = None) -> Sku:
    listing = Listed(form="card", name="c", platform=platform, stock_mode="unlimited")
    return Sku(listing=listing, upstream=upstream)


def test_who_lists_supplies_or_was_sent_goods_speaks_of_what_is_supplied_from_them_and_of_nothing_else():
    market = {"shop": of("kamao", "east"), "east": of("agent-east", "brand"), "other": of("xiaomai", "brand")}
    sent = {"east": frozenset({"carrier"})}

    def touches(party: str, *scope: str) -> set[str]:
        return {*touched(scope or ("brand",), party, market, sent)}

    assert touches("kamao") == {"shop"}
    assert touches("agent-east") == touches("carrier") == {"shop", "east"}
    assert touches("carrier", "shop") == {"shop"}
    assert touches("xiaomai", "shop") == touches("evil") == touches("brand") == set()
    assert {*touched(["brand"], "brand", market | {"brand": of("brand")}, {})} == {*market, "brand"}


@given(markets, names, names)
def test_an_exception_reaches_whoever_is_supplied_from_its_scope_and_nobody_else(market, scope, name):
    """Also where mappings of old go round."""
    assert (name in affected([scope], market)) == (name == scope or scope in {*above(name, market.get)})
