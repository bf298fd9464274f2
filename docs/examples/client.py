"""Places an order, tells that it was paid, and prints where its page lies and the log's promise for both.

Run again with the same words all of it is recorded once: the order's name and the payment's id stay.

Usage: MINGDAN_URL=https://orders.example.com MINGDAN_KEY=mdk_… python client.py ORDER PAYMENT AMOUNT
"""

import os
import sys

from mingdan.client import Client, event
from mingdan.ledger.errors import MingdanError

TERMS = {"merchant": "store", "sku": "game-100", "qty": 1, "currency": "CNY", "form": "direct"}


def main(order: str, payment: str, amount: int) -> None:
    paid = event("order.paid", order, {"amount": amount}, name=payment, source="/shop/payments")
    with Client(os.environ["MINGDAN_URL"], os.environ["MINGDAN_KEY"]) as client:
        placed = client.place(order, TERMS | {"amount": amount})
        client.send([paid])
        print(placed.page)
        print(client.receipts(placed.stream).receipt)  # keep it: `mingdan receipt check` says if it was kept


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except MingdanError as error:  # the answer is no, or nobody answered however often it was asked
        sys.exit(f"{error}\n{error.next_step}")
