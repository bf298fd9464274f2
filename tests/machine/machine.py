"""A day at the market: the ledger is told whatever comes, of every kind, early, late, twice, by anybody."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mingdan.ledger.errors import MingdanError

from . import laws
from .market import Manner, Market, Words
from .opinions import DRIFT
from .shop import DESKS
from .words import DATA, DAY, HOUR, MINUTE, PLATFORMS, ROLES, ROOMS, SECOND, TIERS, of, room_of

KNOWN = of(*["no-1"] * 8, *["no-2"] * 4, "no-3")  # the first two are placed when it begins
NEW = of("no-1", *["no-3", "no-4", "no-5"] * 2)

DECISIONS = ("dispute.decided", "dispute.appealed", "dispute.escalated")
EXPULSIONS = ("party.expelled", "party.reinstated", "party.appealed")
GROUPS: dict[str, tuple[tuple[str, ...], st.SearchStrategy[str]]] = {
    "places": (("order.placed",), of(*PLATFORMS)),
    "pays": (("order.paid", "order.paid", "order.paid_late"), of(*PLATFORMS)),
    "ends": (("order.expired", "order.cancelled", "order.reinstated"), of("xiaomai", "buyer")),
    "notes": (
        ("order.noted", "order.completed", "order.erased", "activation.relayed"),
        of("xiaomai", "auditor"),
    ),
    "disavows": (("order.disavowed",), of("xiaomai", "xiaomai", *TIERS)),
    "checks": (("recipient.checked", "recipient.confirmed", "recipient.corrected"), of("xiaomai")),
    "stocks": (("stock.reserved", "stock.reserved", "stock.short", "stock.released"), of("xiaomai", *TIERS)),
    "holds": (
        ("risk.held", "risk.held", "risk.escalated", "risk.reviewed"),
        of("xiaomai", "xiaomai", *TIERS),
    ),
    "queues": (("batch.queued", "batch.started", "batch.finished"), of(*TIERS)),
    "forwards": (("hop.forwarded",), of("xiaomai", *TIERS)),
    "answers": (("hop.accepted", "hop.rejected"), of(*TIERS, "xiaomai")),
    "doubts": (("hop.uncertain", "hop.uncertain", "hop.queried"), of("xiaomai", *TIERS)),
    "works": (("activation.started", "activation.succeeded", "activation.failed"), of(*TIERS, "shop-b")),
    "delivers": (("delivery.delivered", "delivery.delivered", "delivery.reversed"), of("xiaomai", *TIERS)),
    "promises": (("promise.extended", "promise.compensated"), of("xiaomai")),
    "refunds": (
        ("refund.requested", "refund.approved", "refund.refused", "refund.paid"),
        of("xiaomai", "xiaomai", "shop-a", "shop-a", *TIERS),
    ),
    "cares": (
        ("care.nudged", "care.located", "care.offered", "care.closed", "care.notified"),
        of("xiaomai", "buyer"),
    ),
    "disputes": (
        ("dispute.opened", "dispute.opened", "dispute.merged", "dispute.evidence", *DECISIONS),
        of("xiaomai", "buyer"),
    ),
    "vets": (("party.registered", "party.keyed", "party.qualified", "party.lapsed"), of("xiaomai", *ROLES)),
    "judges": (
        ("party.warned", "party.suspended", "party.blacklisted", *EXPULSIONS),
        of("xiaomai", "auditor", "shop-a"),
    ),
    "offers": (
        (
            "sku.listed",
            "sku.mapped",
            "sku.alerted",
            "sku.cleared",
            "sku.priced",
            "sku.paced",
            "sku.intake_refused",
        ),
        of(*PLATFORMS),
    ),
    "supplies": (
        ("sku.stocked", "sku.stocked", "sku.capped", "sku.closed", "sku.opened", "sku.preorder"),
        of("xiaomai", "xiaomai", "kamao"),
    ),
    "warns": (
        ("exception.reported", "exception.acknowledged", "exception.acted", "exception.resolved"),
        of("xiaomai", *TIERS),
    ),
    "publishes": (("policy.published",), of(*PLATFORMS)),
}
MANNERS = st.builds(
    Manner,
    at=of(None, 0, 0, -1, -SECOND, -MINUTE, -20 * MINUTE, -DAY, MINUTE, 6 * MINUTE),
    basis=of(None, None, None, "observed", "observed", "backfill"),
    id=of(None, None, None, "b", "c", "d"),
    hand=of(None, None, None, None, "right", "right", "wrong"),
    called=of("name", "name", "stream", "handle"),
    desk=of(*DESKS),
)
PLAIN = of(*DESKS).map(lambda desk: Manner(desk=desk))


def told(group: str) -> st.SearchStrategy[Words]:
    """A statement of a group, half of them told plainly."""
    kinds, speakers = GROUPS[group]

    def of_kind(kind: str) -> st.SearchStrategy[Words]:
        room = room_of(kind)
        about = of(*ROOMS[room]) if room in ROOMS else NEW if kind == "order.placed" else KNOWN
        return st.builds(Words, st.just(kind), DATA[kind], about, speakers, PLAIN | PLAIN | MANNERS)

    return of(*kinds).flatmap(of_kind)


ABOUT_THE_MARKET = [group for group, (kinds, _) in GROUPS.items() if room_of(kinds[0]) != "order"]
ABOUT_ORDERS = [group for group, (kinds, _) in GROUPS.items() if room_of(kinds[0]) == "order"]


# What turns on each other, told in a row of one order or one SKU.
STORIES = [
    ("forwards", "doubts"),
    ("forwards", "answers", "doubts"),
    ("forwards", "answers", "doubts", "works", "disavows"),
    ("pays", "ends"),
    ("pays", "ends", "refunds", "disavows"),
    ("refunds", "disavows"),
    ("disputes", "delivers", "disavows"),
    ("disputes", "disavows"),
    ("delivers", "supplies", "places"),
    ("delivers", "disavows", "supplies", "places"),
    ("checks", "stocks", "pays", "disavows"),
    ("holds", "cares", "disavows"),
    ("queues", "disavows"),
    ("vets", "judges"),
    ("publishes", "places", "pays"),
    ("promises", "notes"),
    ("offers", "supplies"),
    ("warns",),
]


def telling(groups: tuple[str, ...]) -> object:
    """The rule that tells a story: facts one after another, of the same order and the same party."""

    def tells(self: "Day", words: list[Words]) -> None:
        about: dict[str, str] = {}
        for each in words:
            own = (
                each.about
                if each.kind == "order.placed"
                else about.setdefault(room_of(each.kind), each.about)
            )
            self.market.tell(each._replace(manner=Manner(desk=each.manner.desk), about=own))

    return rule(words=st.lists(of(*groups).flatmap(told), min_size=3, max_size=6))(tells)


class Day(RuleBasedStateMachine):
    """Every group of facts, and what operators do meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market()

    def teardown(self) -> None:
        try:
            laws.check_views(self.market.shop)
        finally:
            self.market.shop.close()

    @initialize(mode=of("counted", "unlimited"), prepaid=st.booleans(), register=st.booleans())
    def opens(self, mode: str, prepaid: bool, register: bool) -> None:
        self.market.opens(mode=mode, prepaid=prepaid, register=register)

    for _groups in STORIES:
        locals()["tells_" + "_".join(_groups)] = telling(_groups)

    @rule(words=of(*ABOUT_ORDERS).flatmap(told))
    def tells_of_an_order(self, words: Words) -> None:
        self.market.tell(words)

    @rule(words=of(*ABOUT_THE_MARKET).flatmap(told))
    def tells_of_the_market(self, words: Words) -> None:
        self.market.tell(words)

    @rule(words=st.lists(of(*ABOUT_ORDERS).flatmap(told), min_size=2, max_size=3))
    def tells_together(self, words: list[Words]) -> None:
        """All or none; of one order, so that what is told first decides what may follow."""
        self.market.tell_all([each._replace(about=words[0].about) for each in words])

    @rule(
        number=st.integers(0, 20), change=of("nothing", "nothing", "data", "order", "basis"), desk=of(*DESKS)
    )
    def sends_again(self, number: int, change: str, desk: int) -> None:
        """The same fact under its key, or another one under the same key: the log never grows."""
        if not self.market.sent:
            return
        line, said = self.market.sent[number % len(self.market.sent)]
        if change == "data":
            line, said = line | {"data": line["data"] | {"reason": "other"}}, None
        elif change == "basis":
            basis = "observed" if said.basis is None else "backfill"
            line, said = line | {"basis": basis}, said._replace(basis=basis)
        elif change == "order" and "order" in line:
            line, said = line | {"order": "no-2"}, None
        before = self.market.shop.log()
        if said is None or "sig" in line or said.stream not in self.market.model.secrets:
            self.told_blindly(line, desk)
        else:
            self.market.hand_in([(line, said)], desk)
        assert self.market.shop.log() == before

    def told_blindly(self, line: dict, desk: int) -> None:
        before = self.market.shop.kept()
        try:
            self.market.shop.tell([line], desk)
        except MingdanError:
            assert self.market.shop.kept() == before

    @rule(name=KNOWN)
    def tells_a_fraction(self, name: str) -> None:
        self.market.tell(Words("order.paid", {"amount": 99.5}, name, "xiaomai"))

    @rule(name=of("no-2", "no-3", "no-4"), dies=st.booleans())
    def erases(self, name: str, dies: bool) -> None:
        stream = self.market.streams.get(name)
        if stream is None:
            return
        before = self.market.shop.log()
        self.market.shop.erase(stream, dies_between=dies)
        log = self.market.shop.log()
        laws.check_log(before, log)
        for row in log[len(before) :]:
            self.market.take(row, None)
        if not dies:
            self.market.model.names.pop(name, None)
            self.market.model.secrets.discard(stream)
        self.market.check(stream)

    @rule(ms=of(1, SECOND, MINUTE, 16 * MINUTE, HOUR, 2 * DAY))
    def waits(self, ms: int) -> None:
        self.market.shop.now += ms
        for stream in self.market.model.lives():
            self.market.check(stream)

    @rule(ms=of(1, DRIFT))
    def the_clock_steps_back(self, ms: int) -> None:
        newest = self.market.model.log[-1].recorded
        self.market.shop.now = max(self.market.shop.now - ms, newest - DRIFT)

    @rule(desk=of(*DESKS))
    def a_process_ends_and_another_begins(self, desk: int) -> None:
        before = self.market.shop.kept()
        self.market.shop.reopen(desk)
        assert self.market.shop.kept() == before

    @rule()
    def views_catch_up(self) -> None:
        self.market.shop.catch_up()

    @rule()
    def views_are_made_anew(self) -> None:
        assert self.market.shop.rebuild() == []
