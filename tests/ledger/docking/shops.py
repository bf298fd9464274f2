"""A shop for each protocol, that takes orders over HTTP as is documented, and fails when it is told to.

Signatures are made here from the documented rules once more, and not by what is tested.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .market import ACCOUNT

SENTENCE = "正在发货中,请耐心等待,如有疑问请联系客服"
KEY, SECRET = ACCOUNT.key, ACCOUNT.secret
NUMBERS = count(101)  # of all shops: they stand behind one dock


class Taken(NamedTuple):
    """An order as the shop has it."""

    number: int
    ref: str
    asked: dict[str, Any]


def md5_of(text: str) -> str:
    return md5(text.encode()).hexdigest()


def sealed(text: str) -> str:
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(SECRET.encode()), modes.ECB()).encryptor()
    return b64encode(
        cipher.update(padder.update(text.encode()) + padder.finalize()) + cipher.finalize()
    ).decode()


class Shop:
    """`mood`: takes, refuses, is dearer, broken, hangs before it takes an order, or hangs after it."""

    protocol: str

    def __init__(self) -> None:
        self.mood = "takes"
        self.orders: dict[str, Taken] = {}
        self.state: dict[str, str] = {}  # by ref, the shop's own word
        self.given: dict[str, str] = {}  # by ref, what is handed over instead of a card
        self.calls = 0
        self.look: Callable[[], object] = lambda: None  # while a call is being answered
        self.seen: object = None
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        assert self.is_signed(request, body), "the platform's signature is not as documented"
        self.calls += 1
        self.seen = self.look()
        if self.mood == "broken":
            return Response("<html>bad gateway</html>", 502)
        if self.mood == "hangs":
            return await _hang_up(request)
        told = self.said(request, body)
        return await _hang_up(request) if self.mood == "hangs after" else told

    def take(self, ref: str, asked: dict[str, Any]) -> Taken:
        return self.orders.setdefault(ref, Taken(next(NUMBERS), ref, asked))

    def goods(self, ref: str) -> str:
        return self.given.get(ref, f"{self.protocol.upper()}-{self.orders[ref].number}")

    def is_signed(self, request: Request, body: str) -> bool:
        raise NotImplementedError

    def said(self, request: Request, body: str) -> Response:
        raise NotImplementedError


async def _hang_up(request: Request) -> Response:
    """Nothing is answered until the platform has lost its patience."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


