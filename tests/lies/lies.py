"""The lies, each published once, with correct signatures wherever the operator's key allows it.

Long: one function for each lie, read from the top like the table of them in `test_lies.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from dataclasses import replace as replaced
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Delivered, Digest, Erased, Notified
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.keys import read_key
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.map import Head
from mingdan.ledger.note import Signer, parse_note, print_note, sign
from mingdan.ledger.policy import DAY
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.tile import TiledHashes, bundle_of
from mingdan.ledger.timeline import Opening
from mingdan.ledger.tree import leaf_hash
from mingdan.ledger.witness.memory import KEY, Witness
from mingdan.projections.census import Census, parse_census
from mingdan.projections.figures import score
from mingdan.projections.on_time import TARGET
from mingdan.projections.rulebook import rulebook
from mingdan.site.archive import print_archive
from mingdan.site.dossier import Notice, print_entries
from mingdan.site.imprint import Imprint, imprint_hash
from mingdan.site.metric import badge_files
from mingdan.site.opened_pack import read_pack
from mingdan.site.order_page import tombstone_page
from mingdan.site.pack import MANIFEST, Pack, print_manifest
from mingdan.site.packer import pack_order
from mingdan.site.scope import scopes_of

from ..site.small_market import MINUTE, PLACED
from .judges import ask
from .operator import DELIVERED, FORWARDED, WITNESSES, Operator
from .press import Files, Press, Printed, altered, chained, fact, heads_of, rows_of

# where the true log has what lies are told about
PAID, SINCE, FIRST_DELIVERED, THIRD_PAID, THIRD_DELIVERED = 3, 7, 8, 9, 11
LATE = 3 * DAY
FIGURES = "log/statistics.json"


@dataclass(frozen=True)
class Told:
    """A lie as it was published: the site, the page a buyer is given, and why a witness did not cosign.

    `refused` is "" where the witnesses cosigned, None where the checkpoint is the true one; `late` is how
    long after today it was told; `pack` is the evidence pack that is handed out instead of a page.
    """

    site: Files
    path: str
    page: bytes
    refused: str | None = None
    late: int = 0
    pack: bytes = b""


@dataclass(frozen=True)
class Scene:
    """Where a lie is told: the operator, its press, and the witnesses with what they remember."""

    operator: Operator
    press: Press
    witnesses: Mapping[str, Witness | Signer]

    @property
    def facts(self) -> list[Entry]:
        return self.operator.facts()

    @property
    def true(self) -> Printed:
        """Today's site, as it truly is."""
        then = self.operator.then["today"]
        return self.press.standing(then.entries, then.site)

    def told(self, printed: Printed, name: str = "first") -> Told:
        """The site as printed, and in it the page of an order."""
        path = self.operator.path(name)
        return Told(printed.files, path, printed.files[path], printed.refused)

    def given(self, page: bytes, name: str = "first") -> Told:
        """Today's site, but for the page of an order."""
        return self.showing({self.operator.path(name): page}, name)

    def showing(self, files: Files, name: str = "first") -> Told:
        """Today's site, but for some files."""
        path, site = self.operator.path(name), self.true.files | files
        return Told(site, path, site[path])

    @property
    def pack(self) -> Pack:
        """What the evidence pack of an order is truly printed from."""
        return read_pack(pack_order(self.operator.market.workspace, "first").content).pack

    def handing(self, pack: Pack, files: Files | None = None) -> Told:
        """Today's site, and a pack with some files of its own and a manifest that lists just those."""
        listed = {path: content for path, content in pack.files.items() if path != MANIFEST} | (files or {})
        zipped = print_archive(listed | {MANIFEST: print_manifest(pack, listed)}, pack.edition.sealed)
        return replaced(self.showing({}), pack=zipped)

    def page(self, printed: Printed, name: str, entries: list[bytes], **changed: object) -> bytes:
        """The page of an order that shows these entries; `changed` is what else of its proof is otherwise."""
        path, stream = self.operator.path(name), self.operator.streams[name]
        timeline = replace(printed.prover.timeline(stream, ()), entries=tuple(entries), **changed)
        places = {row.leaf: row.position for row in printed.rows(stream)}
        rows = [row._replace(position=places.get(row.leaf, row.position)) for row in rows_of(entries)]
        return printed.pages(path.rpartition("/")[2].partition(".")[0], rows, timeline)[path]

    def publish(self, facts: list[Entry], **lies: Any) -> Printed:
        """A log of these facts, sealed and printed."""
        return self.seal(self.press.lay(facts), **lies)

    def seal(
        self,
        laid: list[bytes],
        *,
        recorded: int = 0,
        late: int = 0,
        heads: Mapping[str, Head] | None = None,
        census: Callable[[Census], Census] = lambda true: true,
        reducer: bytes | None = None,
        imprint: Imprint | None = None,
        **claims: object,
    ) -> Printed:
        """A log of these entries and an epoch that `claims` what it likes, and the site over them."""
        said: dict[str, Any] = {"heads": heads, "census": census, "imprint": imprint}
        epoch = self.press.tell(laid, recorded or self.operator.now, **said, **claims)
        shown: dict[str, Any] = said | {"reducer": reducer, "late": late}
        return self.press.print([*laid, epoch], witnesses=self.witnesses, **shown)

    def raw(self, name: str) -> list[bytes]:
        """An order's true entries."""
        return [row.entry for row in self.true.rows(self.operator.streams[name])]


