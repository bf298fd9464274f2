"""A register as pages show it: parties, goods, exceptions, each told in facts and folded like the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from mingdan.ledger.event import Event
from mingdan.ledger.market import fold, incident, party, promise, sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.tree import leaf_hash
from mingdan.projections.census import Census
from mingdan.projections.conduct import Conduct, Supply
from mingdan.projections.market import Alarm, Blindness, Case, Market
from mingdan.projections.register import Register

from ..ledger.market.told import entry
from .reading import Reading
from .stories import NOON, some_figures

KEYS = ["A" * 43 + "=", "B" * 42 + "A="]
EVIDENCE = ("ab" * 32, "cd" * 32)
NAME_OF_AN_ATTACKER = "</h1><script>alert(1)</script>\"'>&amp;"
LONG = "超" * 190

Fact = tuple[float, str, Event]  # days after noon, who, what


def told(stream: str, *facts: Fact) -> Subject:
    """The state after these facts, each known as it happened."""
    subject = fold.empty(stream)
    for number, (days, by, event) in enumerate(facts):
        at = NOON + int(days * DAY)
        fact, leaf = entry(number, (by, event), at, stream=stream), leaf_hash(f"{stream} {number}".encode())
        subject = fold.evolve(subject, replace(fact, leaf=leaf))
    return subject


def register(*subjects: Subject) -> Register:
    """These streams as the views would have them."""
    ordered = sorted(subjects, key=lambda each: each.stream)

    def of(kind: type[Subject]) -> dict[str, Subject]:
        return {each.stream.partition("/")[2]: each for each in ordered if isinstance(each, kind)}

    return Register(of(party.Party), of(sku.Sku), of(incident.Incident), of(promise.Promise))


def registered(name: str, role: party.Role, *facts: Fact, public: str | None = None) -> party.Party:
    """A party that was registered 300 days ago; without a public name unless there is one."""
    given = party.Registered(name=public or "不公开的名称", public=public is not None, role=role)
    found = told(f"party/{name}", (-300, "yunka", given), *facts)
    assert isinstance(found, party.Party)
    return found


def listed(
    name: str, *facts: Fact, title: str = "游戏点券 100", platform: str = "yunka", **more: str
) -> sku.Sku:
    given = sku.Listed(form="card", name=title, platform=platform, stock_mode=more.get("mode", "upstream"))
    found = told(f"sku/{name}", (-200, platform, given), *facts)
    assert isinstance(found, sku.Sku)
    return found


def reported(
    name: str,
    *facts: Fact,
    by: str = "hexin-gonghuo",
    kind: str = "supply_cut",
    scope: Sequence[str] = ("hexin-points",),
    **more: int,
) -> incident.Incident:
    """Reported a day ago by the supplier, unless by another."""
    given = incident.Reported(kind=kind, scope=tuple(scope), starts=NOON - DAY, **more)
    found = told(f"exception/{name}", (-1, by, given), *facts)
    assert isinstance(found, incident.Incident)
    return found


def stocked(days: float, qty: int | None, ttl: int = 2 * HOUR, by: str = "yunka") -> Fact:
    return days, by, sku.Stocked(as_of=NOON + int(days * DAY), qty=qty, ttl=ttl)


def qualified(days: float, until: float, verifier: str = "shenji-yuan") -> Fact:
    return days, verifier, party.Qualified(valid_until=NOON + int(until * DAY), verifier=verifier)


def decided(kind: type[party.Decision], days: float, reasons: str, **more: float) -> Fact:
    """`until` and `appeal_by` in days after noon."""
    times = {name: NOON + int(value * DAY) for name, value in more.items()}
    return days, "yunka", kind(reasons=reasons, entries=EVIDENCE, **times)


PARTIES = [
    registered(
        "yunka",
        "platform",
        qualified(-290, 75),
        (-280, "yunka", party.Keyed(key=KEYS[0])),
        (-20, "yunka", party.Keyed(key=KEYS[1])),
        public="云卡商城",
    ),
    registered(
        "xinghe-dianka",
        "merchant",
        qualified(-250, 100),
        decided(party.Warned, -40, "标注的库存多次与实际不符", appeal_by=-10),
        public="星河点卡专营店",
    ),
    registered(
        "huanan-daili",
        "agent",
        decided(party.Suspended, -9, "断供三天未上报，其间仍在接单", until=21, appeal_by=6),
        (-7, "huanan-daili", party.Appealed()),
        public="华南代理",
    ),
    registered("huadong-daili", "agent", qualified(-250, -12)),
    registered("hexin-gonghuo", "supplier", qualified(-100, 265), public="核心供应商"),
    registered(
        "dili-gonghuo",
        "supplier",
        decided(party.Expelled, -30, "以低价引流收款，累计 412 笔未送达", appeal_by=-1),
        public="低利供货",
    ),
    registered(
        "jisu-gonghuo",
        "supplier",
        decided(party.Blacklisted, -15, "伪造到账凭证"),
        decided(party.Suspended, -80, "接口停用未通知", until=-50),
        (-50, "yunka", party.Reinstated(reason="term_over")),
    ),
    registered("shenji-yuan", "auditor", public="独立审计"),
]
SKUS = [
    listed(
        "points-100",
        (-90, "yunka", sku.Mapped(to="huanan-points")),
        stocked(-0.01, 41),
        (-30, "yunka", sku.Capped(basis="throughput", cap=60)),
        title="游戏点券 100 点",
    ),
    listed(
        "points-1000",
        (-90, "yunka", sku.Mapped(to="huanan-points")),
        stocked(-3, 320),
        title="游戏点券 1000 点",
    ),
    listed(
        "vip-month",
        (-90, "yunka", sku.Mapped(to="hexin-vip")),
        stocked(-0.02, 0),
        (-0.9, "yunka", sku.Closed(exception="hexin-duangong", reason="supply_cut")),
        (-1.1, "yunka", sku.Alerted(level="out")),
        (-0.5, "yunka", sku.Preorder(qty=50, restock_by=NOON + 8 * DAY)),
        (-0.2, "ledger", sku.IntakeRefused(qty=1, reason="closed")),
        title="视频会员月卡",
    ),
    listed("gift-50", stocked(-0.05, None), title="礼品卡 50 元"),
    listed("recharge", title="话费直充", mode="unlimited"),
    listed(
        "huanan-points",
        (-90, "huanan-daili", sku.Mapped(to="hexin-points")),
        stocked(-0.1, 900, DAY, "huanan-daili"),
        title="点券批发",
        platform="huanan-daili",
    ),
    listed(
        "hexin-points",
        stocked(-0.02, 4_200, DAY, "hexin-gonghuo"),
        (-1.2, "hexin-gonghuo", sku.Alerted(level="low")),
        title="点券总仓",
        platform="hexin-gonghuo",
    ),
]
INCIDENTS = [
    reported(
        "hexin-duangong",
        (-0.9, "huanan-daili", incident.Acknowledged()),
        (-0.8, "huanan-daili", incident.Acted(action="stop_intake")),
        expected_end=NOON - 2 * HOUR,
    ),
    reported(
        "hexin-tijia",
        (-0.99, "yunka", incident.Acknowledged()),
        (-0.98, "yunka", incident.Acted(action="notify")),
        (-0.5, "hexin-gonghuo", incident.Resolved()),
        kind="price_rise",
        scope=["hexin-points", "hexin-vip"],
    ),
]
CASE = Case(
    exception="hexin-duangong",
    kind="supply_cut",
    reporter="hexin-gonghuo",
    reported=NOON - DAY,
    act_by=NOON - DAY + 30 * MINUTE,
    scope=("hexin-points",),
    affected=("hexin-points", "huanan-points", "points-100", "points-1000"),
    tiers=(
        Blindness(party="huanan-daili", known=NOON - int(0.9 * DAY), window=int(0.1 * DAY), orders=137),
        Blindness(party="yunka", window=DAY, orders=1_204),
    ),
    acted=NOON - int(0.8 * DAY),
    actions=("stop_intake",),
    act_overdue=True,
    expected_end=NOON - 2 * HOUR,
    end_overdue=True,
)
MARKET = Market(
    exceptions=(CASE,),
    alarms=(
        Alarm(
            sku="hexin-points",
            level="low",
            at=NOON - int(1.2 * DAY),
            exception="hexin-duangong",
            after=int(0.2 * DAY),
        ),
        Alarm(sku="vip-month", level="out", at=NOON - int(1.1 * DAY), overdue=True),
    ),
)
FULL = register(*PARTIES, *SKUS, *INCIDENTS)
EMPTY = register()


def census(market: Market = MARKET, **supply: Supply) -> Census:
    """What is counted of the market, and of the goods of a platform."""
    figures = some_figures(conduct=Conduct(supply=supply))
    return Census(as_of=NOON, market=market, platforms=[figures], size=16_411, zone="Asia/Shanghai")


def page_of(pages: Iterable[tuple[str, bytes]], path: str) -> Reading:
    """The page that lies there, which must be one."""
    return Reading(dict(pages)[path])


def rows_of(reading: Reading) -> dict[str, str]:
    """Description lists by their terms."""
    return dict(zip(reading.all("dt"), reading.all("dd"), strict=True))
