"""How platforms went about their orders, made by hand: one that is well known, one full of attackers."""

from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.projections.conduct import (
    Attribution,
    Care,
    Compensation,
    Conduct,
    Day,
    Exposure,
    Fairness,
    Holds,
    Nudges,
    Overtaken,
    Part,
    Refunds,
    Standstill,
    Supply,
    Tier,
    Week,
)
from mingdan.projections.figures import Figures
from mingdan.projections.measure import rate, spread

from .counted import GROUPS, counted
from .registered import LONG, NAME_OF_AN_ATTACKER
from .stories import NOON

MERCHANT, SKU = "xinghe-dianka", "points-100"
LONGEST = "a" + "-very.long_name" * 4 + "abc"  # 64 characters, as many as a name may have
ARRIVALS = [38 + 7 * (n % 5) for n in range(24)] + [212, 187, 61, 44, 40, 21]
COMPLETIONS = [36 + 6 * (n % 6) for n in range(24)] + [70, 96, 102, 88, 71, 19]
OVERTAKEN = rate(31, 802)

SPANS = {
    "hexin-gonghuo": [HOUR * n for n in range(1, 40)],
    "huanan-daili": [7 * MINUTE * n for n in range(90)],
    "unknown": [5 * HOUR, 26 * HOUR],
    "yunka": [MINUTE * n for n in range(200)],
    "other": [3 * MINUTE] * 4,
}
STAGES = {
    "stock": SPANS["yunka"],
    "dispatch": SPANS["huanan-daili"],
    "activation": SPANS["hexin-gonghuo"],
    "other": SPANS["other"],
    "unknown": SPANS["unknown"],
}
TOTAL = sum(map(sum, SPANS.values()))


def parts(groups: dict[str, list[int]]) -> dict[str, Part]:
    return {name: Part(spread(spans), rate(sum(spans), TOTAL)) for name, spans in groups.items()}


def days() -> tuple[Day, ...]:
    """Thirty days until the story's, two of them a surge."""
    told, left = [], 30
    for number, (come, gone) in enumerate(zip(ARRIVALS, COMPLETIONS, strict=True)):
        left += come - gone
        month, day = (10, number + 24) if number < 8 else (11, number - 7)
        told.append(Day(f"2026-{month}-{day:02}", come, gone, left, surge=come > 180))
    return tuple(told)