# what a page shows -------------------------------------------------------------------------------------
def omits_the_last_event(scene: Scene) -> Told:
    return scene.given(scene.page(scene.true, "first", scene.raw("first")[:-1]))


def hides_a_middle_event(scene: Scene) -> Told:
    """And chains what is left anew."""
    told: list[bytes] = []
    for raw in [each for each in scene.raw("first") if parse(each).kind != "order.paid"]:
        told.append(chained(told, parse(raw)))
    return scene.given(scene.page(scene.true, "first", told))


def alters_an_entry_on_the_page(scene: Scene) -> Told:
    *before, last = scene.raw("first")
    other = altered(parse(last), evidence="provider_receipt")
    return scene.given(scene.page(scene.true, "first", [*before, chained(before, other)]))


def shows_other_words(scene: Scene) -> Told:
    """The raw entries are the true ones; what the page says for people is not."""
    page = scene.true.files[scene.operator.path("first")]
    assert b"49.80" in page
    return scene.given(page.replace(b"49.80", b"9.80"))


def opens_other_words(scene: Scene) -> Told:
    """A private field shown with words that were not committed to."""
    stream = scene.operator.streams["first"]
    (true,) = scene.press.workspace.vault.openings(stream, ["order_no"])
    other = Opening(field=true.field, opening=true.opening, seq=true.seq, words="another order")
    return scene.given(scene.page(scene.true, "first", scene.raw("first"), openings=(other,)))


def carries_another_orders_proof(scene: Scene) -> Told:
    return scene.given(scene.true.files[scene.operator.path("third")])


def reuses_an_old_epoch(scene: Scene) -> Told:
    """Yesterday's map, which ends the order where the page does, under today's checkpoint."""
    then = scene.operator.then["yesterday"]
    old = scene.press.standing(then.entries, then.site)
    timeline = old.prover.timeline(scene.operator.streams["first"], ())
    shown = [row.entry for row in old.rows(scene.operator.streams["first"])]
    proof = {"epoch": timeline.epoch, "head": timeline.head, "map": timeline.map}
    return scene.given(scene.page(scene.true, "first", shown, **proof))


def gives_one_buyer_yesterdays_page(scene: Scene) -> Told:
    path = scene.operator.path("first")
    return Told(scene.true.files, path, scene.operator.then["yesterday"].site[path])


def leaves_a_page_from_before_it_fell_due(scene: Scene) -> Told:
    """Nothing was recorded of this order since; its due time passed, which yesterday's page cannot say."""
    then = scene.operator.then["yesterday"].site
    kept = {path: then[path] for path in then if path.startswith(scene.operator.path("second")[:-5])}
    return scene.showing(kept, "second")


def invents_an_order(scene: Scene) -> Told:
    """A page whose link leads to no order of the log, proven by another one's place in the map."""
    drawn = draw_order(None, lambda size: bytes([7]) * size)
    entry = chained([], fact(drawn.stream, PLACED, scene.operator.now))
    true = scene.true
    proof = true.prover.timeline(scene.operator.streams["first"], ())
    head = Head(1, FIRST_DELIVERED, leaf_hash(entry))
    timeline = replace(proof, stream=drawn.stream, entries=(entry,), head=head)
    pages = true.pages(drawn.handle, rows_of([entry]), timeline)
    path = next(iter(pages))
    return Told(true.files | pages, path, pages[path])


