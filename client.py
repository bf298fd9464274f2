"""The other side of an intake: facts sent as CloudEvents, sent again where that is safe, and answered typed.

An event keeps its `source` and `id` however often it is sent, so that it is recorded once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import httpx
import msgspec
from msgspec.structs import asdict

from mingdan.ledger import errors
from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.ledger.gate.answer import Batched, Entered, OrderReceipt, Receipted
from mingdan.ledger.gate.cloud_event import CloudEvent, Value, statement_of
from mingdan.ledger.gate.outgoing import batches, event, event_of, printed, under_hand
from mingdan.ledger.gate.problem import Problem
from mingdan.ledger.intake.signature import signed
from mingdan.ledger.intake.statement import Said, Statement
from mingdan.ledger.keeping.clock import Clock, now_ms
from mingdan.ledger.note import Signer

LONGEST = 60.0  # seconds that an intake is waited for before the same is sent again
AGAIN = (429, 500, 502, 503, 504)
LIST = "application/cloudevents-batch+json"

__all__ = ["Client", "Refused", "Sent", "batches", "event", "event_of"]
_Told = TypeVar("_Told")


class Refused(errors.Refused):
    """The intake's answer is no, and nothing was recorded: the same again would be refused again.

    `rule` names what it broke, `because` the entry (leaf hash, hex) that this rests on, `problem` all of it.
    """

    def __init__(self, problem: Problem) -> None:
        told = {name: value for name, value in asdict(problem).items() if value is not None}
        evidence = {name: value for name, value in told.items() if name not in ("detail", "next", "title")}
        super().__init__(problem.detail, next_step=problem.next or "", **evidence)
        self.problem = problem
        self.rule = problem.rule
        self.because = problem.because


class Sent(NamedTuple):
    """Where each event lies, in their order; `receipt` is the log's signed promise for all of them."""

    entries: list[Entered]
    receipt: str | None


class Client:
    """`key` is an API key; `signer` signs each fact as its `party` before it leaves, as `mingdan sign` does.

    What does not get through is sent again `retries` times: after what the intake asks for, else after ever
    longer, `draw` (0 to 1) spreading who comes back. One thread at a time.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        party: str | None = None,
        signer: Signer | None = None,
        retries: int = 5,
        timeout: float = 20.0,
        clock: Clock = now_ms,
        pause: Callable[[float], object] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        _check_url(url)
        self.party = party or (signer.name if signer is not None else None)
        self.signer = signer
        self.retries = retries
        self.clock = clock
        self.pause = pause
        self.draw = draw
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "mingdan-client"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.http.close()

    def send(self, events: Sequence[CloudEvent]) -> Sent:
        """Records events, all of them or none: at most 1,000 and 1 MiB (`batches` cuts what is more).

        Raises Refused, whose `pointer` begins with the place of the event; Unavailable, where what was sent
        may be recorded: the same may be sent again at any time. MalformedEntry for what cannot be signed.
        """
        if not events:
            return Sent([], None)
        body = b"[%b]" % b",".join(printed(self._signed(each)) for each in events)
        answer = self._asked("POST", "/v1/events", Batched, body, {"Content-Type": LIST})
        return Sent([each.entry for each in answer.results if each.entry is not None], answer.receipt)

    def place(self, order: str, terms: Mapping[str, Value], *, key: str | None = None) -> Entered:
        """Places an order under a name of one's own, by which it is placed once; or by another `key`.

        Answers its handle and the address of its page. Raises as `send` does.
        """
        body = msgspec.json.encode({**terms, "order": order})
        headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
        return self._asked("POST", "/v1/orders", Entered, body, headers)

    def receipt(self, entry: Entered) -> Receipted:
        """The log's promise for an entry; once it is published, with its proof. Raises as `send` does."""
        return self._asked("GET", f"/v1/receipts/{entry.leaf}?index={entry.index}", Receipted)

    def receipts(self, stream: str) -> OrderReceipt:
        """The log's promise for every entry of an order (`order/…`). Raises as `send` does."""
        return self._asked("GET", f"/v1/orders/{stream.removeprefix('order/')}/receipt", OrderReceipt)

    def _signed(self, event: CloudEvent) -> CloudEvent:
        """An event as it is sent: in its party's hand where this client has that."""
        if self.signer is None or event.sig is not None:
            return event
        told = Said(1, statement_of(event, self.party or self.signer.name))
        (line,) = signed([told], self.signer, self.clock())
        return under_hand(event, msgspec.convert(line, Statement))

    def _asked(
        self,
        method: str,
        path: str,
        answer: type[_Told],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Told:
        named: Mapping[str, str] = {}
        for turn in range(self.retries + 1):
            wait = (0.5 + self.draw() / 2) * min(0.25 * 2**turn, LONGEST)
            try:
                got = self.http.request(method, path, content=body, headers=headers)
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            else:
                if got.status_code not in AGAIN:
                    return _read(got, answer)
                reason, wait = f"it answered {got.status_code}", max(wait, _asks(got, self.clock()))
                named = _named(got)
            if turn == self.retries or wait > LONGEST:
                break
            self.pause(wait)
        raise Unavailable(
            "the intake did not take this",
            next_step=_LATER,
            url=str(self.http.base_url),
            reason=reason,
            **named,
        )


def _read(got: httpx.Response, answer: type[_Told]) -> _Told:
    """What was answered. Raises Refused; Unavailable where it is no intake, or one in trouble."""
    try:
        if got.is_success:
            return msgspec.json.decode(got.content, type=answer)
        problem = msgspec.json.decode(got.content, type=Problem)
    except msgspec.MsgspecError as error:
        raise Unavailable(
            "this is not what an intake answers",
            next_step="see whether the address is that of a mingdan intake",
            url=str(got.url),
            status=got.status_code,
        ) from error
    if got.is_client_error:
        raise Refused(problem)
    raise Unavailable(problem.detail, next_step=problem.next or _LATER, instance=problem.instance)


def _named(got: httpx.Response) -> Mapping[str, str]:
    """By which name the operator of an intake finds what went wrong, if it told one."""
    try:
        instance = msgspec.json.decode(got.content, type=Problem).instance
    except msgspec.MsgspecError:
        return {}
    return {} if instance is None else {"instance": instance}


def _asks(got: httpx.Response, now: int) -> float:
    """After how many seconds an intake asks to be asked again (`Retry-After`, RFC 9110); 0 if it does not."""
    told = got.headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        return parsedate_to_datetime(told).timestamp() - now / 1000
    except ValueError:
        return 0.0


def _check_url(url: str) -> None:
    """A key goes to nobody in clear, but to this machine itself. Raises Misuse."""
    try:
        parsed = httpx.URL(url)
        scheme, host = parsed.scheme, parsed.host
        parsed.raw_host.decode("ascii").encode("idna")  # as what looks it up does
    except (httpx.InvalidURL, ValueError) as error:
        raise Misuse("this is no address", next_step=_ADDRESS, url=url, reason=str(error)) from error
    if scheme != "https" and (scheme, host) not in _HERE:
        raise Misuse("an intake is sent to over https", next_step=_ADDRESS, url=url)


_HERE = {("http", host) for host in ("127.0.0.1", "localhost", "::1")}
_ADDRESS = "give its https:// address"
_LATER = "send the very same again later: what was recorded is not recorded twice"
