"""The simulated market's promises as literal tables: what is published when, and what orders fall under.

`since` counts from the season's start (ms); every order is placed after the first versions hold.
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.market.promise import Published, StageLimits
from mingdan.ledger.policy import DAY, HOUR, MINUTE


class Terms(NamedTuple):
    """A version of a policy. `since` in `published` is left 0 until a season sets it."""

    policy: str
    since: int
    told: int  # when it is published, before it holds
    published: Published

    @property
    def rule(self) -> str:
        """The name under which its compensation is paid."""
        return f"{self.policy}-v{self.published.version}"


def in_force(policy: str, at: int) -> Terms:
    """The version that holds at a time counted from the season's start (ms)."""
    return [each for each in TERMS if each.policy == policy and each.since <= at][-1]


_LIMITS = StageLimits(
    activation=4 * HOUR, dispatch=40 * MINUTE, relay=30 * MINUTE, risk=6 * HOUR, stock=30 * MINUTE
)
_CARD_LIMITS = StageLimits(
    activation=15 * MINUTE, dispatch=10 * MINUTE, relay=5 * MINUTE, risk=6 * HOUR, stock=10 * MINUTE
)
_ZONE = "Asia/Shanghai"
TERMS = (
    Terms(
        "default", HOUR, HOUR,
        Published(
            answer_within=12 * HOUR,
            clock_start="paid",
            compensation="min(amount, amount * late_hours // 100)",
            complete_after=3 * DAY,
            due_in=24 * HOUR,
            notice_within=10 * MINUTE,
            pauses=("recipient", "risk"),
            pay_within=15 * MINUTE,
            since=0,
            stage_limits=_LIMITS,
            text="""付款后 24 小时内到账。请在下单后 15 分钟内付款，逾期订单自动关闭。
到账以商品进入您填写的账号并可使用为准；“下单成功”只表示订单已被接收。
超过承诺时间未到账的，每满 1 小时按订单金额的 1% 补偿，最高不超过订单金额。
等待您更正收货账号的时间，以及风控审核的时间，不计入超时；订单被风控拦截的，10 分钟内告知您原因。
催单后给出的方案，12 小时内有效。到账后 3 天内未提出异议的，订单自动完成。""",
            title="24 小时到账承诺",
            version=1,
            zone=_ZONE,
        ),
    ),
    Terms(
        "instant", HOUR, HOUR,
        Published(
            answer_within=2 * HOUR,
            clock_start="paid",
            compensation="min(amount // 10, amount * late_ms // 360000000)",
            complete_after=DAY,
            due_in=10 * MINUTE,
            notice_within=5 * MINUTE,
            pauses=("risk",),
            pay_within=15 * MINUTE,
            since=0,
            stage_limits=_CARD_LIMITS,
            text="""卡密类商品付款后 10 分钟内发放。请在下单后 15 分钟内付款，逾期订单自动关闭。
发放以卡密在订单页向您展示为准。
超过 10 分钟未发放的，按超时时长补偿：每小时 1%，最高为订单金额的 10%。
风控审核的时间不计入超时；订单被拦截的，5 分钟内告知您原因。
催单后给出的方案，2 小时内有效。发放后 1 天内未提出异议的，订单自动完成。""",
            title="卡密即时发放承诺",
            version=1,
            zone=_ZONE,
        ),
    ),
    Terms(
        "default", 10 * DAY, 9 * DAY + 14 * HOUR,
        Published(
            answer_within=6 * HOUR,
            clock_start="paid",
            compensation="min(amount, 100 + amount * late_hours // 50)",
            complete_after=3 * DAY,
            due_in=12 * HOUR,
            notice_within=5 * MINUTE,
            pauses=("recipient", "risk"),
            pay_within=15 * MINUTE,
            since=0,
            stage_limits=_LIMITS,
            text="""付款后 12 小时内到账。请在下单后 15 分钟内付款，逾期订单自动关闭。
到账以商品进入您填写的账号并可使用为准；“下单成功”只表示订单已被接收。
超过承诺时间未到账的，先补偿 1 元，另每满 1 小时按订单金额的 2% 补偿，合计不超过订单金额。
等待您更正收货账号的时间，以及风控审核的时间，不计入超时；订单被风控拦截的，5 分钟内告知您原因。
催单后给出的方案，6 小时内有效。到账后 3 天内未提出异议的，订单自动完成。
本版自发布次日零点起适用于新订单；此前的订单仍按原承诺执行。""",
            title="12 小时到账承诺",
            version=2,
            zone=_ZONE,
        ),
    ),
)  # fmt: skip