def buries_an_order_that_lives(scene: Scene) -> Told:
    """A tombstone although nothing in the log says that the order was erased."""
    true, path = scene.true, scene.operator.path("first")
    order = fold(parse(raw) for raw in scene.raw("first"))
    erased = replace(order, erased=order.placed)
    handle = path.rpartition("/")[2].partition(".")[0]
    return scene.given(tombstone_page(true.edition, "zh-CN", handle, erased, "buyer_request"))


def keeps_the_page_of_an_erased_order(scene: Scene) -> Told:
    path = scene.operator.path("gone")
    return scene.given(scene.operator.then["yesterday"].site[path], "gone")


def takes_a_page_away(scene: Scene) -> Told:
    """As if there were no such order."""
    path, true = scene.operator.path("first"), scene.true.files
    kept = {each: content for each, content in true.items() if not each.startswith(path[:-5])}
    return Told(kept, path, true["404.html"])


def ships_a_verifier_that_always_agrees(scene: Scene) -> Told:
    """An altered entry, and a script that finds it right."""
    script = scene.true.files["static/verify.js"]
    agreeing = script + _AGREEING
    told = alters_an_entry_on_the_page(scene)
    return Told(told.site | {"static/verify.js": agreeing}, told.path, told.page)


# what a pack holds -------------------------------------------------------------------------------------
def shows_other_words_in_a_pack(scene: Scene) -> Told:
    pack, path = scene.pack, scene.operator.path("first")
    assert b"49.80" in pack.files[path]
    return scene.handing(pack, {path: pack.files[path].replace(b"49.80", b"9.80")})


def invents_a_notice_in_a_pack(scene: Scene) -> Told:
    """As if the buyer had been told, which no entry says."""
    pack = scene.pack
    last = pack.dossier.entries[-1]
    notice = Notice(last, Notified(channel="sms", of=last.leaf.hex(), template="late-1"), last)
    return scene.handing(pack, print_entries(pack.dossier._replace(notices=(notice,)), pack.order))


def claims_another_versions_words(scene: Scene) -> Told:
    """So that the words in it, of which one is altered, cannot be printed again."""
    pack, path = replace(scene.pack, version="99.0.0"), scene.operator.path("first")
    return scene.handing(pack, {path: pack.files[path].replace(b"49.80", b"9.80")})


# what the site shows beside pages ----------------------------------------------------------------------
def better_badge(scene: Scene) -> Told:
    """All three forms of it agree with each other, and not with the published figures."""
    return scene.showing(_better_badge(scene))


def better_picture_of_a_badge(scene: Scene) -> Told:
    """Only the picture is better; the figures behind it are the true ones."""
    return scene.showing({path: file for path, file in _better_badge(scene).items() if path.endswith(".svg")})


def adds_a_file_of_its_own(scene: Scene) -> Told:
    return scene.showing({"badge/platform/shop-a/guaranteed.svg": b"<svg/>"})


def alters_an_entry_in_a_bundle(scene: Scene) -> Told:
    entries = [*scene.true.entries]
    entries[PAID] = chained([entries[0]], altered(parse(entries[PAID]), amount=1))
    path = next(path for path in scene.true.files if path.startswith("log/tile/entries/"))
    return scene.showing({path: bundle_of(entries)})


# what the last epoch says ------------------------------------------------------------------------------
def wrong_figures(scene: Scene) -> Told:
    """Figures, epoch, pages and badges all agree; only the entries say otherwise."""
    return scene.told(scene.publish(scene.facts, census=_all_on_time))


def older_head_in_the_map(scene: Scene) -> Told:
    stream = scene.operator.streams["first"]
    old = heads_of(scene.operator.then["yesterday"].entries)[stream]
    return scene.told(scene.publish(scene.facts, heads={stream: old}))


def covers_something_else(scene: Scene) -> Told:
    return scene.told(scene.publish(scene.facts, covers=len(scene.facts) - 1))


def figures_of_an_earlier_prefix(scene: Scene) -> Told:
    """The epoch says that its figures were counted over less than it covers."""
    laid = scene.press.lay(scene.facts)
    true = parse(scene.press.tell(laid, scene.operator.now)).event.statistics
    digest = Digest(sha256=true.sha256, size=true.size - 1)
    return scene.told(scene.seal(laid, statistics=digest))


