from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import Broken, Malformed, MalformedProof
from mingdan.ledger.note import COSIGNATURE, Signer, VerifierKey, open_note, print_note, sign
from mingdan.ledger.quorum import MOST, Group, Log, TrustPolicy, Witness, accept, count

LOG = Signer("log.example", b"l" * 32)
OTHER_LOG = Signer("other.example", b"o" * 32)
WITNESSES = {
    name: Signer(f"{name.lower()}.example/w", name.encode() * 16, COSIGNATURE)
    for name in ("X1", "X2", "X3", "Y1", "Y2")
}
X1, X2, X3, Y1, Y2 = WITNESSES.values()
HEAD = Checkpoint("log.example", 3, b"r" * 32)

LINES = f"""\
log {LOG.key} https://log.example
log {OTHER_LOG.key}
witness X1 {X1.key} https://x1.example/submit
witness X2 {X2.key}
witness X3 {X3.key}
group X 2 X1 X2 X3
witness Y1 {Y1.key}
witness Y2 {Y2.key}
group Y any Y1 Y2
group both all X Y
quorum both
"""
POLICY = TrustPolicy.parse(LINES.encode())


def policy_of(*lines):
    return TrustPolicy.parse("".join(f"{line}\n" for line in lines).encode())


def note_of(**times):
    """The checkpoint with cosignatures at these unix seconds."""
    cosigned = [WITNESSES[name].sign(HEAD.text, at) for name, at in times.items()]
    return print_note(HEAD.text, [LOG.sign(HEAD.text), *cosigned])


# the file -------------------------------------------------------------------------------------------------
def test_a_policy_of_two_levels_reads_and_prints():
    assert POLICY.print().decode() == LINES
    assert [(log.key, log.url) for log in POLICY.logs] == [
        (LOG.key, "https://log.example"),
        (OTHER_LOG.key, None),
    ]
    assert list(POLICY.witnesses) == ["X1", "X2", "X3", "Y1", "Y2"]
    assert POLICY.witnesses["X1"] == Witness("X1", X1.key, "https://x1.example/submit")
    assert POLICY.parties[3] == Group("X", 2, ("X1", "X2", "X3"))
    assert POLICY.quorum == "both"


def test_spaces_tabs_comments_and_empty_lines_mean_nothing():
    spaced = LINES.replace(" ", " \t ").replace("\n", " \n\n \t# quorum none\n#\n\t\n")

    assert TrustPolicy.parse(spaced.encode()) == POLICY


def test_the_shortest_policy_asks_for_nobody():
    assert TrustPolicy.parse(b"quorum none\n") == TrustPolicy()


@pytest.mark.parametrize(
    ("written", "printed"),
    [("all", "all"), ("3", "all"), ("2", "2"), ("1", "any"), ("any", "any")],
)
def test_what_a_group_needs_prints_in_one_way(written, printed):
    policy = TrustPolicy.parse(LINES.replace("X 2", f"X {written}").encode())

    assert f"group X {printed} X1 X2 X3\n" in policy.print().decode()


def test_names_are_octets_and_a_kelvin_is_no_k():
    text = f"witness K {X1.key}\nwitness ".encode() + b"\xe2\x84\xaa " + f"{X2.key}\nwitness ".encode()
    text += b"\xff\xfe " + f"{X3.key}\nquorum ".encode() + b"\xff\xfe\n"
    policy = TrustPolicy.parse(text)

    assert policy.print() == text
    assert policy.satisfied([X3.key])
    assert not policy.satisfied([X1.key, X2.key])


def test_a_comment_may_be_in_any_encoding():
    assert TrustPolicy.parse(b"# caf\xe9\nquorum none\n") == TrustPolicy()


def test_the_limits_the_specification_asks_for_are_met():
    keys = [Signer(f"k{number}", number.to_bytes(32, "big")).key for number in range(32)]
    cosigners = [VerifierKey(key.name, key.public, COSIGNATURE) for key in keys]
    lines = [f"log {key}" for key in keys]
    lines += [f"witness w{number} {key}" for number, key in enumerate(cosigners)]
    lines += [f"group g{number} any w{number}" for number in range(31)]
    lines += [f"group all all {' '.join(f'g{number}' for number in range(31))} w31", "quorum all"]
    policy = policy_of(*lines)

    assert policy.satisfied(cosigners)
    assert not policy.satisfied(cosigners[1:])