PROPAGATION = {
    "hexin-gonghuo": Tier(
        hops=640,
        lag=spread([MINUTE * n // 3 for n in range(1_506)]),
        heard={"accepted": rate(590, 612), "started": rate(402, 612), "finished": rate(598, 612)},
        attenuation=rate(1_590, 1_836),
    ),
    "huanan-daili": Tier(
        hops=702,
        lag=spread([400 * n for n in range(2_011)] + [-1, -2]),
        heard={"accepted": rate(690, 690), "started": rate(0, 690), "finished": rate(688, 690)},
        attenuation=rate(1_378, 2_070),
    ),
    "other": Tier(hops=7, lag=spread([MINUTE] * 3), heard={}, attenuation=rate(0, 0)),
}
CARE = Care(
    nudges=Nudges(
        asked=64,
        located=52,
        offered=38,
        open=9,
        unanswered=12,
        closed={"buyer": 31, "timeout": 24},
        to_located=spread([MINUTE * n for n in range(3, 55)]),
        to_closed=spread([HOUR * n for n in range(1, 45)]),
    ),
    holds={
        "new-device-large-amount": Holds(64, 3, 55, 41, rate(41, 55), 6, 6, 1),
        "many-cards-an-hour": Holds(14, 0, 14, 2, rate(2, 14), 0, 0, 0),
        "other": Holds(4, 4, 0, 0, rate(0, 0), 0, 4, 2),
    },
    refunds=Refunds(requested=40, paid=26, open=9, refused=5, to_paid=spread([HOUR * n for n in range(26)])),
    compensation=Compensation(
        orders=29,
        accrued={"CNY": 43_200, "USD": 700},
        paid={"CNY": 12_000, "USD": 0},
        unpaid={"CNY": 31_200, "USD": 700},
    ),
)
SUPPLY = {
    "gift-50": Supply("礼品卡 50 元", "card", "upstream", carries=0, stock_age=HOUR),
    "points-100": Supply(
        "游戏点券 100 点",
        "card",
        "upstream",
        "huanan-points",
        carries=36,
        promised=52,
        stock=41,
        stock_age=14 * MINUTE,
        cap=60,
        basis="throughput",
        over_accepted=23,
        short=4,
        refused=19,
    ),
    "points-1000": Supply(
        "游戏点券 1000 点", "card", "upstream", "huanan-points", 0, 3, 320, 3 * DAY, stale=True
    ),
    "recharge": Supply("话费直充", "direct", "unlimited", promised=11),
    "unheard": Supply("从未报过库存的商品", "card", "counted", carries=0, stale=True),
    "vip-month": Supply(
        "视频会员月卡",
        "membership",
        "upstream",
        "hexin-vip",
        carries=50,
        promised=12,
        stock=0,
        stock_age=29 * MINUTE,
        closed="supply_cut",
        alert="out",
        preorder=50,
        restock_by=NOON + 8 * DAY,
        refused=1,
    ),
}
EXPOSURE = {
    MERCHANT: Exposure(
        orders=1_010,
        undelivered=33,
        amounts={"CNY": 326_700, "USD": 1_250},
        oldest=NOON - 9 * DAY,
        week=Week({"CNY": 1_204_000}, {"CNY": 1_001_000, "USD": 900}, {"CNY": 203_000, "USD": -900}),
    ),
    "yeguang-shuka": Exposure(
        orders=240, undelivered=0, week=Week({"CNY": 9_900}, {"CNY": 9_900}, {"CNY": 0})
    ),
    "unknown": Exposure(orders=22, undelivered=4),
    "other": Exposure(orders=9, undelivered=4, amounts={"CNY": 76_200}, oldest=NOON - 2 * DAY),
}
BEHIND = [26 * HOUR, 9 * HOUR, 61 * MINUTE, *(MINUTE * n for n in range(30, 23, -1))]
WORST = tuple(
    Overtaken(f"order/{number:x}{'0' * 63}", f"order/{'f' * 64}", ms, waiting=number == 1)
    for number, ms in enumerate(BEHIND)
)
PASSED = Overtaken(f"order/{'a' * 64}", f"order/{'b' * 64}", 2 * HOUR, waiting=False)
FAIRNESS = {
    SKU: Fairness(820, 18, OVERTAKEN, waiting=6, worst=WORST),
    "vip-month": Fairness(201, 3, rate(1, 198), worst=(PASSED,)),
    "other": Fairness(5, 5, rate(0, 0)),
}
CONDUCT = Conduct(
    propagation=PROPAGATION,
    attribution=Attribution(orders=1_250, open=41, total=TOTAL, stages=parts(STAGES), holders=parts(SPANS)),
    care=CARE,
    supply=SUPPLY,
    exposure=EXPOSURE,
    fairness=FAIRNESS,
    standstill=Standstill(orders=7, by_limit=5, by_pace=4),
    flow=days(),
)


def rich() -> Figures:
    return counted(conduct=CONDUCT)


def hostile(name: str = NAME_OF_AN_ATTACKER) -> Figures:
    """Everything that a figure may be named by is called so."""
    few = spread([MINUTE] * 12)
    return counted(
        **{kind: {name: next(iter(groups.values()))} for kind, groups in GROUPS.items()},
        conduct=Conduct(
            propagation={name: Tier(12, few)},
            attribution=Attribution(
                12, 0, few.total, {name: Part(few, rate(1, 1))}, {name: Part(few, rate(1, 1))}
            ),
            care=Care(
                nudges=Nudges(asked=1, closed={name: 1}),
                holds={name: Holds(held=12)},
                compensation=Compensation(1, {name: 5}, {name: 0}, {name: 5}),
            ),
            supply={name: Supply(LONG, name, name, name, cap=1, basis=name, closed=name + LONG, alert=name)},
            exposure={name: Exposure(12, 1, {name: 5}, NOON, Week({name: 5}, {}, {name: 5}))},
            fairness={name: Fairness(served=12, worst=(PASSED,))},
            flow=(Day(name, 10, 10, 0, surge=True),),
        ),
    )