class DujiaoNextShop(Shop):
    protocol = "dujiao-next"
    done, failed, refusal = "delivered", "canceled", "insufficient_stock"
    price_rise = None  # the protocol has no ceiling

    def signature(self, method: str, path: str, at: str, body: str) -> str:
        text = f"{method}\n{path}\n{at}\n{md5_of(body)}"
        return hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()

    def is_signed(self, request: Request, body: str) -> bool:
        told, at = request.headers["dujiao-next-signature"], request.headers["dujiao-next-timestamp"]
        known = request.headers["dujiao-next-api-key"] == KEY
        return known and told == self.signature(request.method, request.url.path, at, body)

    def said(self, request: Request, body: str) -> Response:
        if request.method == "GET":
            number = int(request.url.path.rpartition("/")[2])
            for each in self.orders.values():
                if each.number == number:
                    return JSONResponse({"ok": True} | self.told(each.ref))
            return JSONResponse({"ok": False, "error_code": "order_not_found"}, 404)
        if self.mood == "refuses":
            return JSONResponse({"ok": False, "error_code": self.refusal}, 409)
        asked = json.loads(body)
        taken = self.take(asked["downstream_order_no"], asked)
        numbers = {"order_id": taken.number, "order_no": f"DJ{taken.number}"}
        return JSONResponse({"ok": True, **numbers, "status": "paid", "amount": "9.90", "currency": "CNY"})

    def told(self, ref: str) -> dict[str, Any]:
        taken, status = self.orders[ref], self.state.get(ref, "paid")
        told: dict[str, Any] = {"order_id": taken.number, "order_no": f"DJ{taken.number}", "status": status}
        if status == self.done:
            given = {"type": "auto", "status": "delivered", "payload": self.goods(ref), "delivery_data": None}
            told["fulfillment"] = given | {"delivered_at": "2026-11-01T00:00:30Z"}
        return told

    def call_back(
        self, url: str, ref: str, now: int, *, secret: str = SECRET, **changed: Any
    ) -> httpx.Response:
        path, at = "/v1/docking/east/callback", str(now // 1000)
        told = {"event": "order.status_changed", "downstream_order_no": ref, **self.told(ref), **changed}
        body = json.dumps(told)
        text = f"POST\n{path}\n{at}\n{md5_of(body)}"
        signature = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
        head = {"Dujiao-Next-Api-Key": KEY, "Dujiao-Next-Timestamp": at, "Dujiao-Next-Signature": signature}
        return httpx.post(url + path, content=body, headers=head)


class KayixinShop(Shop):
    protocol = "kayixin-v3"
    done, failed, refusal = "3", "4", "商品库存不足"
    price_rise = "订单成本高于安全价格"

    def is_signed(self, request: Request, body: str) -> bool:
        head = request.headers
        text = f"{head['x-app-id']}{SECRET}{head['x-version']}{head['x-timestamp']}{body}"
        return head["x-app-id"] == KEY and head["x-signature"] == md5_of(text)

    def said(self, request: Request, body: str) -> Response:
        asked = json.loads(body)
        if request.url.path.endswith("/getDetail"):
            if asked["outerNumber"] not in self.orders:
                return JSONResponse({"code": 1001, "msg": "订单不存在"})
            ref = asked["outerNumber"]
            cards = [{"cardId": "764", "cardNo": self.goods(ref), "cardPwd": "", "status": 0}]
            told = self.told(ref)
            return JSONResponse({"code": 1000, "msg": "success", "data": told | {"cards": cards}})
        if self.mood == "refuses":
            return JSONResponse({"code": 1001, "msg": self.refusal})
        if self.mood == "is dearer" and asked["safePrice"] < 10:
            return JSONResponse({"code": 1001, "msg": self.price_rise})
        taken = self.take(asked["outerNumber"], asked)
        data = {"cards": [], "orderNumber": str(taken.number)}
        return JSONResponse({"code": 1000, "msg": "购买成功", "data": data})

    def told(self, ref: str) -> dict[str, Any]:
        taken, money = self.orders[ref], {"money": 9.9, "retMoney": 0}
        counted = {"startCount": "", "nowCount": "", "endCount": "", "result": ""}
        status = int(self.state.get(ref, "1"))
        return {"orderNumber": str(taken.number), "outerNumber": ref, "status": status, **money, **counted}

    def call_back(
        self, url: str, ref: str, now: int, *, secret: str = SECRET, **changed: Any
    ) -> httpx.Response:
        cards = sealed(json.dumps([{"cardId": "764", "cardNo": self.goods(ref), "cardPwd": "", "status": 0}]))
        body, at = json.dumps(self.told(ref) | {"cards": cards} | changed), str(now // 1000)
        signature = md5_of(f"{KEY}{secret}3.0{at}{body}")
        head = {"X-App-Id": KEY, "X-Version": "3.0", "X-Timestamp": at, "X-Signature": signature}
        return httpx.post(f"{url}/v1/docking/east/callback", content=body, headers=head)


class FuluShop(Shop):
    protocol = "fulu"
    done, failed, refusal = "success", "failed", "商品库存不足"
    price_rise = None

    def is_signed(self, request: Request, body: str) -> bool:  # noqa: ARG002
        asked = json.loads(body)
        sign = asked.pop("sign")
        text = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        return asked["app_key"] == KEY and sign == md5_of("".join(sorted(text)) + SECRET)

    def said(self, request: Request, body: str) -> Response:  # noqa: ARG002
        asked = json.loads(body)
        order = json.loads(asked["biz_content"])
        ref = order["customer_order_no"]
        if asked["method"] == "fulu.order.info.get":
            return self.answered(self.told(ref)) if ref in self.orders else self.refused(3001, "订单不存在")
        if self.mood == "refuses":
            return self.refused(3002, self.refusal)
        if ref in self.orders:
            return self.refused(3000, "外部订单号已存在")
        self.take(ref, order)
        return self.answered(self.told(ref))

    def refused(self, code: int, message: str) -> Response:
        return JSONResponse({"code": code, "message": message, "result": "", "sign": md5_of(SECRET)})

    def answered(self, told: dict[str, Any]) -> Response:
        result = json.dumps(told, ensure_ascii=False)
        sign = md5_of("".join(sorted(result)) + SECRET)
        return JSONResponse({"code": 0, "message": "接口调用成功", "result": result, "sign": sign})

    def told(self, ref: str) -> dict[str, Any]:
        taken, state = self.orders[ref], self.state.get(ref, "processing")
        told = {"order_id": str(taken.number), "customer_order_no": ref, "order_state": state, "cards": None}
        if state == self.done:
            told["finish_time"] = "2026-11-01 08:00:30"
        if state == self.done and self.goods(ref) and "charge_account" not in taken.asked:
            told["cards"] = [{"card_number": sealed(self.goods(ref)), "card_pwd": None}]
        return told


class AcgFakaShop(Shop):
    protocol = "acg-faka"
    done, failed, refusal = "done", "none", "库存不足"
    price_rise = None

    def is_signed(self, request: Request, body: str) -> bool:  # noqa: ARG002
        form = dict(parse_qsl(body, keep_blank_values=True))
        sign = form.pop("sign")
        told = "&".join(f"{name}={form[name]}" for name in sorted(form) if form[name] != "")
        return form["app_id"] == KEY and sign == md5_of(f"{told}&key={SECRET}")

    def said(self, request: Request, body: str) -> Response:
        form = dict(parse_qsl(body, keep_blank_values=True))
        if request.url.path.endswith("/query"):
            (ref,) = (each.ref for each in self.orders.values() if str(each.number) == form["tradeNo"])
            return self.answered(200, "success", {"secret": self.goods(ref), "widget": None, "status": 1})
        if self.mood == "refuses":
            return self.answered(0, self.refusal, [])
        if form["request_no"] in self.orders:
            return self.answered(0, "The request ID already exists", [])
        taken = self.take(form["request_no"], form)
        data = {"tradeNo": str(taken.number), "amount": "9.90", "secret": self.goods(taken.ref)}
        return self.answered(200, "success", data)

    def answered(self, code: int, message: str, data: object) -> Response:
        return JSONResponse({"code": code, "msg": message, "data": data})


SHOPS: tuple[type[Shop], ...] = (DujiaoNextShop, KayixinShop, FuluShop, AcgFakaShop)
