"""The simulated market's people and wares as literal tables; nobody and nothing in them exists.

Weights are relative, shares per mille, times milliseconds, money minor units of CNY.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from mingdan.ledger.policy import HOUR, MINUTE

SECOND = 1000
CURRENCY = "CNY"


class Platform(NamedTuple):
    """`agent` is the regional tier that orders go to, `backup` the one they are rerouted to."""

    id: str
    weight: int
    agent: str
    backup: str


class Merchant(NamedTuple):
    """One that `oversells` goes on accepting orders when its shelf is empty."""

    id: str
    platform: str
    weight: int
    oversells: bool = False


class Party(NamedTuple):
    """An upstream tier: how much of what happens there is heard, from whom, and how late.

    `candour` is the share of its intermediate facts that arrive; an `observed` one never speaks itself.
    It is heard at every `poll`, after a lag of `prompt` at least.
    """

    id: str
    candour: int
    poll: int
    prompt: int
    observed: bool = False


class Sku(NamedTuple):
    """A ware: `chain` are the tiers behind the regional agent, `pace` how long activation takes."""

    id: str
    form: Literal["card", "direct", "membership"]
    price: int
    most: int  # pieces in one order
    weight: int
    chain: tuple[str, ...]
    rule: str  # that the recipient is checked by
    field: str
    pace: tuple[int, int]
    batched: bool = False


PLATFORMS = {
    platform.id: platform
    for platform in (
        Platform("kameng-a", 50, "agent-east", "agent-south"),
        Platform("kameng-b", 30, "agent-south", "agent-west"),
        Platform("kameng-c", 20, "agent-west", "agent-east"),
    )
}
MERCHANTS = (
    Merchant("starlight-cards", "kameng-a", 26),
    Merchant("lantern-topup", "kameng-a", 16, oversells=True),
    Merchant("blue-crane", "kameng-a", 8),
    Merchant("paper-boat", "kameng-b", 18),
    Merchant("night-market", "kameng-b", 12, oversells=True),
    Merchant("ninth-cloud", "kameng-c", 13),
    Merchant("panda-members", "kameng-c", 7),
)
PARTIES = {
    party.id: party
    for party in (
        Party("agent-east", 550, MINUTE, 5 * SECOND),
        Party("agent-south", 0, 5 * MINUTE, 20 * SECOND),  # pushes success or failure, nothing between
        Party("agent-west", 400, 2 * MINUTE, 10 * SECOND),
        Party("core-alpha", 400, MINUTE, 5 * SECOND),
        Party("core-beta", 400, 2 * MINUTE, 30 * SECOND),
        Party("core-gamma", 300, 5 * MINUTE, MINUTE, observed=True),
        Party("brand-cloudrealm", 500, MINUTE, 5 * SECOND),
        Party("brand-jadeking", 500, 2 * MINUTE, 10 * SECOND),
        Party("brand-lanya", 500, 5 * MINUTE, 30 * SECOND),
        Party("brand-tingyu", 300, 5 * MINUTE, MINUTE, observed=True),
    )
}
_CARD, _GAME = ("card-quota", "account"), ("game-account", "account")
_PHONE, _MEMBER = ("phone-shape", "phone"), ("member-account", "account")
_ALPHA, _BETA, _GAMMA = ("core-alpha",), ("core-beta",), ("core-gamma",)
_REALM, _JADE = (*_ALPHA, "brand-cloudrealm"), (*_BETA, "brand-jadeking")
_LANYA, _TINGYU = (*_BETA, "brand-lanya"), (*_ALPHA, "brand-tingyu")
_AT_ONCE, _QUICK = (5 * SECOND, 3 * MINUTE), (30 * SECOND, 20 * MINUTE)
_STEADY, _SLOW = (2 * MINUTE, 40 * MINUTE), (5 * MINUTE, 3 * HOUR)
SKUS = (
    Sku("cloudrealm-card-30", "card", 2_880, 5, 16, _ALPHA, *_CARD, _AT_ONCE),
    Sku("cloudrealm-card-100", "card", 9_650, 3, 12, _ALPHA, *_CARD, _AT_ONCE),
    Sku("ironvale-card-50", "card", 4_790, 3, 9, _BETA, *_CARD, _AT_ONCE),
    Sku("cloudrealm-coins-60", "direct", 560, 3, 10, _REALM, *_GAME, _QUICK),
    Sku("moonfish-gems-648", "direct", 62_800, 1, 5, _GAMMA, *_GAME, _QUICK),
    Sku("jadeking-topup-30", "direct", 2_910, 2, 8, _JADE, *_GAME, _QUICK),
    Sku("phone-topup-30", "direct", 2_985, 1, 10, _GAMMA, *_PHONE, _SLOW, batched=True),
    Sku("phone-topup-50", "direct", 4_970, 1, 9, _GAMMA, *_PHONE, _SLOW, batched=True),
    Sku("phone-topup-100", "direct", 9_930, 1, 7, _BETA, *_PHONE, _QUICK),
    Sku("lanya-video-month", "membership", 1_680, 1, 8, _LANYA, *_MEMBER, _STEADY, batched=True),
    Sku("lanya-video-year", "membership", 16_800, 1, 3, _LANYA, *_MEMBER, _SLOW),
    Sku("tingyu-music-month", "membership", 890, 1, 3, _TINGYU, *_MEMBER, _STEADY),
)
HOLD_RULES = ("velocity", "new-device", "amount-spike", "shared-recipient")
CLAIMS = ("not-delivered", "code-already-used", "wrong-goods", "wrong-account")
HOURS = (14, 8, 5, 3, 2, 2, 4, 8, 14, 20, 24, 28, 32, 28, 24, 24, 26, 30, 36, 46, 56, 58, 46, 28)  # in +08:00

# The words that parties give for what they do, as they would be read on a 卡盟.
CHANGED_MIND = "买家不想要了"  # the buyer does not want it any more
TIRED_OF_WAITING = "等待太久"  # waited too long
SOLD_OUT = "缺货"  # out of stock
RESTOCKED = "已补到货"  # stock came after all
REFUNDED = "退款释放"  # the reservation ends with the refund
NO_RISK = "人工复核无异常"  # reviewed by hand, nothing found
RISKY = "疑似盗刷"  # looks like a stolen payment
CODE_USED = "卡密已被使用"  # the card's code was used before
IN_PROGRESS = "处理中"  # "in progress": a shop's word that fixes nothing
DECIDED = {
    "for_buyer": "商家未能举证已到账",  # the merchant could not show that it arrived
    "for_merchant": "品牌方回执显示已到账",  # the brand's receipt shows that it arrived
    "split": "双方各担一半",  # each bears half
    "withdrawn": "买家撤诉",  # the buyer withdrew
}
REFUSED = "已发货不支持退款"  # delivered goods are not refunded
CAUSES = {
    "recipient": "收货账号待更正",  # the recipient must be corrected
    "risk": "风控审核中",  # held by the risk rules
    "short": "库存不足，等待补货",  # short of stock, waiting for more
    "uncertain": "上游未回应，查询中",  # upstream does not answer, asked again
    "outage": "上游故障",  # an outage upstream
    "interface_change": "上游接口调整",  # upstream changed its interface
    "price_rise": "上游提价",  # upstream raised its price
    "supply_cut": "上游断供",  # upstream stopped supplying
    "rate_limited": "上游限流",  # upstream limits the rate
    "late_payment": "超时后到账，待处理",  # money came after the end, waiting for a decision
    "refund": "退款处理中",  # the refund is on its way
    "batch": "批量排队中",  # queued in a batch
}
