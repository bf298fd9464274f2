"""Who catches which lie, and by what: asserted by `test_lies.py`, printed into docs/security.md.

`python -m tests.lies.table` prints the table that the document holds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal, NamedTuple

from mingdan.ledger.rules import RULES

from . import lies
from .lies import Scene, Told

COSIGNED = ""  # the log is another one than today's true one, and every witness signed it
NOT_ASKED = None  # the log is the true one: only what stands beside it is not
NOBODY = ""


class Caught(NamedTuple):
    """What each says, nothing where it is content. `auditor` names file and rule; `seen` is what one with a
    standpoint says where that is something else.
    """

    page: str = NOBODY
    witness: str | None = COSIGNED
    auditor: str = NOBODY
    seen: str | None = None
    receipt: str = NOBODY

    @property
    def standpoint(self) -> str:
        return self.auditor if self.seen is None else self.seen


class Lie(NamedTuple):
    """`after` is the publication that witnesses and auditor have seen before it is told."""

    says: str
    tell: Callable[[Scene], Told]
    caught: Caught
    after: Literal["yesterday", "today"] = "yesterday"


PAGE = "o/…"
LAST = "log/tile/entries/…"
CHECKPOINT = "log/checkpoint"

ENDS = "the timeline does not end where the log says"
FEW = "too few of the witnesses you ask for cosigned"
PRINTED = "the page is not what the log prints"
FILE = "the file is not what the log prints"
FOLLOWING = "not what follows from the proofs in the pack"
FORKED = "the new tree does not continue the old one: the log was forked or altered"
FOLLOWS = "an entry does not continue its stream"
STRANGER = "the log itself did not sign this checkpoint"
OTHER_TERMS = "the site's settings are not those that the last epoch commits to"
STRANGERS_HAND = "signed by a key that this party did not have then"
OTHER_RULES = "the newest figures are counted by rules that this version has not"


PARTED = "422: the proof does not lead from the tree this witness holds to the checkpoint"
SAME_SIZE = "409: this witness cosigned another tree of the same size: the log was forked"


def found(file: str, rule: str) -> str:
    return f"{file}: {rule}"


QUORUM, FORK = found(CHECKPOINT, FEW), found(CHECKPOINT, FORKED)

TABLE: dict[str, tuple[Lie, ...]] = {
    "On a page or in a pack": (
        Lie("leaves out an order's last event", lies.omits_the_last_event,
            Caught(f"4: {ENDS}", NOT_ASKED, found(PAGE, ENDS))),
        Lie("hides a middle event, the rest chained anew", lies.hides_a_middle_event,
            Caught(f"4: {ENDS}", NOT_ASKED, found(PAGE, ENDS))),
        Lie("alters an entry's value", lies.alters_an_entry_on_the_page,
            Caught(f"4: {ENDS}", NOT_ASKED, found(PAGE, ENDS))),
        Lie("says other words than its entries", lies.shows_other_words,
            Caught(NOBODY, NOT_ASKED, found(PAGE, PRINTED))),
        Lie("opens a private field with other words", lies.opens_other_words,
            Caught("4: words that were not committed to", NOT_ASKED,
                   found(PAGE, "words that were not committed to"))),
        Lie("carries another order's valid proof", lies.carries_another_orders_proof,
            Caught("0: this proves another order than its name says", NOT_ASKED, found(PAGE, PRINTED))),
        Lie("reuses an old epoch under a newer checkpoint", lies.reuses_an_old_epoch,
            Caught("2: an epoch of another tree", NOT_ASKED, found(PAGE, "an epoch of another tree"))),
        Lie("gives one buyer yesterday's page, all others today's", lies.gives_one_buyer_yesterdays_page,
            Caught("6: stale", NOT_ASKED)),
        Lie("leaves a page as it was before the order fell due", lies.leaves_a_page_from_before_it_fell_due,
            Caught("6: stale", NOT_ASKED, found(PAGE, "the page is from before a time that changed it"))),
        Lie("invents an order that the log does not have", lies.invents_an_order,
            Caught("3: the map proof leads to another root", NOT_ASKED,
                   found(PAGE, "a page of an order that the log does not have"))),
        Lie("shows a tombstone of an order never erased", lies.buries_an_order_that_lives,
            Caught("0: not an order's page", NOT_ASKED, found(PAGE, "not an order's page"))),
        Lie("says that there is no such order", lies.takes_a_page_away,
            Caught("0: not an order's page", NOT_ASKED, found(PAGE, "an order without its page"))),
        Lie("keeps the page of an erased order", lies.keeps_the_page_of_an_erased_order,
            Caught("6: stale", NOT_ASKED, found(PAGE, PRINTED))),
        Lie("ships a script that always says verified", lies.ships_a_verifier_that_always_agrees,
            Caught(f"4: {ENDS}", NOT_ASKED, found("static/verify.js", FILE))),
        Lie("says other words in a pack than its proofs", lies.shows_other_words_in_a_pack,
            Caught(f"0: {found(PAGE, FOLLOWING)}", NOT_ASKED)),
        Lie("tells in a pack of a notice that was never recorded", lies.invents_a_notice_in_a_pack,
            Caught(f"0: {found('notices.json', FOLLOWING)}", NOT_ASKED)),
        Lie("says that another version wrote the words in a pack", lies.claims_another_versions_words,
            Caught(f"0: {found(PAGE, 'not compared')}", NOT_ASKED)),
    ),
    "Beside the pages": (
        Lie("a badge better than its figures", lies.better_badge,
            Caught(NOBODY, NOT_ASKED, found("badge/…", FILE))),
        Lie("a badge's picture better than its JSON", lies.better_picture_of_a_badge,
            Caught(NOBODY, NOT_ASKED, found("badge/…", FILE))),
        Lie("a file that pretends to be ours", lies.adds_a_file_of_its_own,
            Caught(NOBODY, NOT_ASKED, found("badge/…", "a file that is no part of this site"))),
        Lie("alters an entry in a bundle after hashing", lies.alters_an_entry_in_a_bundle,
            Caught(NOBODY, NOT_ASKED, found(LAST, "an entry was altered or lost"),
                   receipt="a bundle does not hash to its tile")),
    ),
    "In the epoch": (
        Lie("wrong figures, everything printed from them", lies.wrong_figures,
            Caught(auditor=found(LAST, "the figures of this epoch are not those of its entries"))),
        Lie("figures said to be over a smaller prefix", lies.figures_of_an_earlier_prefix,
            Caught(auditor=found(LAST, "the figures of this epoch are not those of its entries"))),
        Lie("a map with one order at an older head", lies.older_head_in_the_map,
            Caught(auditor=found(LAST, "the map of this epoch is not that of its entries"))),
        Lie("covers another number of entries", lies.covers_something_else,
            Caught("2: an epoch of another tree",
                   auditor=found(LAST, "an epoch that covers something else"))),
        Lie("leaves an entry behind the last epoch", lies.no_epoch_at_the_end,
            Caught("2: an epoch of another tree",
                   auditor=found(LAST, "a published tree ends in an epoch entry"),
                   receipt="the log does not end in an epoch")),
        Lie("counts by other rules than reducer.txt", lies.other_rules_than_published,
            Caught(auditor=found("log/reducer.txt", FILE))),
        Lie("counts by rules of its own, published and committed to", lies.rules_of_its_own,
            Caught(auditor=found("log/statistics.json", OTHER_RULES))),
        Lie("shows other terms than its epoch commits to", lies.changes_the_terms_beside_its_epoch,
            Caught(auditor=found("v1/site.json", OTHER_TERMS))),
    ),
    "In the entries": (
        Lie("drops an event it gave a receipt for", lies.drops_an_event_before_publishing,
            Caught(receipt="broken")),
        Lie("lets one order overtake another", lies.lets_one_order_overtake, Caught(receipt="broken")),
        Lie("re-dates an entry within its neighbours", lies.redates_within_bounds, Caught(receipt="broken")),
        Lie("re-dates it so that recorded goes back", lies.redates_back,
            Caught(auditor=found(LAST, "recorded time goes back"), receipt="broken")),
        Lie("tells a live event as imported history, in time", lies.backdates_as_history,
            Caught(receipt="broken")),
        Lie("delivers before it is paid", lies.delivered_before_paid,
            Caught(auditor=found("log/", RULES["not-paid"]), receipt="broken")),
        Lie("moves the due time", lies.moves_the_due_time,
            Caught(auditor=found("log/", "the due time is fixed once and never changes (I6)"),
                   receipt="broken")),
        Lie("two entries with one number in a stream", lies.two_entries_with_one_number,
            Caught(auditor=found(LAST, FOLLOWS))),
        Lie("puts a party's signature on what it did not sign", lies.forges_a_partys_signature,
            Caught(auditor=found(LAST, STRANGERS_HAND))),
        Lie("one entry in two places", lies.one_entry_in_two_places, Caught(auditor=found(LAST, FOLLOWS))),
        Lie("logs only an order's last entry, shows all", lies.keeps_entries_out_of_the_log,
            Caught(auditor=found(LAST, FOLLOWS), receipt="broken")),
        Lie("erases an order that nobody asked to erase", lies.erases_without_being_asked,
            Caught("0: not an order's page")),
        Lie("records what did not happen", lies.records_what_did_not_happen, Caught()),
        Lie("never records what happened, gives no receipt", lies.never_records_what_happened,
            Caught(witness=NOT_ASKED)),
    ),
    "The log itself": (
        Lie("rewrites a published entry and all behind it", lies.rewrites_a_published_entry,
            Caught(f"1: {FEW}", PARTED,
                   QUORUM, FORK, "broken")),
        Lie("shows one buyer another, longer log", lies.forks,
            Caught(f"1: {FEW}", PARTED,
                   QUORUM, FORK, "broken"), "today"),
        Lie("the same, with witnesses that sign anything", lies.forks_with_witnesses_of_its_own,
            Caught(seen=FORK, receipt="broken"), "today"),
        Lie("shows a fork on pages that ask for no witness", lies.asks_for_no_witnesses,
            Caught(f"1: {FEW}", SAME_SIZE,
                   QUORUM, FORK, "broken"), "today"),
        Lie("signs another root at the same size", lies.signs_another_root,
            Caught(f"1: {FEW}", SAME_SIZE,
                   QUORUM, FORK, "broken"), "today"),
        Lie("keeps a promise in a log that only its holder is shown",
            lies.keeps_a_promise_to_its_holder_alone, Caught(f"1: {FEW}", PARTED, QUORUM, NOBODY, FEW)),
        Lie("serves yesterday's site again", lies.rewinds,
            Caught("6: stale", "409: this witness holds another size",
                   seen=found(CHECKPOINT, "the log has shrunk since it was audited"),
                   receipt="overdue"), "today"),
        Lie("signs with a key that nobody knows", lies.another_key,
            Caught(f"1: {STRANGER}", "403: no key this witness trusts for the log signed the checkpoint",
                   found(CHECKPOINT, STRANGER), found(CHECKPOINT, "no known key signed this note"),
                   STRANGER), "today"),
        Lie("changes a promise's terms afterwards", lies.changes_the_terms, Caught()),
        Lie("publishes late", lies.publishes_late, Caught(receipt="late")),
        Lie("publishes late, dates the epoch in time", lies.publishes_late_and_backdates, Caught()),
        Lie("publishes late, with another time in the bundle", lies.publishes_late_and_shows_another_bundle,
            Caught(auditor=found(LAST, "an entry was altered or lost"),
                   receipt="a bundle does not hash to its tile")),
    ),
}  # fmt: skip


def lies_told() -> dict[str, Lie]:
    return {lie.tell.__name__: lie for group in TABLE.values() for lie in group}


def print_table() -> str:
    """The table as the document has it: one row for each lie, one column for each who could catch it."""
    lines = [
        "| The operator … | page | witness | auditor | auditor who saw more | receipt |",
        "|---|---|---|---|---|---|",
    ]
    for group, told in TABLE.items():
        lines.append(f"| **{group}** | | | | | |")
        lines += [f"| {lie.says} | {' | '.join(_cells(lie.caught))} |" for lie in told]
    return "".join(f"{line}\n" for line in lines)


def _cells(caught: Caught) -> list[str]:
    seen = "likewise" if caught.auditor and caught.seen is None else caught.standpoint
    said = [caught.page, caught.witness or "", caught.auditor, seen, caught.receipt]
    return [each or "–" for each in said] if any(said) else ["**nobody**", *"––––"]


if __name__ == "__main__":
    sys.stdout.write(print_table())