def test_a_policy_beyond_the_limit_is_refused():
    keys = [Signer(f"k{number}", number.to_bytes(32, "big")).key for number in range(MOST + 1)]

    with pytest.raises(Malformed, match="at most 64") as refused:
        policy_of(*(f"log {key}" for key in keys), "quorum none")
    assert refused.value.evidence["line"] == MOST + 1


WITNESS = f"witness w {X1.key}"
AGAIN = Signer("again.example", b"X1" * 16, COSIGNATURE).key
LOG_AGAIN = Signer("again.example", b"l" * 32).key
BROKEN_LINES = {
    "an unknown word": ["quorom none"],
    "a word in capitals": ["Quorum none"],
    "a bare word": ["log"],
    "a log without a vkey": ["log log.example"],
    "a log with too many items": [f"log {LOG.key} https://log.example extra"],
    "a log's vkey with another id": ["log " + str(LOG.key).replace("+", "+0", 1)],
    "a witness's key for a log": [f"log {X1.key}"],
    "a log's key for a witness": [f"witness w {LOG.key}"],
    "a witness without a name": [f"witness {X1.key}"],
    "a witness with too many items": [f"{WITNESS} https://w.example extra"],
    "the same log twice": [f"log {LOG.key}", f"log {LOG.key} https://log.example"],
    "the same key for two logs": [f"log {LOG.key}", f"log {LOG_AGAIN}"],
    "the same key for two witnesses": [WITNESS, f"witness again {AGAIN}"],
    "a name for two witnesses": [WITNESS, f"witness w {X2.key}"],
    "a name for a witness and a group": [WITNESS, "group w any w"],
    "a witness called none": [f"witness none {X1.key}"],
    "a group called none": [WITNESS, "group none any w"],
    "none as a member": ["group g any none"],
    "a member not defined": ["group g any w"],
    "a member defined below": [WITNESS, "group g any h w"],
    "a group of itself": ["group g any g"],
    "a member twice in a group": [WITNESS, "group g any w w"],
    "a member of two groups": [WITNESS, "group g any w", "group h any w"],
    "a group without members": ["group g any"],
    "a group of all of nobody": ["group g all"],
    "a group without a number": ["group g"],
    "a group that needs nobody": [WITNESS, "group g 0 w"],
    "a group that needs more than it has": [WITNESS, "group g 2 w"],
    "a number with a leading zero": [WITNESS, "group g 01 w"],
    "a number with a sign": [WITNESS, "group g +1 w"],
    "a number in other digits": [WITNESS, "group g \u0661 w"],
    "a number beyond all numbers": [WITNESS, f"group g {'9' * 5000} w"],
    "most instead of a number": [WITNESS, "group g most w"],
    "a quorum without a name": ["quorum"],
    "a quorum of two": [WITNESS, "quorum w w"],
    "a quorum that is not defined": [WITNESS, "quorum g"],
    "a second quorum": [WITNESS, "quorum w", "quorum w"],
    "an address without a scheme": [f"{WITNESS} w.example"],
    "an address of another scheme": [f"{WITNESS} ftp://w.example"],
    "an address without a host": [f"{WITNESS} https:///submit"],
    "an address with an odd port": [f"{WITNESS} https://w.example:99999"],
    "an address with an open bracket": [f"{WITNESS} https://[::1/"],
}


