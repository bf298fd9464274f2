"""The corpus on which every verifier must agree: proofs of timelines, valid and broken, and their verdicts.

`write_corpus(path)` writes one JSON file, `{"about": …, "cases": [case, …]}`, the same bytes every time:

    name          a sentence, unique
    policy        the text of a tlog-policy file
    now           the reader's clock, unix milliseconds
    fresh_within  seconds
    proof         the text of a .tlog-proof file, or null where its bytes are not UTF-8
    proof_base64  its bytes where `proof` is null, otherwise absent
    expected      {"ok": bool, "stale": bool, "step": n or null}

`ok` is whether all six steps hold. `step` is the first that does not, 0 where the policy or the file does not
parse, null where all hold; `stale` is only ever true where all hold. A verdict is what the case was built to
have: no verifier is asked here. The trees are too large to hold, so what no case looks at is made-up hashes.

What the six steps do not ask is no fault here, but for whoever replays the whole log (ledger/replay.py):
recorded times that go back, a kind in the stream of another subject, what an epoch says of figures, rules and
the epoch before it; nor whether a party's signature holds, and whether an order may do what its entries say.
Not in the corpus: policies that are not UTF-8, and addresses of which releases of Python think otherwise (odd
brackets, letters younger than their Unicode); no verifier ever asks an address.
"""

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path

import msgspec.inspect as kinds_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import commit, committed, opening
from mingdan.ledger.entry import seal
from mingdan.ledger.map import Head, key_of, prove, root_of
from mingdan.ledger.market import party
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.tree import EMPTY_ROOT, inclusion_proof, leaf_hash, node_hash, root_at

NOW = 1_790_000_000_000
SECONDS = NOW // 1000
DAY = 86_400
ORIGIN = "log.example/orders"
LOG = Signer(ORIGIN, b"l" * 32)
STRANGER = Signer("stranger.example", b"s" * 32)
W1, W2, W3 = (Signer(f"witness{n}.example/w", bytes([n]) * 32, COSIGNATURE) for n in (1, 2, 3))
STREAM = "order/" + sha256(b"the order").hexdigest()
OTHER = "order/" + sha256(b"another order").hexdigest()
SECRET = b"k" * 32
PRIME = 2**255 - 19
GROUP = 2**252 + 27742317777372353535851937790883648493  # order of Ed25519's scalars

Json = dict[str, object]


def h(label: object) -> bytes:
    return sha256(f"made up: {label}".encode()).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def jcs(value: object) -> str:
    """RFC 8785, as far as names are ASCII and numbers are integers."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Sparse:
    """A tree of any size that knows a few leaves; all else in it is made up, each subtree by its own hash."""

    def __init__(self, leaves: dict[int, bytes]) -> None:
        self._leaves = leaves

    def node(self, level: int, index: int) -> bytes:
        if all(known >> level != index for known in self._leaves):
            return h((level, index))
        if level == 0:
            return self._leaves[index]
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))


STORY = [
    (e.Placed(platform="kamao", sku="card-100"), {"recipient": "玩家七", "order_no": "A-1001"}),
    (e.Paid(amount=9_900), {"payment": "wx-1"}),
    (e.HopForwarded(attempt=1, to="agent-east"), {"ref": 'r/1 "quoted"'}),
    (e.HopAccepted(), {}),
    (e.Delivered(evidence="provider_receipt"), {"goods": "CARD-\U0001f600-\u2028-0001"}),
    (e.Completed(by="buyer"), {}),
]


def raws(count: int, stream: str = STREAM, events=STORY) -> list[bytes]:
    """The first entries of the story, sealed one after the other."""
    sealed: list[bytes] = []
    for seq, (event, private) in enumerate(events[:count], 1):
        at = NOW - DAY * 1000 + seq * 1000
        prev = leaf_hash(sealed[-1]) if sealed else None
        fact = committed(event, private, SECRET, seq)
        sealed.append(
            seal(Claim(stream=stream, by="kamao", event=fact), fact, at=at, seq=seq, prev=prev, recorded=at)
        )
    return sealed


def shown(count: int) -> list[Json]:
    """The openings of every private field of the first entries."""
    return [
        {"field": name, "opening": opening(SECRET, seq, name).hex(), "seq": seq, "words": words}
        for seq, (_, private) in enumerate(STORY[:count], 1)
        for name, words in private.items()
    ]


def note(size: int, root: bytes, cosigned=(), log: Signer = LOG, origin: str = ORIGIN) -> str:
    text = f"{origin}\n{size}\n{b64(root)}\n"
    lines = [log.sign(text).line, *(signer.sign(text, at).line for signer, at in cosigned)]
    return "\n".join([text, "".join(lines)])


@dataclass(kw_only=True)
class Log:
    """A log that holds one order's entries, and the parts of its proof; a case may set any of them first."""

    entries: list[bytes] = field(default_factory=lambda: raws(3))
    stream: str = STREAM
    size: int = 300
    at: int | None = None  # index of the last entry; None puts it in the middle
    others: int = 7  # streams in the map besides
    absent: bool = False
    head: Head | None = None  # None: what the entries say
    epoch: Json = field(default_factory=dict)  # what the epoch says otherwise
    epoch_text: str | None = None
    recorded: int = NOW - 60_000
    cosigned: tuple = ()
    pairs: dict[bytes, bytes] = field(default_factory=dict)

    def parts(self) -> Json:
        at = self.size // 2 - (self.size < 3) if self.at is None else self.at
        heads = {h(("stream", n)): Head(n + 1, n, h(n)).value for n in range(self.others)} | self.pairs
        head = None
        if not self.absent:
            head = self.head or Head(len(self.entries), at, leaf_hash(self.entries[-1]))
            heads[key_of(self.stream)] = head.value
        pairs = sorted(heads.items())
        data = {
            "covers": self.size - 1,
            "map": root_of(pairs).hex(),
            "previous": None,
            "rules": h("rules").hex(),
            "statistics": {"sha256": h("figures").hex(), "size": self.size - 1},
            "streams": len(pairs),
        } | self.epoch
        envelope = {"at": self.recorded, "by": "log", "data": data, "kind": "log.epoch", "prev": None}
        epoch = jcs(envelope | {"recorded": self.recorded, "seq": 1, "stream": "log", "v": 1})
        epoch = epoch if self.epoch_text is None else self.epoch_text
        leaves = {self.size - 1: leaf_hash(epoch.encode())}
        if not self.absent and 0 <= at < self.size - 1:
            leaves[at] = leaf_hash(self.entries[-1])
        tree = Sparse(leaves)
        placed = at in leaves and not self.absent
        return {
            "entries": [raw.decode() for raw in ([] if self.absent else self.entries)],
            "epoch": epoch,
            "head": head.value.hex() if head else None,
            "map": b64(prove(pairs, key_of(self.stream))),
            "openings": [],
            "place": [b64(each) for each in inclusion_proof(at, self.size, tree)] if placed else [],
            "stream": self.stream,
            "v": 1,
            "index": self.size - 1,
            "path": [b64(each) for each in inclusion_proof(self.size - 1, self.size, tree)],
            "checkpoint": note(self.size, root_at(self.size, tree), self.cosigned),
        }


def text(parts: Json, *, extra: str | bytes | None = None, lines: list[str] | None = None) -> str:
    """The file, printed here once more so that the printer under test is not asked."""
    told = {name: parts[name] for name in sorted(parts.keys() - {"index", "path", "checkpoint"})}
    extra = jcs(told) if extra is None else extra
    code = b64(extra if isinstance(extra, bytes) else extra.encode())
    header = lines or ["c2sp.org/tlog-proof@v1", f"extra {code}", f"index {parts['index']}", *parts["path"]]
    return "\n".join([*header, "", parts["checkpoint"]])


def policy(*witnesses: Signer, quorum: str = "none", logs=(LOG,), groups: tuple[str, ...] = ()) -> str:
    lines = [f"log {log.key}" for log in logs]
    lines += [f"witness w{n} {witness.key}" for n, witness in enumerate(witnesses, 1)]
    return "".join(f"{line}\n" for line in [*lines, *groups, f"quorum {quorum}"])


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    proof: str | bytes
    step: int | None = None
    stale: bool = False
    policy: str = policy()
    now: int = NOW
    fresh_within: int = DAY

    def json(self) -> Json:
        expected = {"ok": self.step is None, "stale": self.stale, "step": self.step}
        about = {"name": self.name, "policy": self.policy, "now": self.now, "fresh_within": self.fresh_within}
        if isinstance(self.proof, str):
            return about | {"proof": self.proof, "expected": expected}
        return about | {"proof": None, "proof_base64": b64(self.proof), "expected": expected}


def flipped(code: str, at: int = 0, bit: int = 0) -> str:
    """The base64 of the same bytes but for one bit."""
    raw = bytearray(base64.b64decode(code))
    raw[at] ^= 1 << bit
    return b64(bytes(raw))