def no_epoch_at_the_end(scene: Scene) -> Told:
    """The first order's delivery is behind the last epoch."""
    facts = [each for place, each in enumerate(scene.facts) if place != FIRST_DELIVERED]
    laid = scene.press.lay(facts)
    epoch = scene.press.tell(laid, scene.operator.now)
    late = chained([*laid, epoch], replace(scene.facts[FIRST_DELIVERED], recorded=scene.operator.now))
    return scene.told(scene.press.print([*laid, epoch, late], witnesses=scene.witnesses))


def other_rules_than_published(scene: Scene) -> Told:
    """The epoch names the hash of one text, the site shows another."""
    shown = rulebook(scene.press.imprint.zone) + b"# and what is late is forgiven\n"
    return scene.told(scene.publish(scene.facts, reducer=shown))


def rules_of_its_own(scene: Scene) -> Told:
    """Rules that no version had, published and committed to, and whatever figures they please."""
    text = b"everything is on time\n"
    rules = sha256(text).hexdigest()
    return scene.told(scene.publish(scene.facts, reducer=text, rules=rules, census=_all_on_time))


# what the log holds ------------------------------------------------------------------------------------
def drops_an_event_before_publishing(scene: Scene) -> Told:
    facts = [each for place, each in enumerate(scene.facts) if place != FIRST_DELIVERED]
    return scene.told(scene.publish(facts))


def lets_one_order_overtake(scene: Scene) -> Told:
    facts = scene.facts
    one, other = facts[FIRST_DELIVERED], facts[THIRD_PAID]
    facts[FIRST_DELIVERED] = replace(other, recorded=one.recorded)
    facts[THIRD_PAID] = replace(one, recorded=other.recorded)
    return scene.told(scene.publish(facts))


def redates_within_bounds(scene: Scene) -> Told:
    """Earlier, but not before the entry in front of it."""
    facts = scene.facts
    facts[FIRST_DELIVERED] = replace(
        facts[FIRST_DELIVERED], at=facts[SINCE].at, recorded=facts[SINCE].recorded
    )
    return scene.told(scene.publish(facts))


def redates_back(scene: Scene) -> Told:
    """Delivered before it fell due, according to a time before that of the epoch in front of it."""
    facts = scene.facts
    early = facts[PAID].recorded + MINUTE
    facts[FIRST_DELIVERED] = replace(facts[FIRST_DELIVERED], at=early, recorded=early)
    return scene.told(scene.publish(facts))


def delivered_before_paid(scene: Scene) -> Told:
    facts = scene.facts
    stream = scene.operator.streams["third"]
    facts[THIRD_PAID] = fact(stream, DELIVERED, facts[THIRD_PAID].recorded)
    return scene.told(scene.publish(facts))


def moves_the_due_time(scene: Scene) -> Told:
    """Placed for tomorrow; in the payment it is the day after."""
    facts = scene.facts
    due = facts[THIRD_PAID].event.due_at
    facts[SINCE] = altered(facts[SINCE], due_at=due)
    facts[THIRD_PAID] = altered(facts[THIRD_PAID], due_at=due + DAY)
    return scene.told(scene.publish(facts), "third")


def backdates_as_history(scene: Scene) -> Told:
    """A delivery of today told as imported history of yesterday: in time, by a time nobody wrote down."""
    facts = scene.facts
    early = facts[PAID].recorded + MINUTE
    facts[FIRST_DELIVERED] = replace(facts[FIRST_DELIVERED], at=early, basis="backfill")
    printed = scene.publish(facts)
    true, told = (parse_census(each.files[FIGURES]).platforms[0] for each in (scene.true, printed))
    assert told.on_time.strict.numerator > true.on_time.strict.numerator
    assert told.imported
    return scene.told(printed)


def keeps_entries_out_of_the_log(scene: Scene) -> Told:
    """The log has only the last entry of an order; those before it are on its page alone."""
    facts, stream = scene.facts, scene.operator.streams["third"]
    whole = scene.raw("third")
    laid = scene.press.lay([each for each in facts if each.stream != stream])
    last = chained([], facts[THIRD_DELIVERED], seq=4, prev=leaf_hash(whole[-2]), recorded=scene.operator.now)
    printed = scene.seal([*laid, last])
    page = scene.page(printed, "third", [*whole[:-1], last])
    return Told(printed.files | {scene.operator.path("third"): page}, scene.operator.path("third"), page, "")


