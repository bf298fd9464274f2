"""The simulated market's register, terms and troubles as literal tables; nobody and nothing in them exists.

Days count from the season's first, times are milliseconds, money minor units of CNY.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from mingdan.ledger.event import FailureCode
from mingdan.ledger.market.incident import Action
from mingdan.ledger.market.incident import Trouble as Kind
from mingdan.ledger.market.party import Role
from mingdan.ledger.policy import DAY, HOUR, MINUTE

Mode = Literal["counted", "upstream", "unlimited"]


class Enrolled(NamedTuple):
    """A party of the register. One that is `keyed` signs what it says of the market."""

    role: Role
    name: str
    by: str  # the platform that registered it
    keyed: bool = False


class Expected(NamedTuple):
    """A trouble that will come: `day` and `earliest` hour of it, in +08:00, and how long it lasts."""

    kind: Kind
    code: FailureCode
    party: str
    day: int
    earliest: int
    length: int


class Thin(NamedTuple):
    """A ware that runs out on a day, is taken in as pre-order, and arrives after `waits`."""

    platform: str
    sku: str
    day: int
    qty: int
    waits: int


AUDITOR = "consumer-council"
ENROLLED = {
    "kameng-a": Enrolled("platform", "卡盟甲", "kameng-a", keyed=True),
    "kameng-b": Enrolled("platform", "卡盟乙", "kameng-b"),
    "kameng-c": Enrolled("platform", "卡盟丙", "kameng-c"),
    "starlight-cards": Enrolled("merchant", "星光卡铺", "kameng-a", keyed=True),
    "lantern-topup": Enrolled("merchant", "灯笼充值", "kameng-a"),
    "blue-crane": Enrolled("merchant", "蓝鹤数码", "kameng-a"),
    "paper-boat": Enrolled("merchant", "纸船卡券", "kameng-b"),
    "night-market": Enrolled("merchant", "夜市点卡", "kameng-b"),
    "ninth-cloud": Enrolled("merchant", "九云互娱", "kameng-c"),
    "panda-members": Enrolled("merchant", "熊猫会员", "kameng-c"),
    "agent-east": Enrolled("agent", "华东区域代理", "kameng-a", keyed=True),
    "agent-south": Enrolled("agent", "华南区域代理", "kameng-b"),
    "agent-west": Enrolled("agent", "西部区域代理", "kameng-c"),
    "core-alpha": Enrolled("supplier", "核心供应商甲", "kameng-a", keyed=True),
    "core-beta": Enrolled("supplier", "核心供应商乙", "kameng-a", keyed=True),
    "core-gamma": Enrolled("supplier", "核心供应商丙", "kameng-a"),
    "brand-cloudrealm": Enrolled("brand", "云境游戏", "kameng-a", keyed=True),
    "brand-jadeking": Enrolled("brand", "玉王网络", "kameng-b"),
    "brand-lanya": Enrolled("brand", "岚鸦视频", "kameng-c"),
    "brand-tingyu": Enrolled("brand", "汀雨音乐", "kameng-c"),
    AUDITOR: Enrolled("auditor", "卡盟消费者评议会", "kameng-a", keyed=True),
}
QUALIFIED = (
    "starlight-cards",
    "blue-crane",
    "paper-boat",
    "ninth-cloud",
    "panda-members",
    "agent-east",
    "agent-west",
    "core-alpha",
    "core-beta",
)
ROTATES = ("kameng-a", 14)  # who changes its key, and on which day
LAPSES, SUSPENDED, EXPELLED = "panda-members", "night-market", "lantern-topup"
# From which day and hour to which nothing new is begun with them, and when the latter two are warned before.
LAPSED, SUSPENSION_TERM, BARRED = ((17, 10), (18, 16)), ((12, 11), (15, 11)), (24, 15)
WARNED = {SUSPENDED: (7, 10), EXPELLED: (18, 11)}
WARNING = "多次缺货后仍接单"  # it went on accepting orders it had no stock for
SUSPENSION = "警告后仍超量接单"  # the same after the warning
BLACKLISTING = "收款后长期不发货"  # took money and delivered late or never
EXPULSION = "申诉未提供履约证据"  # its appeal showed no delivery

WARES = {
    "cloudrealm-card-30": "云境点卡 30 元",
    "cloudrealm-card-100": "云境点卡 100 元",
    "ironvale-card-50": "铁谷点卡 50 元",
    "cloudrealm-coins-60": "云境金币 60 枚",
    "moonfish-gems-648": "月鱼宝石 648 枚",
    "jadeking-topup-30": "玉王直充 30 元",
    "phone-topup-30": "话费直充 30 元",
    "phone-topup-50": "话费直充 50 元",
    "phone-topup-100": "话费直充 100 元",
    "lanya-video-month": "岚鸦视频会员 1 个月",
    "lanya-video-year": "岚鸦视频会员 12 个月",
    "tingyu-music-month": "汀雨音乐会员 1 个月",
}
MODES: dict[str, Mode] = {"card": "counted", "direct": "upstream", "membership": "unlimited"}
UNLISTED = (("kameng-c", "phone-topup-100"),)  # sold without being listed: nothing is known of its supply
# Whose stock reports stop from one day to another, and are worth nothing after a day.
SILENT = {
    ("kameng-a", "moonfish-gems-648"): (8, 9),
    ("core-beta", "jadeking-topup-30"): (16, 18),
    ("kameng-b", "phone-topup-50"): (28, 31),
}
THIN = (
    Thin("kameng-a", "cloudrealm-card-100", 4, 30, 2 * DAY),
    Thin("kameng-b", "cloudrealm-card-30", 15, 25, 3 * DAY),
    Thin("kameng-c", "cloudrealm-card-30", 29, 40, 4 * DAY),
)
# From which day to which a platform leaves the caps of what follows upstream to the ledger.
FLOWING = {"kameng-a": (12, 15), "kameng-b": (26, 31)}
# Whose shelf holds only a few at any time.
SCARCE = (
    ("kameng-a", "ironvale-card-50"),
    ("kameng-b", "phone-topup-30"),
    ("kameng-c", "moonfish-gems-648"),
)
RISE = 108  # a raised price, in hundredths of the one before

EXPECTED = (
    Expected("interface_change", "interface_change", "agent-west", 6, 9, 30 * HOUR),
    Expected("maintenance", "outage", "brand-lanya", 9, 1, 4 * HOUR),
    Expected("fault", "outage", "core-alpha", 11, 9, 10 * HOUR),
    Expected("price_rise", "price_rise", "core-gamma", 16, 9, 18 * HOUR),
    Expected("supply_cut", "supply_cut", "core-beta", 20, 9, 36 * HOUR),
    Expected("price_rise", "price_rise", "core-alpha", 26, 9, 8 * HOUR),
)
# After how long each tier below acknowledges, counted from when the tier above it knew. Who is not named
# never does, and kameng-b, which hears of nothing through its agent, does late: these are blind windows.
ACKNOWLEDGES = {
    "agent-east": (2 * MINUTE, 20 * MINUTE),
    "agent-west": (5 * MINUTE, 40 * MINUTE),
    "kameng-a": (3 * MINUTE, 30 * MINUTE),
    "kameng-b": (5 * HOUR, 8 * HOUR),
    "kameng-c": (15 * MINUTE, 90 * MINUTE),
}
ACTS: dict[Kind, dict[str, tuple[Action, ...]]] = {
    "interface_change": {"kameng-b": ("notify",)},  # hours after it was told: overdue
    "maintenance": {"kameng-a": ("notify",), "kameng-c": ("throttle",)},
    "fault": {"kameng-a": ("stop_intake", "notify"), "kameng-b": ("notify",), "kameng-c": ("reroute",)},
    "price_rise": {"kameng-a": ("throttle", "notify"), "kameng-b": ("refund_all",), "kameng-c": ("notify",)},
    "supply_cut": {
        "kameng-a": ("stop_intake", "notify"),
        "kameng-b": ("stop_intake", "refund_all"),
        "kameng-c": ("refund_all", "notify"),
    },
    "surge": {"kameng-a": ("throttle", "notify")},
}