def valid() -> Iterator[Case]:
    for count in range(1, 7):
        for size in (2, 3, 255, 256, 257, 70_001):
            parts = Log(entries=raws(count), size=size).parts() | {"openings": shown(count)}
            yield Case(name=f"{count} entries and all their words in a log of {size}", proof=text(parts))
    for size, at in [
        (8, 6),
        (8, 0),
        (255, 253),
        (256, 254),
        (257, 255),
        (70_001, 65_535),
        (2**40, 2**33 + 5),
        (2**53, 2**53 - 2),
    ]:
        yield Case(name=f"the last entry at index {at} of {size}", proof=text(Log(size=size, at=at).parts()))
    for others in (0, 1, 2, 5, 100, 1000):
        yield Case(name=f"one of {others + 1} streams", proof=text(Log(others=others).parts()))
        yield Case(
            name=f"a stream absent among {others}", proof=text(Log(others=others, absent=True).parts())
        )
    yield Case(name="a log of its epoch entry alone", proof=text(Log(size=1, others=0, absent=True).parts()))
    for bit in (0, 7, 8, 127, 128, 200, 255):
        near = bytearray(key_of(STREAM))
        near[bit // 8] ^= 128 >> bit % 8
        pairs = {bytes(near): h(bit) + h(bit)[:16]}
        yield Case(name=f"a key that differs first in bit {bit}", proof=text(Log(pairs=pairs).parts()))
        absent = Log(pairs=pairs, absent=True).parts()
        yield Case(name=f"absent beside a key that differs first in bit {bit}", proof=text(absent))
    yield Case(name="the log's own stream", proof=text(Log(stream="log", absent=True).parts()))
    for stream in ("party/a", "sku/card-100", "policy/0._-", "exception/" + "z" * 64):
        told = Log(stream=stream, entries=raws(2, stream)).parts()
        yield Case(name=f"the stream {stream}", proof=text(told))
        yield Case(name=f"the stream {stream}, absent", proof=text(Log(stream=stream, absent=True).parts()))
    labels = [
        '\x00\x1f\b\t\n\f\r"\\/\x7f',
        "\u2028\u2029\ufeff\ufffd\u0085",
        "卡密 \U0001f600 é e\u0301",
        "</script><!--",
    ]
    for label in labels:
        told = raws(2, events=[STORY[0], (e.Noted(label=label), {})])
        yield Case(name=f"a label of {label!a}", proof=text(Log(entries=told).parts()))
    some = Log().parts() | {"openings": shown(3)[1:2]}
    yield Case(name="one opening of many", proof=text(some))
    twice = Log().parts() | {"openings": [*shown(3)[:2], *shown(3)[:1]]}
    yield Case(name="openings in any order, one of them twice", proof=text(twice))


def framing() -> Iterator[Case]:
    parts = Log(size=5, at=2).parts() | {"openings": shown(1)}
    good = text(parts)
    code = good.split("\n")[1].removeprefix("extra ")
    path, extra, index = parts["path"], f"extra {code}", "index 4"
    magic = "c2sp.org/tlog-proof@v1"
    headers = {
        "another version of the format": ["c2sp.org/tlog-proof@v2", extra, index, *path],
        "no first line": [extra, index, *path],
        "a first line with a space after it": [f"{magic} ", extra, index, *path],
        "no extra": [magic, index, *path],
        "an empty extra": [magic, "extra ", index, *path],
        "an extra without a space": [magic, f"extra{code}", index, *path],
        "an extra with two spaces": [magic, f"extra  {code}", index, *path],
        "an extra with a space after it": [magic, f"{extra} ", index, *path],
        "two extras": [magic, extra, extra, index, *path],
        "the extra after the index": [magic, index, extra, *path],
        "an extra that is no base64": [magic, f"extra *{code[1:]}", index, *path],
        "an extra cut short": [magic, extra[:-4], index, *path],
        "an extra without its last character": [magic, extra[:-1], index, *path],
        "no index": [magic, extra, *path],
        "an index with a leading zero": [magic, extra, "index 04", *path],
        "an index with a plus": [magic, extra, "index +4", *path],
        "an index in hex": [magic, extra, "index 0x4", *path],
        "an index with a fraction": [magic, extra, "index 4.0", *path],
        "an index in Arabic digits": [magic, extra, "index ٤", *path],
        "a negative index": [magic, extra, "index -1", *path],
        "an index of another entry": [magic, extra, "index 3", *path],
        "an index beyond the tree": [magic, extra, "index 5", *path],
        "an index beyond 64 bits": [magic, extra, f"index {2**64 + 4}", *path],
        "an index with a space after it": [magic, extra, "index 4 ", *path],
        "an index in capitals": [magic, extra, "INDEX 4", *path],
        "a hash of 31 bytes in the path": [magic, extra, index, b64(b"p" * 31), *path[1:]],
        "a hash of 33 bytes in the path": [magic, extra, index, b64(b"p" * 33), *path[1:]],
        "a hash with spare bits in the path": [
            magic,
            extra,
            index,
            path[0][:-2] + chr(ord(path[0][-2]) + 1) + "=",
            *path[1:],
        ],
        "a hash without padding in the path": [magic, extra, index, path[0][:-1], *path[1:]],
        "a hash in the other base64 alphabet": [
            magic,
            extra,
            index,
            b64(b"\xff" * 32).replace("/", "_"),
            *path[1:],
        ],
        "a hash with a space before it in the path": [magic, extra, index, f" {path[0]}", *path[1:]],
        "a comment in the path": [magic, extra, index, "# path", *path],
        "an empty line in the path": [magic, extra, index, "", *path],
        "an empty line before everything": ["", magic, extra, index, *path],
    }
    for name, lines in headers.items():
        yield Case(name=name, proof=text(parts, lines=lines), step=0)
    files = {
        "an empty file": "",
        "one line feed": "\n",
        "two empty lines before the checkpoint": good.replace("\n\n", "\n\n\n", 1),
        "no checkpoint": good.split("\n\n")[0] + "\n\n",
        "no empty line": good.replace("\n\n", "\n", 1),
        "carriage returns": good.replace("\n", "\r\n"),
        "one carriage return": good.replace("\n", "\r\n", 1),
        "a byte order mark": "\ufeff" + good,
        "no final line feed": good[:-1],
        "two final line feeds": good + "\n",
        "something after the end": good + "trailing",
        "a line after the end": good + "trailing\n",
        "a NUL after the end": good + "\0",
        "a tab in the checkpoint": good.replace(f"{ORIGIN}\n", f"{ORIGIN}\t\n"),
        "a control character of Latin 1": good.replace(f"{ORIGIN}\n", f"{ORIGIN}\x85\n"),
        "the file twice": good + good,
    }
    for name, file in files.items():
        yield Case(name=name, proof=file, step=0)
    raw = good.encode()
    for name, file in {
        "a file that is not UTF-8": raw.replace(b"\xe2\x80\x94", b"\x97"),
        "an overlong byte in the origin": raw.replace(b"log.example", b"log\xc0\xaeexample"),
        "an encoded surrogate": raw.replace(b"log.example", b"log\xed\xa0\x80example"),
        "UTF-16": good.encode("utf-16-le"),
        "a file cut inside a character": raw[: raw.index("\u2014".encode()) + 1],
    }.items():
        yield Case(name=name, proof=file, step=0)


def checkpoint_lines() -> Iterator[Case]:
    """Notes that do not parse, with the index they claim, so that only the note is at fault."""
    parts = Log(size=5, at=2).parts()
    whole = parts["checkpoint"]
    body, _, line = whole.partition("\n\n")
    root = body.split("\n")[2]
    for name, index, changed in [
        ("a size with a leading zero", 4, whole.replace("\n5\n", "\n05\n")),
        ("a size with a plus", 4, whole.replace("\n5\n", "\n+5\n")),
        ("a size beyond 63 bits", 2**63 - 1, whole.replace("\n5\n", f"\n{2**63}\n")),
        ("a size beyond 64 bits", 2**64 + 4, whole.replace("\n5\n", f"\n{2**64 + 5}\n")),
        ("an empty log", -1, whole.replace("\n5\n", "\n0\n")),
        ("an empty log and its root", -1, note(0, EMPTY_ROOT)),
        ("an empty log and its root at index 0", 0, note(0, EMPTY_ROOT)),
        ("an empty log and its root at the last index of 64 bits", 2**64 - 1, note(0, EMPTY_ROOT)),
        ("no size", 4, whole.replace("\n5\n", "\n")),
        ("an extension line", 4, whole.replace("\n\n", "\nextension\n\n")),
        ("an empty origin", 4, whole.replace(f"{ORIGIN}\n5", "\n5")),
        ("a root of 31 bytes", 4, whole.replace(root, b64(b"r" * 31))),
        ("a root with spare bits", 4, whole.replace(root, root[:-2] + chr(ord(root[-2]) + 1) + "=")),
        ("a root without padding", 4, whole.replace(root, root[:-1])),
        ("no signature", 4, f"{body}\n\n"),
        ("no empty line before the signatures", 4, f"{body}\n{line}"),
        ("an empty line among the signatures", 4, f"{body}\n\n{line}\n{line}"),
        ("a hyphen for the dash", 4, whole.replace("\u2014", "-")),
        ("no space after the dash", 4, whole.replace("\u2014 ", "\u2014")),
        ("two spaces after the dash", 4, whole.replace("\u2014 ", "\u2014  ")),
        ("a plus in a signer's name", 4, f"{whole}\u2014 a+b {b64(b'x' * 68)}\n"),
        ("a no-break space in a signer's name", 4, f"{whole}\u2014 a\u00a0b {b64(b'x' * 68)}\n"),
        ("a signer without a name", 4, f"{whole}\u2014  {b64(b'x' * 68)}\n"),
        ("a signature of a key id only", 4, f"{whole}\u2014 a {b64(b'x' * 4)}\n"),
        ("a signature that is no base64", 4, f"{whole}\u2014 a ****\n"),
        ("a signature with spare bits", 4, f"{whole}\u2014 a {b64(b'x' * 68)[:-2]}B=\n"),
        ("a word after a signature", 4, whole[:-1] + " x\n"),
        ("101 signatures", 4, whole + 100 * f"\u2014 a {b64(b'x' * 68)}\n"),
        ("a megabyte and more of signatures", 4, whole + f"\u2014 {'a' * 1_000_000} {b64(b'x' * 68)}\n"),
    ]:
        yield Case(
            name=f"checkpoint: {name}", proof=text(parts | {"index": index, "checkpoint": changed}), step=0
        )


def writings() -> Iterator[Case]:
    """What stands in `extra`, written otherwise: a timeline that is not read from a file knows none of it."""
    parts = Log(size=5, at=2).parts() | {"openings": shown(1)}
    told = {name: parts[name] for name in sorted(parts.keys() - {"index", "path", "checkpoint"})}
    good = jcs(told)
    texts: dict[str, str | bytes] = {
        "a space after a colon": good.replace('"v":1', '"v": 1'),
        "a line feed at its end": good + "\n",
        "its names in another order": '{"v":1,' + good.removesuffix(',"v":1}').removeprefix("{") + "}",
        "a name twice": good.replace('"v":1', '"v":1,"v":1'),
        "a float": good.replace('"v":1', '"v":1.0'),
        "an exponent": good.replace('"v":1', '"v":1e0'),
        "a slash escaped": good.replace("order/", r"order\/"),
        "a letter escaped": good.replace('"seq"', r'"\u0073eq"'),
        "Chinese escaped": good.replace("玩", r"\u73a9"),
        "a lone surrogate": good.replace("玩", r"\ud800"),
        "a BOM": "\ufeff" + good,
        "bytes that are no UTF-8": good.encode().replace("玩".encode(), b"\xff"),
        "no JSON": "extra",
        "nothing": "",
        "a number": "1",
        "null": "null",
        "a list": f"[{good}]",
        "a comma at its end": good.replace('"v":1', '"v":1,'),
        "deep nesting": '{"v":' + "[" * 20_000 + "]" * 20_000 + "}",
        "no v": jcs({name: value for name, value in told.items() if name != "v"}),
    }
    for name, extra in texts.items():
        yield Case(name=f"extra: {name}", proof=text(parts, extra=extra), step=0)


NO_STREAMS = (
    STREAM + "\n", STREAM[:-1], "order/card-100", "shop/card-100", "party", "party/", "party/A", "party/.a",
    "sku/a/b", "sku/" + "z" * 65, "policy/é", "policies/a", "exception/a\n", "log/a", "logs", "LOG",
    "constructor",
)  # fmt: skip


def extras() -> Iterator[Case]:
    """What stands in `extra`, shaped otherwise."""
    parts = Log(size=5, at=2).parts() | {"openings": shown(1)}
    told = {name: parts[name] for name in sorted(parts.keys() - {"index", "path", "checkpoint"})}
    changes: dict[str, Json] = {
        "another version": {"v": 2},
        "a version as text": {"v": "1"},
        "a version that is true": {"v": True},
        "a name we do not know": {"more": 1},
        "a name of JavaScript's": {"__proto__": 1},
        "entries that are null": {"entries": None},
        "entries as text": {"entries": parts["entries"][0]},
        "an entry that is an object": {"entries": [json.loads(raw) for raw in parts["entries"]]},
        "an entry that is a list of text": {"entries": [[raw] for raw in parts["entries"]]},
        "an epoch that is an object": {"epoch": json.loads(parts["epoch"])},
        "an epoch that is null": {"epoch": None},
        "a head in capitals": {"head": parts["head"].upper()},
        "a head cut short": {"head": parts["head"][:-2]},
        "an empty head": {"head": ""},
        "a head with a line feed": {"head": parts["head"] + "\n"},
        "a head of seq 0": {"head": "0" * 16 + parts["head"][16:]},
        "a head of a seq beyond 63 bits": {"head": "8" + parts["head"][1:]},
        "a head at an index beyond 63 bits": {"head": parts["head"][:16] + "f" * 16 + parts["head"][32:]},
        "a map that is null": {"map": None},
        "a map that is a number": {"map": 1234},
        "a map in base64 without padding": {"map": b64(b"xx").rstrip("=")},
        "a map with spare bits": {"map": "eHh="},
        "a map with a space": {"map": parts["map"] + " "},
        "openings that are null": {"openings": None},
        "openings as an object": {"openings": parts["openings"][0]},
        "an opening that is a list": {"openings": [["recipient"]]},
        "an opening without words": {
            "openings": [{k: v for k, v in parts["openings"][0].items() if k != "words"}]
        },
        "an opening with more": {"openings": [parts["openings"][0] | {"more": 1}]},
        "an opening of seq 0": {"openings": [parts["openings"][0] | {"seq": 0}]},
        "an opening of a negative seq": {"openings": [parts["openings"][0] | {"seq": -1}]},
        "an opening of seq 2^53": {"openings": [parts["openings"][0] | {"seq": 2**53}]},
        "an opening of a seq as text": {"openings": [parts["openings"][0] | {"seq": "1"}]},
        "an opening in capitals": {
            "openings": [parts["openings"][0] | {"opening": parts["openings"][0]["opening"].upper()}]
        },
        "an opening of 31 bytes": {"openings": [parts["openings"][0] | {"opening": "ab" * 31}]},
        "an opening of null words": {"openings": [parts["openings"][0] | {"words": None}]},
        "an opening of a field that is a number": {"openings": [parts["openings"][0] | {"field": 1}]},
        "a place that is null": {"place": None},
        "a place of a hash of 31 bytes": {"place": [b64(b"p" * 31)]},
        "a place of a hash with spare bits": {
            "place": [parts["place"][0][:-2] + chr(ord(parts["place"][0][-2]) + 1) + "="]
        },
        "a place of numbers": {"place": [1]},
        "a stream that is null": {"stream": None},
        "a stream without a name": {"stream": ""},
        "a stream in capitals": {"stream": STREAM.upper()},
        **{f"a stream named {name!a}": {"stream": name} for name in NO_STREAMS},
    }
    texts = {name: jcs(told | change) for name, change in changes.items()}
    texts |= {f"no {name}": jcs({k: v for k, v in told.items() if k != name}) for name in told if name != "v"}
    for name, extra in texts.items():
        yield Case(name=f"extra: {name}", proof=text(parts, extra=extra), step=0)


def scalar(seed: bytes) -> int:
    low = int.from_bytes(sha512(seed).digest()[:32], "little")
    return low & ~(7 | 1 << 255) | 1 << 254


def twisted(message: bytes) -> bytes:
    """The log's signature with a point of order 2 added: it holds only if an equation is multiplied by 8."""
    nonce = Signer("nonce", b"n" * 32)
    point = int.from_bytes(nonce.key.public, "little")
    sign, y = point >> 255, point & (1 << 255) - 1
    twin = ((1 - sign) << 255 | PRIME - y).to_bytes(32, "little")
    challenge = int.from_bytes(sha512(twin + LOG.key.public + message).digest(), "little")
    answer = (scalar(nonce.seed) + challenge * scalar(LOG.seed)) % GROUP
    return twin + answer.to_bytes(32, "little")


def signatures() -> Iterator[Case]:
    plain = Log().parts()
    whole = plain["checkpoint"]
    body, _, own = whole.partition("\n\n")
    signed = base64.b64decode(own.split(" ")[2])
    size, root = body.split("\n")[1:3]

    def line(signer: Signer, payload: bytes) -> str:
        return f"\u2014 {signer.name} {b64(signer.key.id + payload)}\n"

    def noted(*lines: str) -> str:
        return f"{body}\n\n{''.join(lines)}"

    high = (int.from_bytes(signed[36:], "little") + GROUP).to_bytes(32, "little")
    strange = STRANGER.sign(f"{body}\n").line
    broken = {
        "no signature by the log": noted(strange),
        "a flipped bit in the signature's point": noted(line(LOG, flip(signed[4:], 5))),
        "a flipped bit in the signature's scalar": noted(line(LOG, flip(signed[4:], 40))),
        "a signature of 63 bytes": noted(line(LOG, signed[4:67])),
        "a signature of 65 bytes": noted(line(LOG, signed[4:] + b"\0")),
        "a scalar not reduced": noted(line(LOG, signed[4:36] + high)),
        "a point of order 2 in the signature": noted(line(LOG, twisted(f"{body}\n".encode()))),
        "a signature over the text without its line feed": noted(line(LOG, LOG.sign(f"{body}\n\n").payload)),
        "a second signature by the log that does not hold": noted(own, line(LOG, bytes(64))),
        "another root of the same size that nobody signed": whole.replace(root, b64(h("fork"))),
        "the key id of a stranger": whole.replace(
            own, own.replace(b64(signed), b64(STRANGER.key.id + signed[4:]))
        ),
        "the origin of another log": note(300, base64.b64decode(root), log=STRANGER, origin=STRANGER.name),
        "an origin that is not its signer": note(300, base64.b64decode(root), origin="log.example/other"),
        "an unknown log under the known name": note(
            300, base64.b64decode(root), log=Signer(ORIGIN, b"f" * 32)
        ),
    }
    for name, checkpoint in broken.items():
        yield Case(name=f"log: {name}", proof=text(plain | {"checkpoint": checkpoint}), step=1)
    bigger = plain | {"index": 300, "checkpoint": whole.replace(f"\n{size}\n", "\n301\n")}
    yield Case(name="log: another size than was signed", proof=text(bigger), step=1)
    sound = {
        "a stranger's signature besides": noted(own, strange),
        "a stranger's signature first": noted(strange, own),
        "a stranger's signature of one byte": noted(own, line(STRANGER, b"x")),
        "the log's signature twice": noted(own, own),
        "100 signatures": noted(own, *[line(STRANGER, bytes([n] * 64)) for n in range(99)]),
        "a name in Chinese": noted(own, f"\u2014 见证人 {b64(bytes(68))}\n"),
    }
    for name, checkpoint in sound.items():
        yield Case(name=f"log: {name}", proof=text(plain | {"checkpoint": checkpoint}))
    old = Signer(ORIGIN, b"o" * 32)
    yield Case(
        name="log: an older key of the same name besides", proof=text(plain), policy=policy(logs=(old, LOG))
    )
    yield Case(name="log: one of several logs", proof=text(plain), policy=policy(logs=(STRANGER, LOG)))
    both = policy(logs=(LOG, STRANGER))
    beside = noted(own, line(STRANGER, bytes(64)))
    yield Case(name="log: a line of zeros by a log not known", proof=text(plain | {"checkpoint": beside}))
    yield Case(
        name="log: a line of zeros by another known log",
        proof=text(plain | {"checkpoint": beside}),
        policy=both,
        step=1,
    )
    yield Case(
        name="log: a line of another known log that holds",
        proof=text(plain | {"checkpoint": noted(own, strange)}),
        policy=both,
    )
    renewed = noted(own, line(old, bytes(64)))
    yield Case(
        name="log: a line of zeros by an older key of its own",
        proof=text(plain | {"checkpoint": renewed}),
        policy=policy(logs=(LOG, old)),
        step=1,
    )
    yield Case(
        name="log: both its keys",
        proof=text(plain | {"checkpoint": noted(own, old.sign(f"{body}\n").line)}),
        policy=policy(logs=(LOG, old)),
    )
    yield Case(name="log: a policy of no log", proof=text(plain), policy=policy(logs=()), step=1)
    yield Case(
        name="log: a policy of other logs", proof=text(plain), policy=policy(logs=(STRANGER, old)), step=1
    )


def flip(raw: bytes, at: int, bit: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]


THREE = (W1, W2, W3)


def witnesses() -> Iterator[Case]:
    for had in range(4):
        cosigned = tuple((witness, SECONDS - 60) for witness in THREE[:had])
        proof = text(Log(cosigned=cosigned).parts())
        for word, need in [("any", 1), ("all", 3), ("1", 1), ("2", 2), ("3", 3)]:
            wanted = policy(*THREE, quorum="q", groups=(f"group q {word} w1 w2 w3",))
            step = None if had >= need else 1
            yield Case(name=f"{had} of 3 witnesses where {word} must", proof=proof, policy=wanted, step=step)
        yield Case(name=f"{had} of 3 witnesses where none must", proof=proof, policy=policy(*THREE))
        alone = policy(*THREE, quorum="w3")
        yield Case(
            name=f"{had} of 3 witnesses where the third must",
            proof=proof,
            policy=alone,
            step=None if had == 3 else 1,
        )
        nested = ("group a any w1 w2", "group b all a w3")
        both = policy(*THREE, quorum="b", groups=nested)
        yield Case(
            name=f"{had} of 3 witnesses in two groups", proof=proof, policy=both, step=None if had == 3 else 1
        )
    one = policy(W1, quorum="w1")
    parts = Log(cosigned=[(W1, SECONDS)]).parts()
    whole = parts["checkpoint"]
    body = whole.partition("\n\n")[0] + "\n"
    own, cosignature = whole.partition("\n\n")[2].splitlines(keepends=True)
    payload = base64.b64decode(cosignature.split(" ")[2])
    for name, made in {
        "a flipped bit in a signature": flip(payload, 20),
        "a flipped bit in the time": flip(payload, 11),
        "a signature without a time": payload[:4] + payload[12:],
        "a time alone": payload[:12],
        "half a time": payload[:8],
        "a byte too many": payload + b"\0",
    }.items():
        checkpoint = f"{body}\n{own}\u2014 {W1.name} {b64(made)}\n"
        for wanted, quorum in [(one, "one must"), (policy(W1), "none must")]:
            case = text(parts | {"checkpoint": checkpoint})
            yield Case(name=f"witness: {name} where {quorum}", proof=case, policy=wanted, step=1)
        yield Case(name=f"witness: {name} of one not known", proof=text(parts | {"checkpoint": checkpoint}))
    late = own + W1.sign(body, SECONDS).line + W1.sign(body, SECONDS - 9).line
    yield Case(
        name="witness: two times by one", proof=text(parts | {"checkpoint": f"{body}\n{late}"}), policy=one
    )
    mixed = own + W1.sign(body, SECONDS).line + f"\u2014 {W1.name} {b64(W1.key.id + bytes(72))}\n"
    yield Case(
        name="witness: a good line and a bad one",
        proof=text(parts | {"checkpoint": f"{body}\n{mixed}"}),
        policy=one,
        step=1,
    )
    alien = text(parts | {"checkpoint": f"{body}\n{cosignature}"})
    yield Case(name="witness: a cosignature without the log's signature", proof=alien, policy=one, step=1)
    stolen = Signer(W1.name, W2.seed, COSIGNATURE).sign(body, SECONDS).line
    yield Case(
        name="witness: another key under the name",
        proof=text(parts | {"checkpoint": f"{body}\n{own}{stolen}"}),
        policy=one,
        step=1,
    )
    plainly = Signer(W1.name, W1.seed).sign(body).line
    yield Case(
        name="witness: a plain signature is no cosignature",
        proof=text(parts | {"checkpoint": f"{body}\n{own}{plainly}"}),
        policy=one,
        step=1,
    )
    stamp = (2**63).to_bytes(8, "big")
    beyond = Ed25519PrivateKey.from_private_bytes(W1.seed).sign(
        f"cosignature/v1\ntime {2**63}\n{body}".encode()
    )
    ages = f"{body}\n{own}\u2014 {W1.name} {b64(W1.key.id + stamp + beyond)}\n"
    yield Case(
        name="witness: a time beyond 63 bits", proof=text(parts | {"checkpoint": ages}), policy=one, step=1
    )
    other = Log(size=301, cosigned=[(W1, SECONDS)]).parts()["checkpoint"].splitlines(keepends=True)[-1]
    yield Case(
        name="witness: a cosignature of another checkpoint",
        proof=text(parts | {"checkpoint": f"{body}\n{own}{other}"}),
        policy=one,
        step=1,
    )


def policies() -> Iterator[Case]:
    proof = text(Log().parts())
    log, w1 = f"log {LOG.key}\n", f"witness w1 {W1.key}\n"
    for name, words, step in [
        (
            "comments, tabs and empty lines",
            f"# ours\n\n\t log \t{LOG.key}\t\n  # more\nquorum\tnone \n",
            None,
        ),
        (
            "addresses",
            f"log {LOG.key} https://log.example/\nwitness w1 {W1.key} https://w.example/\nquorum none\n",
            None,
        ),
        ("the quorum first", f"quorum none\n{log}", None),
        ("no quorum", log, 0),
        ("nothing", "\n", 0),
        ("a quorum nobody defines", f"{log}quorum w1\n", 0),
        ("a quorum defined below", f"{log}quorum w1\n{w1}", 0),
        ("a word we do not know", f"{log}{w1}trust w1\nquorum none\n", 0),
        ("a group of nobody", f"{log}{w1}group g any\nquorum none\n", 0),
        ("a group that needs none", f"{log}{w1}group g 0 w1\nquorum none\n", 0),
        ("a group that needs more than it has", f"{log}{w1}group g 2 w1\nquorum none\n", 0),
        ("a group that needs a word", f"{log}{w1}group g most w1\nquorum none\n", 0),
        ("a group of somebody not defined", f"{log}{w1}group g any w2\nquorum none\n", 0),
        ("a group of none", f"{log}{w1}group g any none\nquorum none\n", 0),
        ("a name defined twice", f"{log}{w1}witness w1 {W2.key}\nquorum w1\n", 0),
        ("a witness's key for a log", f"log {W1.key}\nquorum none\n", 0),
        ("a log's key for a witness", f"{log}witness w1 {LOG.key}\nquorum none\n", 0),
        (
            "a key of another id",
            f"log {str(LOG.key).replace(LOG.key.id.hex(), '00000000')}\nquorum none\n",
            0,
        ),
        ("a key cut short", f"log {str(LOG.key)[:-4]}\nquorum none\n", 0),
        ("no final line feed", f"{log}quorum none", 0),
    ]:
        yield Case(name=f"policy: {name}", proof=proof, policy=words, step=step)
    yield from policy_words(proof)
    yield from policy_limits(proof)
    yield from addresses(proof)


def policy_words(proof: str) -> Iterator[Case]:
    """What stands on a line, or stands twice."""
    log, w1, w2 = f"log {LOG.key}\n", f"witness w1 {W1.key}\n", f"witness w2 {W2.key}\n"
    two, none = f"{log}{w1}{w2}", "quorum none\n"
    address, odd = "https://a.example/", "见+证\u00a0\x85人"
    same, other = Signer("w", LOG.seed, COSIGNATURE).key, Signer("other", W1.seed, COSIGNATURE).key
    for name, words in {
        "a comment in Chinese": f"{log}# 见证人\u2028\u00a0\x85\n{none}",
        "a comment without a space": f"{log}#quorum w1\n{none}",
        "one key as a log and, of the other kind, as a witness": f"{log}witness w {same}\n{none}",
        "a witness named log": f"{log}witness log {W1.key}\n{none}",
        "a witness named all": f"{two}witness all {W3.key}\ngroup g any all\n{none}",
        "a witness of an odd name": f"{log}witness {odd} {W1.key}\ngroup # any {odd}\n{none}",
        "a key with a name in Chinese": f"{log}log {Signer('日志', b'z' * 32).key}\n{none}",
        "a group of one": f"{two}group g 1 w1\n{none}",
        "a group in a group": f"{two}group g any w1\ngroup k all g w2\n{none}",
        "a witness that is in no group": f"{two}group g any w1\n{none}",
    }.items():
        yield Case(name=f"policy: {name}", proof=proof, policy=words)
    for name, words in {
        "a quorum of two words": f"{two}quorum w1 w2\n",
        "a quorum of none and more": f"{log}quorum none none\n",
        "a quorum without a word": f"{log}quorum\n",
        "two quorums": f"{log}{none}{none}",
        "two quorums, one of a witness": f"{two}{none}quorum w1\n",
        "a quorum in capitals": f"{log}QUORUM none\n",
        "a quorum of JavaScript's": f"{log}quorum constructor\n",
        "one key under two names": f"{log}{w1}witness w2 {W1.key}\n{none}",
        "one key under two names of its own": f"{log}{w1}witness w2 {other}\n{none}",
        "a log twice": f"{log}{log}{none}",
        "a log twice, once with an address": f"{log}log {LOG.key} {address}\n{none}",
        "a log's key under another name": f"{log}log {Signer('else', LOG.seed).key}\n{none}",
        "a witness twice": f"{log}{w1}{w1}{none}",
        "a group by the name of a witness": f"{two}group w1 any w2\n{none}",
        "a witness by the name of a group": f"{log}{w1}group w2 any w1\n{w2}{none}",
        "two groups of one name": f"{two}group g any w1\ngroup g any w2\n{none}",
        "a witness named none": f"{log}witness none {W1.key}\n{none}",
        "a group named none": f"{log}{w1}group none any w1\n{none}",
        "a member twice": f"{two}group g 2 w1 w1\n{none}",
        "a member of two groups": f"{two}group g any w1\ngroup k any w1 w2\n{none}",
        "a group of itself": f"{log}{w1}group g any g\n{none}",
        "a group of a witness below": f"{log}{w1}group g any w1 w2\n{w2}{none}",
        "a group of a name of JavaScript's": f"{log}{w1}group g any constructor\n{none}",
        "a group without a need": f"{log}{w1}group g\n{none}",
        "a group without a name": f"{log}{w1}group\n{none}",
        "a group of all of nobody": f"{log}group g all\n{none}",
        "a log without a key": f"log\n{log}{none}",
        "a log with a word after its address": f"log {LOG.key} {address} more\n{none}",
        "a witness without a key": f"{log}witness w1\n{none}",
        "a witness without a name": f"{log}witness {W1.key}\n{none}",
        "a witness with a word after its address": f"{log}witness w1 {W1.key} {address} more\n{none}",
        "a key with a plus in its name": f"log a+{LOG.key}\n{none}",
        "a key without a name": f"log {str(LOG.key).removeprefix(ORIGIN)}\n{none}",
        "a key with a no-break space in its name": "log " + vkey("a\u00a0b") + f"\n{none}",
        "a key with a control character of Latin 1 in its name": "log " + vkey("a\x85b") + f"\n{none}",
        "a key whose id is in capitals": f"log {capitals(LOG)}\n{none}",
        "a key with spare bits": f"log {str(LOG.key)[:-2]}{chr(ord(str(LOG.key)[-2]) + 1)}=\n{none}",
        "a key of no known kind": f"log {vkey(ORIGIN, 2)}\n{none}",
        "a key of 33 bytes": f"log {vkey(ORIGIN, 1, b'x')}\n{none}",
        "a carriage return": f"{log}quorum none\r\n",
        "a carriage return in a comment": f"# ours\r\n{log}{none}",
        "a NUL in a comment": f"# \0\n{log}{none}",
        "an escape in a comment": f"# \x1b[2J\n{log}{none}",
        "a form feed between words": f"log\f{LOG.key}\n{none}",
        "a vertical tab in an empty line": f"\v\n{log}{none}",
        "a delete in a comment": f"# \x7f\n{log}{none}",
        "a no-break space between words": f"log\u00a0{LOG.key}\n{none}",
        "a no-break space before a line": f"\u00a0{log}{none}",
        "a BOM": f"\ufeff{log}{none}",
        "no octets": "",
    }.items():
        yield Case(name=f"policy: {name}", proof=proof, policy=words, step=0)
    for need in (
        "1.5",
        "0x1",
        "+1",
        "01",
        "1e0",
        "-1",
        "1_0",
        "١",
        "1000",
        "1.",
        "ALL",
        "any2",
        "NaN",
        "constructor",
    ):
        words = f"{two}group g {need} w1 w2\n{none}"
        yield Case(name=f"policy: a group that needs {need!a}", proof=proof, policy=words, step=0)


def vkey(name: str, kind: int = 1, more: bytes = b"") -> str:
    """A key with its right id that no note could name, or of no kind there is."""
    raw = bytes([kind]) + LOG.key.public + more
    return f"{name}+{sha256(name.encode() + bytes([10]) + raw).hexdigest()[:8]}+{b64(raw)}"


def capitals(signer: Signer) -> str:
    code = signer.key.id.hex()
    assert code != code.upper()
    return str(signer.key).replace(f"+{code}+", f"+{code.upper()}+")


def policy_limits(proof: str) -> Iterator[Case]:
    logs, parties = [], []
    for n in range(65):
        logs.append(f"log {Signer(f'l{n}', h(('log', n))).key}\n")
        parties.append(f"witness w{n} {Signer(f'w{n}', h(('witness', n)), COSIGNATURE).key}\n")
    groups = [f"group g{n} any w{n}\n" for n in range(64)]
    last = f"log {LOG.key}\nquorum none\n"
    for name, words, step in [
        ("64 logs", "".join(logs[:63]), None),
        ("65 logs", "".join(logs[:64]), 0),
        ("64 witnesses", "".join(parties[:64]), None),
        ("65 witnesses", "".join(parties), 0),
        ("64 groups", "".join([*parties[:64], *groups]), None),
        ("65 groups", "".join([*parties[:64], *groups, "group g any g0 g1\n"]), 0),
        (
            "a group of 64",
            "".join([*parties[:64], f"group g 64{''.join(f' w{n}' for n in range(64))}\n"]),
            None,
        ),
    ]:
        yield Case(name=f"policy: {name}", proof=proof, policy=words + last, step=step)


def addresses(proof: str) -> Iterator[Case]:
    sound = [
        "http://h", "HTTPS://H.example/", "https://h:8443/a?b=c#d", "https://h:/", "https://h?q", "https://h#f",
        "https://h:65535", "https://h:0080/", "https://u:p@h/", "http://[::1]:80/", "https://日志.example/路",
        "https://h//a//", "https://h/a:0/",
    ]  # fmt: skip
    odd = [
        "h", "ftp://h/", "//h/", "https:h", "https:/h/", "https://", "https:///a", "https://:80/", "https://u@/",
        "https://h:0/", "https://h:65536/", "https://h:99999999999999999999/", "https://h:port/", "https://h:-1/",
        "https://a:b:80/", "https://[::1/", "https://::1]/", "https://?q", "https://#f", "https://h/\u00a0",
        "https://h/\x85", "https://h/\u200b", "https://h/\u2028", "javascript:alert(1)", "https//h/", "https://u:p@:80/",
    ]  # fmt: skip
    for url in [*sound, *odd]:
        words = f"log {LOG.key} {url}\nwitness w1 {W1.key} {url}\nquorum none\n"
        step = None if url in sound else 0
        yield Case(name=f"policy: the address {url!a}", proof=proof, policy=words, step=step)


def epochs() -> Iterator[Case]:
    log = Log()
    parts = log.parts()
    for name, change in {
        "covers less than stands before it": {"covers": 298},
        "covers more than stands before it": {"covers": 300},
        "covers nothing": {"covers": 0},
        "covers text": {"covers": "299"},
        "covers a negative number": {"covers": -299},
        "covers nothing we know": {"covers": None},
    }.items():
        yield Case(name=f"epoch: {name}", proof=text(Log(epoch=change).parts()), step=2)
    for at, each in enumerate(parts["path"]):
        changed = [*parts["path"][:at], flipped(each, at), *parts["path"][at + 1 :]]
        yield Case(
            name=f"epoch: a flipped bit in hash {at} of its path",
            proof=text(parts | {"path": changed}),
            step=2,
        )
    for name, path in {
        "a path without its first hash": parts["path"][1:],
        "a path without its last hash": parts["path"][:-1],
        "a path of one hash more": [*parts["path"], b64(h("more"))],
        "a path with a hash twice": [parts["path"][0], *parts["path"]],
        "a path backwards": parts["path"][::-1],
        "no path": [],
        "the last entry's path": parts["place"],
        "a path of 70 hashes": 10 * parts["path"][:7],
    }.items():
        yield Case(name=f"epoch: {name}", proof=text(parts | {"path": path}), step=2)
    older = Log(size=200).parts()
    yield Case(
        name="epoch: an older one in a newer tree",
        proof=text(parts | {k: older[k] for k in ("epoch", "map")}),
        step=2,
    )
    replayed = Log(epoch_text=older["epoch"]).parts()
    yield Case(name="epoch: an older one replayed as the newest", proof=text(replayed), step=2)
    fork = Log(others=8).parts()
    yield Case(
        name="epoch: another root of the same size",
        proof=text(parts | {"checkpoint": fork["checkpoint"]}),
        step=2,
    )
    yield Case(name="epoch: that of a fork", proof=text(parts | {"epoch": fork["epoch"]}), step=2)
    yield Case(
        name="epoch: an order's entry in its place",
        proof=text(parts | {"epoch": parts["entries"][0]}),
        step=2,
    )
    placed = Log(epoch_text=raws(1)[0].decode()).parts()
    yield Case(name="epoch: an order's entry that ends the tree", proof=text(placed), step=2)
    elsewhere = parts["epoch"].replace('"stream":"log"', f'"stream":"{OTHER}"')
    yield Case(name="epoch: one in an order's stream", proof=text(Log(epoch_text=elsewhere).parts()), step=2)
    for name, changed in unlike(parts["epoch"]).items():
        yield Case(name=f"epoch: sealed with {name}", proof=text(Log(epoch_text=changed).parts()), step=2)
    yield from epoch_fields(json.loads(parts["epoch"]))
    for size in (2**53 + 1, 2**53 + 2, 2**62, 2**63 - 1):
        huge = Log(size=size, at=5, epoch={"covers": 2**53 - 1}).parts()
        yield Case(name=f"epoch: of a log of {size} entries", proof=text(huge), step=2)
    whole = Log(size=2**53 + 1, at=5).parts()
    yield Case(name="epoch: covers 2^53, which JSON does not carry", proof=text(whole), step=2)


def epoch_fields(sealed: Json) -> Iterator[Case]:
    """Every field of an epoch, as it may be, as it may not, and left out."""
    for each in kinds_of.type_info(e.Epoch).fields:
        for at, value in enumerate([] if each.name in ("covers", "map") else fits(each)):
            changed = Log(epoch={each.name: value}).parts()
            yield Case(name=f"epoch: {each.name} is as it may be, {at}", proof=text(changed))
        for name, value in unfit(each.type).items():
            if (each.name, name) != ("previous", "null"):
                changed = Log(epoch={each.name: value}).parts()
                yield Case(name=f"epoch: {each.name} is {name}", proof=text(changed), step=2)
        if each.required:
            data = {name: value for name, value in sealed["data"].items() if name != each.name}
            changed = Log(epoch_text=jcs(sealed | {"data": data})).parts()
            yield Case(name=f"epoch: no {each.name}", proof=text(changed), step=2)
    for name in ("none_such", "constructor"):
        yield Case(name=f"epoch: a field {name}", proof=text(Log(epoch={name: 1}).parts()), step=2)


def unlike(raw: str) -> dict[str, str]:
    """What is no entry although a reader of JSON might take it for one; sealed as it stands."""
    return {
        "a space after a colon": raw.replace('"v":1', '"v": 1'),
        "a line feed at its end": raw + "\n",
        "a space before it": " " + raw,
        "its names in another order": '{"v":1,' + raw.removesuffix(',"v":1}').removeprefix("{") + "}",
        "a name twice": raw.replace('"seq":1', '"seq":1,"seq":1'),
        "a float": raw.replace('"seq":1', '"seq":1.0'),
        "an exponent": raw.replace('"seq":1', '"seq":1e0'),
        "a fraction": raw.replace('"seq":1', '"seq":1.5'),
        "a leading zero": raw.replace('"seq":1', '"seq":01'),
        "a plus": raw.replace('"seq":1', '"seq":+1'),
        "a seq of 0": raw.replace('"seq":1', '"seq":0'),
        "a seq of minus zero": raw.replace('"seq":1', '"seq":-0'),
        "a seq as text": raw.replace('"seq":1', '"seq":"1"'),
        "a seq that is true": raw.replace('"seq":1', '"seq":true'),
        "a time of 2^53": put(raw, "at", str(2**53)),
        "a time of 2^53 + 1": put(raw, "at", str(2**53 + 1)),
        "a time of 2^64": put(raw, "at", str(2**64)),
        "a time of 10^21": put(raw, "at", "1e+21"),
        "a time of 400 digits": put(raw, "at", "9" * 400),
        "a time beyond all floats": put(raw, "at", "1e400"),
        "a time that is half a millisecond": put(raw, "at", "0.5"),
        "a time that is no number": put(raw, "at", "NaN"),
        "a time that is null": put(raw, "at", "null"),
        "a letter escaped": raw.replace('"kind":"', r'"kind":"\u006c').replace(r"\u006clog", r"\u006cog"),
        "a lone surrogate": put(raw, "by", r'"\ud800"'),
        "capitals in a name of a party": put(raw, "by", '"KAMAO"'),
        "a party of no name": put(raw, "by", '""'),
        "a comma at its end": raw.replace('"v":1}', '"v":1,}'),
        "a comment": raw + "/**/",
        "a BOM": "\ufeff" + raw,
        "a NUL at its end": raw + "\0",
        "another version": raw.replace('"v":1', '"v":2'),
        "a name we do not know": raw.replace('"v":1', '"v":1,"w":1'),
        "a name of JavaScript's": '{"__proto__":{},' + raw[1:],
        "a basis we do not know": raw.replace('"by":', '"basis":"guess","by":'),
        "a basis that is null": raw.replace('"by":', '"basis":null,"by":'),
        "no party": raw.replace('"by":"log",', "").replace('"by":"kamao",', ""),
        "no prev": raw.replace('"prev":null,', ""),
        "a prev that is empty": raw.replace('"prev":null', '"prev":""'),
        "data that is a list": put(raw, "data", "[]"),
        "data that is null": put(raw, "data", "null"),
        "nothing": "",
        "a list": f"[{raw}]",
        "text": json.dumps(raw),
        "deep nesting": put(raw, "data", '{"a":' + "[" * 9_000 + "]" * 9_000 + "}"),
        "a signature nested deep": put(raw, "sig", '{"key":' + "[" * 9_000 + "]" * 9_000 + "}"),
        "a kind we do not know": put(raw, "kind", '"order.teleported"'),
        "a kind of JavaScript's": put(raw, "kind", '"constructor"'),
        "a kind in capitals": put(raw, "kind", json.dumps(json.loads(raw)["kind"].upper())),
        "a kind of no name": put(raw, "kind", '""'),
        "a kind that is null": put(raw, "kind", "null"),
        "a kind that is a list": put(raw, "kind", json.dumps([json.loads(raw)["kind"]])),
        "data of another kind": put(raw, "data", '{"nudge":"n"}'),
        "data of nothing": put(raw, "data", "{}"),
        "data with a name of JavaScript's": raw.replace('"data":{', '"data":{"__proto__":{},'),
        "a learned time that is null": put(raw, "learned", "null"),
        "a learned time as text": put(raw, "learned", '"1"'),
        "a prev in capitals": put(raw, "prev", json.dumps("AB" * 32)),
        "a prev that is false": put(raw, "prev", "false"),
        **{f"a stream named {name!a}": put(raw, "stream", jcs(name)) for name in NO_STREAMS},
        **{f"a signature of {name}": put(raw, "sig", jcs(sig)) for name, sig in SIGNATURES.items()},
        "70,000 spaces": raw + " " * 70_000,
    }


CODE = b64(bytes(64))
SIGNATURES: dict[str, object] = {
    "nothing": {},
    "null": None,
    "text": CODE,
    "a list": [CODE, "k"],
    "no key": {"ed25519": CODE},
    "a key alone": {"key": "k"},
    "a key in capitals": {"ed25519": CODE, "key": "K"},
    "a key that is null": {"ed25519": CODE, "key": None},
    "a key of 65 letters": {"ed25519": CODE, "key": "k" * 65},
    "63 bytes": {"ed25519": b64(bytes(63)), "key": "k"},
    "65 bytes": {"ed25519": b64(bytes(65)), "key": "k"},
    "spare bits": {"ed25519": CODE[:-3] + "B==", "key": "k"},
    "another alphabet": {"ed25519": "_" + CODE[1:], "key": "k"},
    "a name we do not know": {"ed25519": CODE, "key": "k", "more": 1},
}


def put(raw: str, name: str, literal: str) -> str:
    """The same entry with another literal as the value of a name at its top."""
    told = json.loads(raw)
    told[name] = "\0here"
    return jcs(told).replace(json.dumps("\0here"), literal)


def maps() -> Iterator[Case]:
    parts = Log(others=40).parts()
    raw = base64.b64decode(parts["map"])
    steps = [raw[at : at + 33] for at in range(0, len(raw), 33)]
    for at, step in enumerate(steps):
        changed = b"".join([*steps[:at], flip(step, 1 + at), *steps[at + 1 :]])
        yield Case(name=f"map: a flipped bit in hash {at}", proof=text(parts | {"map": b64(changed)}), step=3)
        changed = b"".join([*steps[:at], flip(step, 0), *steps[at + 1 :]])
        yield Case(name=f"map: a flipped bit number {at}", proof=text(parts | {"map": b64(changed)}), step=3)
        changed = b"".join([*steps[:at], *steps[at + 1 :]])
        yield Case(name=f"map: without step {at}", proof=text(parts | {"map": b64(changed)}), step=3)
        long = b"".join([*steps[:at], bytes([step[0] | 128, 0]) + step[1:], *steps[at + 1 :]])
        yield Case(
            name=f"map: step {at} with an overlong number", proof=text(parts | {"map": b64(long)}), step=3
        )
    for name, changed in {
        "no proof": b"",
        "a byte at its end": raw + b"\0",
        "a number at its end": raw + b"\x80",
        "a byte less": raw[:-1],
        "a step twice": steps[0] + raw,
        "the steps backwards": b"".join(steps[::-1]),
        "a step of bit 256": b"\x80\x02" + h("a") + raw,
        "a step of bit 16384": b"\x80\x80\x01" + h("a") + raw,
        "a step of bit 255 besides": b"\xff\x01" + h("a") + raw,
    }.items():
        yield Case(name=f"map: {name}", proof=text(parts | {"map": b64(changed)}), step=3)
    head = bytes.fromhex(parts["head"])
    for name, at in [("seq", 7), ("index", 15), ("leaf hash", 20), ("index's upper half", 11)]:
        yield Case(
            name=f"map: a flipped bit in the head's {name}",
            proof=text(parts | {"head": flip(head, at, 1).hex()}),
            step=3,
        )
    other = Log(others=40, stream=OTHER, entries=raws(3, OTHER)).parts()
    yield Case(name="map: another stream's proof", proof=text(parts | {"map": other["map"]}), step=3)
    yield Case(name="map: another stream's name", proof=text(parts | {"stream": OTHER}), step=3)
    yield Case(
        name="map: another root in the epoch", proof=text(Log(epoch={"map": h("root").hex()}).parts()), step=3
    )
    none = parts | {"head": None, "entries": [], "place": []}
    yield Case(name="map: a proof of presence as one of absence", proof=text(none), step=3)
    yield Case(name="map: a stream denied without a proof", proof=text(none | {"map": ""}), step=3)
    own = bytes([32]) + key_of(STREAM) + bytes([48]) + head + raw
    yield Case(name="map: a stream denied by itself", proof=text(none | {"map": b64(own)}), step=3)
    absent = Log(others=40, absent=True).parts()
    lacks = base64.b64decode(absent["map"])
    for at in (0, 1, 20, 33, 40, 81, len(lacks) - 1):
        changed = b64(flip(lacks, at))
        yield Case(
            name=f"map: a flipped bit in byte {at} of an absence",
            proof=text(absent | {"map": changed}),
            step=3,
        )
    for cut in (1, 33, 81, 82, len(lacks) - 1, len(lacks) - 33):
        yield Case(
            name=f"map: {cut} bytes of an absence", proof=text(absent | {"map": b64(lacks[:cut])}), step=3
        )
    yield Case(name="map: a byte after an absence", proof=text(absent | {"map": b64(lacks + b"\0")}), step=3)
    aside = [key for key in (h(("stream", n)) for n in range(40)) if key[0] >> 7 != key_of(STREAM)[0] >> 7]
    pairs = sorted((h(("stream", n)), Head(n + 1, n, h(n)).value) for n in range(40))
    record = next((key, value) for key, value in pairs if key == aside[0])
    wrong = bytes([32]) + record[0] + bytes([48]) + record[1] + prove(pairs, record[0])
    yield Case(
        name="map: a stream denied by a key from elsewhere", proof=text(absent | {"map": b64(wrong)}), step=3
    )
    empty = Log(others=0, absent=True).parts()
    yield Case(name="map: a proof for the empty map", proof=text(empty | {"map": absent["map"]}), step=3)


def fitting(told: kinds_of.Type) -> list[object]:
    """Values of a field's type, its bounds among them."""
    match told:
        case kinds_of.UnionType(types=types):
            return next(fitting(each) for each in types if not isinstance(each, kinds_of.NoneType))
        case kinds_of.BoolType():
            return [True, False]
        case kinds_of.LiteralType(values=values):
            return list(values)
        case kinds_of.VarTupleType(item_type=item):
            return [[], fitting(item)[:1], fitting(item) * 2]
        case kinds_of.TupleType(item_types=items):
            return [list(each) for each in zip(*map(fitting, items), strict=False)]
        case kinds_of.StructType(fields=fields):
            return tellings(fields)
        case kinds_of.IntType(ge=least, le=most):
            return [least, most]
        case kinds_of.StrType(pattern=None, max_length=most):
            return ["x", "玩" * most, "\U0001f600" * (most // 2), '"\\\x1f\b\u2028' * (most // 10)]
        case kinds_of.StrType(pattern=pattern):
            return FITTING[pattern]
    raise TypeError(told)


def unfit(told: kinds_of.Type) -> dict[str, object]:
    """Values that are not of a field's type, by what is wrong: first what another type would let pass."""
    match told:
        case kinds_of.UnionType(types=types):
            return next(unfit(each) for each in types if not isinstance(each, kinds_of.NoneType))
        case kinds_of.BoolType():
            wrong = {"0": 0, "the word true": "true"}
        case kinds_of.LiteralType(values=[word, *_]):
            wrong = {
                "another word": "other_word",
                "capitals": word.upper(),
                "two words": f"{word}|",
                "no word": "",
            }
        case kinds_of.VarTupleType(item_type=item):
            one, odd = fitting(item)[0], next(value for name, value in unfit(item).items() if name != "null")
            wrong = {"a list with one that is not": [one, odd], "the value alone": one, "a list of 1": [1]}
            if told.max_length is not None:
                wrong["a list too long"] = [one] * (told.max_length + 1)
        case kinds_of.TupleType(item_types=items):
            one = fitting(told)[0]
            wrong = {"one too few": one[:-1], "one too many": [*one, 1]} | {
                f"its item {place} {name}": [*one[:place], value, *one[place + 1 :]]
                for place, item in enumerate(items)
                for name, value in list(unfit(item).items())[:2]
            }
        case kinds_of.StructType(fields=fields):
            least = tellings(fields)[0]
            wrong = {"more": least | {"none_such": 1}} | {
                f"its {each.name} {name}": least | {each.name: value}
                for each in fields
                for name, value in list(unfit(each.type).items())[:2]
            }
            wrong |= {f"no {name}": {each: least[each] for each in least if each != name} for name in least}
        case kinds_of.IntType(ge=least, le=most):
            wrong = {"less": least - 1, "more": most + 1, "text": "1", "true": True, "a list": [1]}
        case kinds_of.StrType(pattern=None, max_length=most):
            wrong = {f"{most + 1} letters": "x" * (most + 1), "nothing": "", "a number": 1, "a list": ["x"]}
        case kinds_of.StrType(pattern=pattern):
            wrong = UNFIT[pattern] | {"nothing": "", "a number": 1, "a line feed": f"{FITTING[pattern][0]}\n"}
        case _:
            raise TypeError(told)
    objects = {} if isinstance(told, kinds_of.StructType) else {"an object": {}}
    return {"null": None} | wrong | objects


def tellings(fields: tuple[kinds_of.Field, ...]) -> list[Json]:
    """Objects of these fields: only those it needs, then all, until each of their values was there."""
    may = {each.name: fits(each) for each in fields}
    least = {each.name: may[each.name][0] for each in fields if each.required}
    rounds = range(max(map(len, may.values()), default=0))
    return [least, *({name: values[at % len(values)] for name, values in may.items()} for at in rounds)]


def fits(told: kinds_of.Field) -> list[object]:
    """What a field may be; a default is left out, never written."""
    default = [] if told.default == () else told.default
    return [value for value in fitting(told.type) if value != default]


def pattern_of(alias: object) -> str:
    return alias.__metadata__[0].pattern


FITTING: dict[str, list[object]] = {
    pattern_of(e.Id): ["a", "0._-", "z" * 64],
    pattern_of(e.Hash): [h("a hash").hex(), "0" * 64],
    pattern_of(e.Currency): ["CNY"],
    pattern_of(party.PublicKey): [b64(h("a key")), "/" * 42 + "8="],
}
UNFIT: dict[str, Json] = {
    pattern_of(e.Id): {"65 letters": "z" * 65, "a capital": "A", "a dot first": ".a"},
    pattern_of(e.Hash): {
        "63 digits": "0" * 63,
        "65 digits": "0" * 65,
        "capitals": h("a hash").hex().upper(),
    },
    pattern_of(e.Currency): {
        "small letters": "cny",
        "two letters": "CN",
        "four letters": "CNYX",
        "digits": "123",
    },
    pattern_of(party.PublicKey): {
        "spare bits": "A" * 42 + "B=",
        "31 bytes": b64(bytes(31)),
        "33 bytes": b64(bytes(33)),
        "another alphabet": "_" * 42 + "A=",
        "no padding": "A" * 43,
    },
}


def kinds() -> Iterator[Case]:
    """All that every kind may say, and what it may not: each type in full where it stands first."""
    seen: list[kinds_of.Type] = []
    for kind, fact in e.KINDS.items():
        if fact is e.Epoch:
            continue
        fields = kinds_of.type_info(fact).fields
        told = tellings(fields)
        least = told[0]
        yield kind_case(f"{kind}: all it may say", kind, *told)
        yield kind_case(f"{kind}: a field it does not have", kind, least | {"constructor": 1}, step=4)
        for each in fields:
            wrong = list(unfit(each.type).items())[: 3 if each.type in seen else None]
            if each.default is False or each.default == ():
                wrong.append(("what it is where it is left out", each.default))
            for name, value in wrong:
                yield kind_case(f"{kind}: {each.name} is {name}", kind, least | {each.name: value}, step=4)
            if each.required:
                less = {name: value for name, value in least.items() if name != each.name}
                yield kind_case(f"{kind}: no {each.name}", kind, less, step=4)
            seen.append(each.type)


def kind_case(name: str, kind: str, *told: Json, step: int | None = None) -> Case:
    """A timeline of entries of one kind, which say one after the other what is told."""
    sealed: list[bytes] = []
    for seq, data in enumerate(told, 1):
        envelope = {"at": NOW, "by": "kamao", "data": data, "kind": kind, "recorded": NOW, "seq": seq}
        prev = leaf_hash(sealed[-1]).hex() if sealed else None
        sealed.append(jcs(envelope | {"prev": prev, "stream": STREAM, "v": 1}).encode())
    return Case(name=f"kind {name}", proof=text(Log(entries=sealed, size=2, others=0).parts()), step=step)


def entries() -> Iterator[Case]:
    four = raws(4)
    parts = Log(entries=four).parts() | {"openings": shown(4)}
    lines = parts["entries"]
    foreign = [raw.decode() for raw in raws(4, OTHER)]
    for name, changed in {
        "the last one left out": lines[:-1],
        "the first one left out": lines[1:],
        "one in the middle left out": [*lines[:1], *lines[2:]],
        "none": [],
        "the last one twice": [*lines, lines[-1]],
        "the first one twice": [lines[0], *lines],
        "two in another order": [lines[0], lines[2], lines[1], lines[3]],
        "all backwards": lines[::-1],
        "one of another order": [*lines[:2], foreign[2], lines[3]],
        "all of another order": foreign,
        "the epoch's besides": [*lines, parts["epoch"]],
        "one more that follows": [raw.decode() for raw in raws(5)],
        "one that is empty": [*lines[:3], ""],
    }.items():
        yield Case(name=f"entries: {name}", proof=text(parts | {"entries": changed, "openings": []}), step=4)
    for at, line in enumerate(lines):
        for name, old, new in [
            ("time", '"at":17', '"at":16'),
            ("recorded time", '"recorded":17', '"recorded":16'),
            ("party", '"by":"kamao"', '"by":"kamap"'),
            ("seq", f'"seq":{at + 1}', f'"seq":{at + 2}'),
            ("stream", '"stream":"order/', '"stream":"order/0'[:-1] + ("f" if STREAM[6] != "f" else "e")),
        ]:
            changed = line.replace(old, new) if name != "stream" else line.replace(STREAM, OTHER)
            told = [*lines[:at], changed, *lines[at + 1 :]]
            yield Case(
                name=f"entries: another {name} in entry {at + 1}",
                proof=text(parts | {"entries": told}),
                step=4,
            )
    prev = leaf_hash(four[1]).hex()
    spliced = [*lines[:2], lines[2].replace(prev, h("prev").hex()), lines[3]]
    yield Case(name="entries: one that follows another", proof=text(parts | {"entries": spliced}), step=4)
    unchained = jcs(json.loads(lines[1]) | {"prev": None}).encode()
    yield Case(
        name="entries: sealed without the one before",
        proof=text(Log(entries=[four[0], unchained]).parts()),
        step=4,
    )
    late = jcs(json.loads(lines[0]) | {"seq": 2}).encode()
    yield Case(
        name="entries: sealed as the second and first",
        proof=text(Log(entries=[late], head=Head(1, 150, leaf_hash(late))).parts()),
        step=4,
    )
    first = jcs(json.loads(lines[0]) | {"prev": h("prev").hex()}).encode()
    yield Case(name="entries: sealed after an unknown one", proof=text(Log(entries=[first]).parts()), step=4)
    for name, seq in [
        ("one more", 5),
        ("one less", 3),
        ("2^32 more", 2**32 + 4),
        ("2^53 and more", 2**53 + 1),
        ("2^63 - 1", 2**63 - 1),
    ]:
        head = Head(seq, 150, leaf_hash(four[-1]))
        yield Case(
            name=f"entries: {name} in the map", proof=text(Log(entries=four, head=head).parts()), step=4
        )
    head = Head(4, 150, leaf_hash(four[-2]))
    yield Case(
        name="entries: another leaf hash in the map", proof=text(Log(entries=four, head=head).parts()), step=4
    )
    absent = Log(absent=True).parts()
    yield Case(name="entries: of a stream that is absent", proof=text(absent | {"entries": lines}), step=4)
    yield Case(
        name="entries: words of a stream that is absent", proof=text(absent | {"openings": shown(1)}), step=4
    )
    for name, changed in unlike(lines[0]).items():
        yield Case(
            name=f"entries: sealed with {name}", proof=text(Log(entries=[changed.encode()]).parts()), step=4
        )
    for hashes, step in [(970, None), (977, 4)]:
        located = {
            "cause": "c",
            "entries": [h(n).hex() for n in range(hashes)],
            "holder": "h",
            "nudge": "n",
            "stage": "s",
        }
        raw = jcs(json.loads(lines[0]) | {"data": located, "kind": "care.located"}).encode()
        assert (len(raw) <= 65_535) == (step is None)
        yield Case(
            name=f"entries: one of {len(raw)} bytes", proof=text(Log(entries=[raw]).parts()), step=step
        )
    for optional in [
        {"basis": "observed"},
        {"basis": "backfill", "learned": -1},
        {"sig": {"ed25519": b64(bytes(64)), "key": "k"}},
    ]:
        raw = jcs(json.loads(lines[0]) | optional).encode()
        yield Case(name=f"entries: one with {' and '.join(optional)}", proof=text(Log(entries=[raw]).parts()))
    back = jcs(json.loads(lines[1]) | {"recorded": 0}).encode()
    yield Case(
        name="entries: one recorded before the one it follows, which only an audit looks for",
        proof=text(Log(entries=[four[0], back]).parts()),
    )
    alien = parts["epoch"].replace('"stream":"log"', f'"stream":"{STREAM}"').encode()
    yield Case(
        name="entries: an epoch in an order's stream, which only an audit looks for",
        proof=text(Log(entries=[alien]).parts()),
    )
    own = parts["epoch"].encode()
    yield Case(name="entries: the log's own", proof=text(Log(entries=[own], stream="log").parts()))
    yield from openings(parts)


def openings(parts: Json) -> Iterator[Case]:
    for at, good in enumerate(parts["openings"]):
        for name, change in {
            "other words": {"words": good["words"] + " "},
            "no words": {"words": ""},
            "a flipped bit": {"opening": flip(bytes.fromhex(good["opening"]), 9).hex()},
            "another field": {"field": "message"},
            "a field without a commitment": {"field": "contact"},
            "a public field": {"field": "platform"},
            "a field of JavaScript's": {"field": "constructor"},
            "a field of no name": {"field": ""},
            "another entry": {"seq": good["seq"] % 4 + 1},
            "an entry beyond the last": {"seq": 5},
            "an entry far beyond the last": {"seq": 2**32 + good["seq"]},
        }.items():
            told = [*parts["openings"][:at], good | change, *parts["openings"][at + 1 :]]
            yield Case(
                name=f"openings: {name} in opening {at}", proof=text(parts | {"openings": told}), step=4
            )
    long = parts["openings"][0] | {"field": "x" * 300}
    yield Case(name="openings: a field of 300 letters", proof=text(parts | {"openings": [long]}), step=4)
    for words in ("", "\0", "\ufeff\U0001f600", "x" * 40_000):
        sealed = Log(entries=raws(1, events=[(e.Paid(), {"payment": words})])).parts()
        opened = {
            "field": "payment",
            "opening": opening(SECRET, 1, "payment").hex(),
            "seq": 1,
            "words": words,
        }
        name = f"openings: {len(words)} letters, {words[:2]!a}"
        yield Case(name=name, proof=text(sealed | {"openings": [opened]}))
    for named in ("entry", "corrected_by"):
        code = commit(opening(SECRET, 1, named), named, "wx-1")
        fact = e.Disavowed(corrected_by=code, entry=code, reason="did_not_occur")
        sealed = Log(entries=raws(1, events=[(fact, {})])).parts()
        shows = {"field": named, "opening": opening(SECRET, 1, named).hex(), "seq": 1, "words": "wx-1"}
        name = f"openings: a hash in {named}, which is no private field, that its maker can open"
        yield Case(name=name, proof=text(sealed | {"openings": [shows]}), step=4)


def places() -> Iterator[Case]:
    parts = Log().parts()
    for at, each in enumerate(parts["place"]):
        changed = [*parts["place"][:at], flipped(each, at), *parts["place"][at + 1 :]]
        yield Case(name=f"place: a flipped bit in hash {at}", proof=text(parts | {"place": changed}), step=5)
    for name, place in {
        "without its first hash": parts["place"][1:],
        "without its last hash": parts["place"][:-1],
        "one hash more": [*parts["place"], b64(h("more"))],
        "backwards": parts["place"][::-1],
        "none": [],
        "the epoch's path": parts["path"],
    }.items():
        yield Case(name=f"place: {name}", proof=text(parts | {"place": place}), step=5)
    leaf = leaf_hash(raws(3)[-1])
    for index in (149, 151, 299, 300, 301, 2**31, 2**32 + 150, 2**53 + 150, 2**63 - 1):
        moved = Log(head=Head(3, index, leaf)).parts()
        claimed = moved | {"place": moved["path"] if index == 299 else parts["place"]}
        yield Case(name=f"place: at index {index} by the map", proof=text(claimed), step=5)
    absent = Log(absent=True).parts()
    yield Case(
        name="place: of a stream that is absent", proof=text(absent | {"place": parts["place"]}), step=5
    )


def ages() -> Iterator[Case]:
    own = text(Log(recorded=NOW - 1_000_000).parts())
    for now, within, stale in [
        (NOW, 1_000, False),
        (NOW + 1, 1_000, True),
        (NOW, 999, True),
        (NOW - 1_000_000, 0, False),
        (NOW - 1_000_001, 0, True),
        (NOW - 2_000_000, 1_000, False),
        (NOW - 2_000_001, 1_000, True),
        (0, DAY, True),
        (2**53 - 1, 2**53 - 1, False),
        (2**53 - 1, DAY, True),
    ]:
        yield Case(
            name=f"age: {now} within {within} seconds by the log's word",
            proof=own,
            now=now,
            fresh_within=within,
            stale=stale,
        )
    before = Log(recorded=-(2**53) + 1).parts()
    yield Case(name="age: recorded before all time", proof=text(before), stale=True)
    times = (SECONDS - 100, SECONDS - 1_000, SECONDS - 10_000)
    cosigned = tuple(zip(THREE, times, strict=True))
    proof = text(Log(recorded=NOW, cosigned=cosigned).parts())
    for need, age in [(1, 100), (2, 1_000), (3, 10_000)]:
        wanted = policy(*THREE, quorum="q", groups=(f"group q {need} w1 w2 w3",))
        for within, stale in [(age, False), (age - 1, True)]:
            name = f"age: {need} of three witnesses within {within} seconds"
            yield Case(name=name, proof=proof, policy=wanted, fresh_within=within, stale=stale)
    nested = policy(*THREE, quorum="b", groups=("group a any w1 w2", "group b all a w3"))
    yield Case(
        name="age: the witness who must was long ago",
        proof=proof,
        policy=nested,
        fresh_within=9_999,
        stale=True,
    )
    yield Case(name="age: the witness who must is within", proof=proof, policy=nested, fresh_within=10_000)
    old = text(Log(recorded=NOW - 5_000_000, cosigned=cosigned).parts())
    yield Case(
        name="age: witnesses nobody asks for do not count",
        proof=old,
        policy=policy(*THREE),
        fresh_within=1_000,
        stale=True,
    )
    ahead = text(Log(cosigned=[(W1, 2**63 - 1)]).parts())
    yield Case(
        name="age: a witness from the end of time", proof=ahead, policy=policy(W1, quorum="w1"), stale=True
    )
    body = Log().parts()["checkpoint"].partition("\n\n")[0] + "\n"
    for first, second, stale in [(0, 5_000, False), (5_000, 0, True)]:
        lines = "".join(W1.sign(body, SECONDS - age).line for age in (first, second))
        twice = Log().parts() | {"checkpoint": f"{body}\n{LOG.sign(body).line}{lines}"}
        name = f"age: a witness at {first} and {second} seconds is taken at its first line"
        yield Case(
            name=name, proof=text(twice), policy=policy(W1, quorum="w1"), fresh_within=1_000, stale=stale
        )
    yield Case(
        name="age: a stream that is absent, long ago",
        proof=text(Log(absent=True, recorded=0).parts()),
        stale=True,
    )


def disagreements(told: list[Json], verdicts: list[Json]) -> list[tuple[object, object, Json]]:
    """Cases, as they were written, whose verdict is not the one they were built to have."""
    return [
        (case["name"], case["expected"], given)
        for case, given in zip(told, verdicts, strict=True)
        if case["expected"] != {name: given[name] for name in case["expected"]}
    ]


def cases() -> list[Case]:
    return [case for section in SECTIONS for case in section()]


def write_corpus(path: Path) -> int:
    """Writes the file and answers with the number of its cases."""
    made = [case.json() for case in cases()]
    path.write_text(json.dumps({"about": __doc__, "cases": made}, ensure_ascii=False, indent=0) + "\n")
    return len(made)


SECTIONS = (
    valid,
    framing,
    checkpoint_lines,
    writings,
    extras,
    signatures,
    witnesses,
    policies,
    epochs,
    maps,
    kinds,
    entries,
    places,
    ages,
)

if __name__ == "__main__":
    write_corpus(Path(sys.argv[1]))