def two_entries_with_one_number(scene: Scene) -> Told:
    """Two deliveries continue the same entry; the map ends the order in the second."""
    laid = scene.press.lay(scene.facts)
    true = parse(laid[FIRST_DELIVERED])
    other = replace(true, event=Delivered(evidence="provider_receipt"), recorded=scene.operator.now - MINUTE)
    double = chained([], other, seq=true.seq, prev=bytes.fromhex(true.prev))
    return scene.told(scene.seal([*laid, double]))


def forges_a_partys_signature(scene: Scene) -> Told:
    """Another party's word under an erasure: a signature that no key ever made."""
    laid = scene.press.lay(scene.facts)
    sig = b'"sig":{"ed25519":"%b","key":"agent-a"}' % (86 * b"A" + b"==")
    laid[-1] = laid[-1].replace(b',"stream":', b',%b,"stream":' % sig)
    assert sig in laid[-1]
    return scene.told(scene.seal(laid))


def one_entry_in_two_places(scene: Scene) -> Told:
    laid = scene.press.lay(scene.facts)
    return scene.told(scene.seal([*laid, laid[-1]]), "third")


def erases_without_being_asked(scene: Scene) -> Told:
    stream = scene.operator.streams["first"]
    gone = fact(stream, Erased(reason="buyer_request"), scene.operator.now - MINUTE)
    return scene.told(scene.publish([*scene.facts, gone]))


def records_what_did_not_happen(scene: Scene) -> Told:
    stream = scene.operator.streams["second"]
    now = scene.operator.now - MINUTE
    return scene.told(
        scene.publish([*scene.facts, fact(stream, FORWARDED, now), fact(stream, DELIVERED, now)]), "second"
    )


def never_records_what_happened(scene: Scene) -> Told:
    """Goods came back, the buyer complained: none of it was recorded, so the true site is the lie."""
    return scene.told(scene.true)


# the log itself ----------------------------------------------------------------------------------------
def rewrites_a_published_entry(scene: Scene) -> Told:
    """And everything behind it: streams, epochs, tiles, pages, figures."""
    facts = scene.facts
    facts[PAID] = altered(facts[PAID], amount=1)
    return scene.told(scene.publish(facts))


def forks(scene: Scene) -> Told:
    """A longer log for one buyer, which parts from the one that everybody else was shown today."""
    facts = scene.facts
    facts[FIRST_DELIVERED] = altered(facts[FIRST_DELIVERED], evidence="provider_receipt")
    later = fact(scene.operator.streams["second"], FORWARDED, scene.operator.now)
    return scene.told(scene.publish([*facts, later]))


def forks_with_witnesses_of_its_own(scene: Scene) -> Told:
    """The same to a buyer whose witnesses sign whatever the operator shows them."""
    folder = scene.operator.then["today"].witnesses
    keys = {name: read_key(folder / name / KEY) for name in WITNESSES}
    return forks(replaced(scene, witnesses=keys))


def signs_another_root(scene: Scene) -> Told:
    """As many entries as today, one of them another."""
    facts = scene.facts
    facts[FIRST_DELIVERED] = altered(facts[FIRST_DELIVERED], evidence="provider_receipt")
    return scene.told(scene.publish(facts))


def keeps_a_promise_to_its_holder_alone(scene: Scene) -> Told:
    """Everybody else, and the witnesses first of all, are shown a log without the promised entry."""
    room = scene.press.replica.folder.with_name("others")
    with closing(Press(scene.operator.market, room)) as press:
        assert drops_an_event_before_publishing(replaced(scene, press=press)).refused == ""
    return scene.told(scene.publish(scene.facts))


def rewinds(scene: Scene) -> Told:
    """Yesterday's site again, to those who saw today's."""
    then = scene.operator.then["yesterday"]
    printed = scene.press.standing(then.entries, then.site)
    hashes = TiledHashes(printed.prover.size, lambda tile: then.site[f"log/{tile.path}"])
    first, second = (
        ask(each, then.site["log/checkpoint"], hashes, then.now) for each in scene.witnesses.values()
    )
    assert first == second
    path = scene.operator.path("first")
    return Told(then.site, path, then.site[path], str(first))


