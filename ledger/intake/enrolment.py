"""The simulated market's register: who is enrolled, keyed, vouched for, and what is decided against whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mingdan.ledger.intake.affair import Affair
from mingdan.ledger.intake.catalogue import PLATFORMS, SECOND
from mingdan.ledger.intake.hand import Hands
from mingdan.ledger.intake.season import Season
from mingdan.ledger.intake.trade import (
    AUDITOR,
    BLACKLISTING,
    ENROLLED,
    EXPELLED,
    EXPULSION,
    LAPSES,
    QUALIFIED,
    ROTATES,
    SUSPENDED,
    SUSPENSION,
    WARNED,
    WARNING,
    Enrolled,
)
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.market import party as p
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.policy import DAY, HOUR, MINUTE

VALID = 400 * DAY  # how long a qualification holds, but for the one that ends within the season

Known = Callable[[str], Subject]  # a stream of the market as it stands in the ledger


def enrolments(season: Season, hands: Hands, known: Known) -> Iterator[Affair]:
    """Every party of the market on its first morning, and what becomes of its key and its papers."""
    for place, (name, enrolled) in enumerate(ENROLLED.items()):
        yield _enrolled(
            season, hands, known(f"party/{name}"), name, enrolled, 5 * MINUTE + place * 15 * SECOND
        )


def _enrolled(
    season: Season, hands: Hands, before: Subject, name: str, enrolled: Enrolled, after: int
) -> Affair:
    at, stream = season.start + after, f"party/{name}"
    drawn = draw_order(draw=season.trade.randbytes)._replace(stream=stream)
    affair = Affair(stream, order=None if before.seq else drawn)
    if not before.seq:
        registered = p.Registered(name=enrolled.name, public=True, role=enrolled.role)
        affair.tell(at, enrolled.by, registered)
    elif isinstance(before, p.Party) and before.standing:
        for by in dict.fromkeys(each.by for each in before.standing):
            affair.tell(at, by, p.Reinstated(reason="conditions_met"))
    if enrolled.keyed:
        affair.tell(at + 5 * MINUTE, _who_keys(before, name, enrolled), p.Keyed(key=hands.draw()))
    if name in QUALIFIED:
        _qualify(season, affair, name, enrolled.by, at + 10 * MINUTE)
    rotating, day = ROTATES
    if name == rotating:
        affair.tell(season.day(day, 4), name, p.Keyed(key=hands.draw()))
    return affair


def _who_keys(before: Subject, name: str, enrolled: Enrolled) -> str:
    """A party gives its own key; one that an older market left is lost, and a platform replaces it."""
    if not isinstance(before, p.Party) or before.key is None:
        return name
    return next(each for each in (enrolled.by, *PLATFORMS) if each != name)


def _qualify(season: Season, affair: Affair, name: str, by: str, at: int) -> None:
    """Vouched for by the auditor; one lets it run out, and is vouched for again."""
    until = season.shut[name][0] if name == LAPSES else at + VALID
    qualified = p.Qualified(valid_until=until, verifier=AUDITOR)
    affair.tell(at, by, qualified, document=f"licence-{name}-1")
    if until < at + VALID:
        renewed = p.Qualified(valid_until=at + VALID, verifier=AUDITOR)
        affair.tell(season.shut[name][1], by, renewed, document=f"licence-{name}-2")


def case_of(merchant: str) -> str:
    """Under which name the entries are kept that speak against a merchant."""
    return f"against/{merchant}"


def cases(season: Season) -> Iterator[Affair]:
    """The decisions: one merchant is warned and suspended for a term, another is blacklisted and expelled."""
    yield _suspension(season, Affair(f"party/{SUSPENDED}", case_of(SUSPENDED)))
    yield _expulsion(season, Affair(f"party/{EXPELLED}", case_of(EXPELLED)))


def _suspension(season: Season, case: Affair) -> Affair:
    platform = ENROLLED[SUSPENDED].by
    since, until = season.shut[SUSPENDED]
    _warn(case, platform, season.day(*WARNED[SUSPENDED]))
    case.tell(
        since,
        platform,
        lambda told: p.Suspended(
            appeal_by=since + 2 * DAY, entries=_last(told), reasons=SUSPENSION, until=until
        ),
    )
    case.tell(since + 20 * HOUR, SUSPENDED, p.Appealed(), statement=f"appeal-{SUSPENDED}")
    return case


def _expulsion(season: Season, case: Affair) -> Affair:
    platform = ENROLLED[EXPELLED].by
    since, _ = season.shut[EXPELLED]
    _warn(case, platform, season.day(*WARNED[EXPELLED]))
    case.tell(
        since,
        AUDITOR,
        lambda told: p.Blacklisted(appeal_by=since + 2 * DAY, entries=_last(told), reasons=BLACKLISTING),
    )
    case.tell(since + 30 * HOUR, EXPELLED, p.Appealed(), statement=f"appeal-{EXPELLED}")
    case.tell(
        since + 3 * DAY, platform, lambda told: p.Expelled(entries=_last(told), reasons=EXPULSION)
    )  # fmt: skip
    return case


def _warn(case: Affair, by: str, at: int) -> None:
    case.tell(
        at, by, lambda told: p.Warned(appeal_by=at + 2 * DAY, entries=_last(told), reasons=WARNING)
    )  # fmt: skip


def _last(told: Sequence[str]) -> tuple[str, ...]:
    """The newest entries that speak against a merchant; after a warning that is one."""
    return tuple(told[-5:])