@pytest.mark.parametrize("lines", BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_line_that_breaks_a_rule_is_named_with_what_to_write(lines):
    with pytest.raises(Malformed) as refused:
        policy_of("# the line at fault is the last", *lines)

    assert refused.value.evidence["line"] == len(lines) + 1
    assert refused.value.next_step.startswith("write ")
    assert refused.value.exit_code == 2


def test_a_quorum_is_defined_above_its_line():
    with pytest.raises(Malformed) as refused:
        policy_of("quorum w", WITNESS)

    assert refused.value.evidence["line"] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 1),
        (b"\n", 2),
        (b"# nothing\n", 2),
        (f"{WITNESS}\n".encode(), 2),
        (b"quorum none", 1),
        (b"# two\nquorum none", 2),
        (b"quorum none\r\n", 1),
        (b"quorum\x0bnone\n", 1),
        (b"quorum none\n\x00\n", 2),
        (b"quorum none\n# \x7f\n", 2),
        (b"quorum\xc2\xa0none\n", 1),
        (b"quorum none\xe2\x80\xa8\n", 1),
    ],
)
def test_text_that_is_no_policy_is_refused_with_its_file_its_line_and_a_step(text, line):
    with pytest.raises(Malformed) as refused:
        TrustPolicy.parse(text, Path("trust.policy"))

    assert refused.value.next_step
    assert list(refused.value.evidence)[:2] == ["file", "line"]
    assert (str(refused.value.evidence["file"]), refused.value.evidence["line"]) == ("trust.policy", line)


@pytest.mark.parametrize(
    "make",
    [
        lambda: TrustPolicy(quorum="w"),
        lambda: TrustPolicy((Log(LOG.key), Log(LOG.key))),
        lambda: TrustPolicy((), (Group("g", 1, ("w",)), Witness("w", X1.key))),
        lambda: Log(X1.key),
        lambda: Witness("w", LOG.key),
        lambda: Witness("two words", X1.key),
        lambda: Witness("", X1.key),
        lambda: Group("g", 0, ("w",)),
    ],
)
def test_a_policy_that_could_not_be_read_cannot_be_made(make):
    with pytest.raises(Malformed):
        make()


# laws -----------------------------------------------------------------------------------------------------
urls = st.sampled_from([None, "https://w.example/submit", "http://127.0.0.1:8080"])
octets = st.binary(min_size=1, max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
names = octets.filter(
    lambda name: name != "none" and not any(ord(letter) in {*range(33), 127} for letter in name)
)


@st.composite
def policies(draw):
    """Any policy of up to six witnesses: groups take members that none has taken yet."""
    named = draw(st.lists(names, min_size=1, max_size=10, unique=True))
    keys = [Signer(f"w{number}.example", bytes([number]) * 32, COSIGNATURE).key for number in range(6)]
    parties, free = [], []
    for number, name in enumerate(named):
        if free and (number >= len(keys) or draw(st.booleans())):
            members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
            free = [each for each in free if each not in members]
            parties.append(Group(name, draw(st.integers(1, len(members))), tuple(members)))
        elif keys:
            parties.append(Witness(name, keys.pop(), draw(urls)))
        free.append(name)
    defined = [party.name for party in parties]
    logs = [Log(signer.key, draw(urls)) for signer in draw(st.sampled_from([[], [LOG], [LOG, OTHER_LOG]]))]
    return TrustPolicy(tuple(logs), tuple(parties), draw(st.sampled_from(["none", *defined])))


@given(policies())
def test_policies_read_back_as_they_print(policy):
    printed = policy.print()

    assert TrustPolicy.parse(printed) == policy
    assert TrustPolicy.parse(printed).print() == printed


@given(policies(), st.data())
def test_one_more_cosigner_never_unmakes_a_quorum(policy, data):
    keys = [each.key for each in policy.witnesses.values()]
    some = data.draw(st.sets(st.sampled_from(keys)) if keys else st.just(set()))
    more = some | data.draw(st.sets(st.sampled_from([*keys, LOG.key])))

    assert policy.satisfied(some) <= policy.satisfied(more)


@given(policies())
def test_everybody_is_always_a_quorum_and_nobody_only_where_none_is_asked_for(policy):
    assert policy.satisfied([each.key for each in policy.witnesses.values()])
    assert policy.satisfied([]) == (policy.quorum == "none")


@given(st.dictionaries(st.sampled_from(list(WITNESSES)), st.integers(1, 9)))
def test_a_quorum_is_as_fresh_as_the_newest_time_from_which_it_still_is_one(times):
    standing = accept(note_of(**times), POLICY).standing

    def met_from(since):
        return POLICY.satisfied([WITNESSES[name].key for name, at in times.items() if at >= since])

    assert standing.freshness == max((t for t in range(1, 10) if met_from(t)), default=None)
    assert (standing.freshness is not None) == standing.met


# the judgement --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cosigners", "met"),
    [
        ([], False),
        ([X1, X2, X3], False),
        ([Y1, Y2], False),
        ([X1, Y1], False),
        ([X1, X3, Y2], True),
        ([X1, X2, X3, Y1, Y2], True),
        ([LOG, X1, X3, Y2], True),
    ],
)
def test_two_of_three_and_one_of_two_make_the_quorum(cosigners, met):
    assert POLICY.satisfied({each.key for each in cosigners}) is met


