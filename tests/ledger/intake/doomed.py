"""A process whose clerk is killed at each step of a group: started by the tests of the clerk.

`python doomed.py FOLDER…` begins one more process for each of these workspaces, killed at the step of the
same number. What stands on standard output, `folder leaf`, was acknowledged before.
"""

import os
import signal
import sys
from pathlib import Path
from threading import Event

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.book import STEPS
from mingdan.ledger.keeping.group import Submission
from mingdan.ledger.keeping.vault import NewOrder

NOON = 1_780_000_000_000
STREAMS = [f"order/{number:064x}" for number in range(6)]
TERMS = e.Placed(
    amount=5000, currency="CNY", merchant="kamao", platform="xiaomai", policy="default", qty=1, sku="music"
)


def groups() -> list[list[Submission]]:
    """Six orders are placed, then each is paid, but every other one twice: that is refused."""

    def says(number: int, event: e.Event, what: str, **private: str) -> Claim:
        key = f"xiaomai\n{number} {what}"
        return Claim(stream=STREAMS[number], by="xiaomai", event=event, key=key, private=private)

    orders = [NewOrder(stream, f"{n:022d}", bytes([n]) * 32, f"no-{n}") for n, stream in enumerate(STREAMS)]
    placing = [Submission([says(n, TERMS, "placed", order_no=f"no-{n}")], [orders[n]]) for n in range(6)]
    paying = [
        Submission([says(n, e.Paid(), f"paid {time}", payment=f"wx-{n}") for time in range(1 + n % 2)])
        for n in range(6)
    ]
    return [placing, paying]


def tell(clerk: Clerk, group: list[Submission], acknowledge=lambda _: None) -> None:
    """Hands in a group that waits together; receipts are acknowledged as they come."""
    reached, go = Event(), Event()
    asked = clerk.ask(lambda _: (reached.set(), go.wait()))
    asked.add_done_callback(lambda _: reached.set())  # where the workspace cannot be opened
    reached.wait()
    told = [clerk.submit(*each) for each in group]
    go.set()
    for each in told:
        try:
            for receipt in each.result():
                acknowledge(receipt)
        except MingdanError:
            pass


def doomed(folder: Path, step: str) -> None:
    armed = False

    def reached(name: str) -> None:
        if armed and name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with Clerk(folder, lambda: NOON, reached=reached) as clerk:
        for group in groups():
            tell(clerk, group, lambda receipt: os.write(1, f"{folder.name} {receipt.leaf}\n".encode()))
            armed = True


def main(folders: list[str]) -> None:
    for folder, step in zip(folders, STEPS, strict=True):
        if not os.fork():
            doomed(Path(folder), step)
            os._exit(0)
        _, status = os.wait()
        assert os.WTERMSIG(status) == signal.SIGKILL, (step, status)


if __name__ == "__main__":
    main(sys.argv[1:])