def another_key(scene: Scene) -> Told:
    """The same name, a key that nobody knows."""
    true = scene.true
    text, (_, *cosigned) = parse_note(true.files["log/checkpoint"])
    (stranger,) = parse_note(sign(text, [Signer(true.edition.origin, b"\7" * 32)]))[1]
    note = print_note(text, [stranger, *cosigned])
    page = scene.page(true, "first", scene.raw("first"), checkpoint=note)
    path = scene.operator.path("first")
    hashes = TiledHashes(true.prover.size, lambda tile: true.files[f"log/{tile.path}"])
    first = ask(scene.witnesses["w1"], print_note(text, [stranger]), hashes, 0)
    return Told(true.files | {"log/checkpoint": note, path: page}, path, page, str(first))


def asks_for_no_witnesses(scene: Scene) -> Told:
    """A fork on whose pages nobody is asked for: they find themselves right."""
    imprint = replace(scene.press.imprint, trust=TrustPolicy(scene.operator.policy.logs).print().decode())
    facts = scene.facts
    facts[FIRST_DELIVERED] = altered(facts[FIRST_DELIVERED], evidence="provider_receipt")
    return scene.told(scene.publish(facts, imprint=imprint))


def changes_the_terms(scene: Scene) -> Told:
    """The promise's policy is another one from now on, for orders placed under the old one as well."""
    return scene.told(scene.publish(scene.facts, imprint=_loosened(scene.press.imprint)), "second")


def changes_the_terms_beside_its_epoch(scene: Scene) -> Told:
    """The same, but the epoch goes on to commit to the old ones."""
    old = scene.press.imprint
    printed = scene.publish(scene.facts, imprint=_loosened(old), site=imprint_hash(old))
    return scene.told(printed, "second")


def publishes_late(scene: Scene) -> Told:
    """Sealed three days after today, and dated so."""
    laid = scene.press.lay(scene.facts)
    printed = scene.seal(laid, recorded=scene.operator.now + LATE, late=LATE)
    return replaced(scene.told(printed), late=LATE)


def publishes_late_and_backdates(scene: Scene) -> Told:
    """Sealed three days after the promise, under a time that keeps it."""
    return replaced(scene.told(scene.publish(scene.facts, late=LATE)), late=LATE)


def publishes_late_and_shows_another_bundle(scene: Scene) -> Told:
    """Sealed three days after the promise and dated so; but the bundle by itself tells of an earlier time."""
    laid = scene.press.lay(scene.facts)
    in_time = scene.press.tell(laid, scene.operator.now)
    printed = scene.seal(laid, recorded=scene.operator.now + LATE, late=LATE)
    path = next(path for path in printed.files if path.startswith("log/tile/entries/"))
    return replaced(scene.told(_but(printed, {path: bundle_of([*laid, in_time])})), late=LATE)


def _but(printed: Printed, files: Files) -> Printed:
    return replaced(printed, files=printed.files | files)


def _loosened(imprint: Imprint) -> Imprint:
    (policy,) = imprint.policy
    loose = replace(policy, stage_limit=100 * DAY, notice_within=100 * DAY, due_in=100 * DAY)
    return replace(imprint, policy=(loose,))


def _all_on_time(true: Census) -> Census:
    platforms = []
    for figures in true.platforms:
        strict = figures.on_time.strict
        due = strict.denominator
        assert strict.numerator < due
        on_time = replace(figures.on_time, strict=score(due, due, strict.window, TARGET))
        platforms.append(replace(figures, on_time=on_time))
    return replace(true, platforms=platforms)


def _better_badge(scene: Scene) -> Files:
    true = scene.true
    (figures,) = _all_on_time(parse_census(true.files[FIGURES])).platforms
    forms = badge_files(true.edition, "zh-CN", next(scopes_of(figures)), 0)
    return {path: content for path, content in forms if "/on-time." in path}


_AGREEING = b"""
mingdan.check = async () => ({ ok: true, stale: false, step: null, why: "", steps: [
  { origin: "small.example/log", size: 14n, cosigned: 2, known: 2 }, { covers: 13 }, { seq: 4n, index: 8n },
  { entries: 4 }, { index: 8n }, { asOf: BigInt(Date.now()), witnessed: true } ] });
"""