def test_a_note_tells_how_its_witnesses_stand():
    accepted = accept(note_of(Y1=50, X1=30, X3=40), POLICY)
    standing = accepted.standing

    assert accepted.checkpoint == HEAD
    assert dict(standing.cosigned) == {"X1": 30, "X3": 40, "Y1": 50}
    assert list(standing.cosigned) == ["X1", "X3", "Y1"]
    assert (standing.newest, standing.oldest, standing.freshness) == (50, 30, 30)
    assert standing.met
    assert str(standing) == "3 of 5"


def test_a_third_witness_makes_two_of_three_fresher():
    assert accept(note_of(X1=30, X2=35, X3=40, Y1=50), POLICY).standing.freshness == 35


def test_an_unmet_quorum_is_told_and_not_raised():
    standing = accept(note_of(X1=30), POLICY).standing

    assert not standing.met
    assert (standing.newest, standing.oldest, standing.freshness) == (30, 30, None)
    assert str(standing) == "1 of 5"


def test_without_witnesses_there_is_a_quorum_and_no_freshness():
    standing = accept(note_of(), policy_of(f"log {LOG.key}", "quorum none")).standing

    assert standing.met
    assert (standing.newest, standing.oldest, standing.freshness) == (None, None, None)
    assert str(standing) == "0 of 0"


def test_a_witness_the_policy_does_not_know_counts_for_nothing():
    policy = policy_of(f"log {LOG.key}", f"witness X1 {X1.key}", "quorum X1")
    note = note_of(X1=30, X2=90)
    both = open_note(note, [LOG.key, X1.key, X2.key])

    assert dict(accept(note, policy).standing.cosigned) == {"X1": 30}
    assert count(both, policy) == accept(note, policy).standing


def test_a_cosignature_that_does_not_verify_breaks_the_note():
    forged = print_note(HEAD.text, [LOG.sign(HEAD.text), X1.sign(f"{HEAD.text}else\n", 30)])

    with pytest.raises(Broken, match="did not make this signature"):
        accept(forged, POLICY)


@pytest.mark.parametrize(
    "note",
    [
        sign(HEAD.text, [X1, X2, Y1], at=30),
        sign(HEAD.text, [OTHER_LOG, X1, X2, Y1], at=30),
        sign(HEAD.text, [Signer("log.example", b"?" * 32), X1, X2, Y1], at=30),
    ],
    ids=["nobody", "another log", "another key"],
)
def test_a_note_its_log_did_not_sign_is_nothing_whoever_cosigned(note):
    with pytest.raises(Broken, match="the log itself did not sign"):
        accept(note, POLICY)


def test_a_log_the_policy_does_not_know_is_not_believed():
    stranger = Signer("stranger.example", b"s" * 32)
    note = sign(Checkpoint("stranger.example", 3, b"r" * 32).text, [stranger, X1], at=30)

    with pytest.raises(Broken, match="does not know") as refused:
        accept(note, POLICY)
    assert refused.value.next_step


def test_a_log_may_have_a_new_key_beside_the_old():
    new = Signer("log.example", b"n" * 32)
    policy = policy_of(f"log {LOG.key}", f"log {new.key}", "quorum none")

    assert accept(sign(HEAD.text, [LOG]), policy).checkpoint == HEAD
    assert accept(sign(HEAD.text, [new]), policy).checkpoint == HEAD
    assert accept(sign(HEAD.text, [new, LOG]), policy).checkpoint == HEAD


def test_a_signed_text_that_is_no_checkpoint_is_refused():
    with pytest.raises(MalformedProof):
        accept(sign("log.example\nsomething else\n", [LOG]), POLICY)
