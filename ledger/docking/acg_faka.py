"""acg-faka's shared shop: a form signed with MD5, answered with the goods or with a sentence about them.

It has neither callbacks nor times, and a query names the order by the shop's number: where the answer was
lost, nobody can ask what became of the order. The same reference is refused the second time, which tells as
little.
"""

# ruff: noqa: ARG002  # every protocol is asked alike, and each needs only some of it

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from mingdan.ledger.docking.card import cards_in
from mingdan.ledger.docking.dock import Account, Call, Dialect, Message, Tells, Wanted, Word, unbelieved
from mingdan.ledger.docking.reason import is_absent, is_known, reason
from mingdan.ledger.docking.stamp import md5_hex

_OK = 200


class _Goods(Struct):
    secret: str | None = None
    tradeNo: str | int | None = None  # noqa: N815  # theirs


class _Answer(Struct):
    code: int | str | None = None
    msg: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class AcgFaka(Dialect):
    name = "acg-faka"
    tells = Tells(callbacks=False, progress=False, asked_by="upstream", signed_answers=False)

    def place(self, account: Account, wanted: Wanted, now: int) -> Call:
        order = {
            "shared_code": wanted.goods,
            "contact": wanted.account or "",
            "num": str(wanted.qty),
            "card_id": "0",
            "device": "0",
            "password": "",
            "race": "",
            "request_no": wanted.ref,
        }
        return _signed(account, "/shared/commodity/trade", order | wanted.fields)

    def placed(self, account: Account, answer: Message) -> Word:
        """Cards are the whole of it; with a sentence in their place the shop has the order, and no more."""
        told, goods = _read(answer)
        if told is None or told.code is None or is_known(told.msg or ""):
            return Word(said="doubtful", status=f"http {answer.status}")
        if str(told.code) == str(_OK):
            return Word(
                said="accepted", status=str(_OK), upstream=_number(goods), goods=cards_in(goods.secret)
            )
        code, blame, retryable = reason(told.msg or "")
        return Word(said="rejected", status=str(told.code), code=code, blame=blame, retryable=retryable)

    def query(self, account: Account, ref: str, upstream: str | None, now: int) -> Call | None:
        if upstream is None:
            return None
        return _signed(account, "/shared/commodity/query", {"tradeNo": upstream})

    def queried(self, account: Account, answer: Message) -> Word:
        """Its status says that the order is paid, never that anything was delivered."""
        told, goods = _read(answer)
        if told is not None and str(told.code) == str(_OK):
            cards = cards_in(goods.secret)
            return Word(said="succeeded" if cards else "accepted", status=str(_OK), goods=cards)
        absent = told is not None and is_absent(told.msg or "")
        return Word(said="absent" if absent else "unknown", status=f"http {answer.status}")

    def called_back(self, account: Account, message: Message, now: int) -> Word:
        raise unbelieved("no-callbacks")

    def reply(self, *, taken: bool) -> tuple[str, str]:
        return ("ok" if taken else "fail"), "text/plain"


def _read(answer: Message) -> tuple[_Answer | None, _Goods]:
    try:
        told = msgspec.json.decode(answer.body, type=_Answer) if answer.status < 500 else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, _Goods()
    try:
        return told, _Goods() if told is None else msgspec.json.decode(told.data, type=_Goods)
    except msgspec.DecodeError:
        return told, _Goods()  # a no has an empty list where a yes has the goods


def _number(goods: _Goods) -> str | None:
    return None if goods.tradeNo in (None, "") else str(goods.tradeNo)


def _signed(account: Account, path: str, order: dict[str, str]) -> Call:
    """The secret itself is a field of the form: the protocol wants it so."""
    form = order | {"app_id": account.key, "app_key": account.secret}
    form["sign"] = _signature(form, account.secret)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call("POST", path, headers, urlencode(form).encode())


def _signature(form: dict[str, str], secret: str) -> str:
    """Over the fields as they are, sorted by name; empty ones do not count."""
    told = "&".join(f"{name}={value}" for name, value in sorted(form.items()) if value)
    return md5_hex(f"{told}&key={secret}")
