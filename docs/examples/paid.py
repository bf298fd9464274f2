"""Tells an intake that an order was paid. Run again with the same words it is recorded once: the id stays.

Usage: MINGDAN_URL=https://orders.example.com MINGDAN_KEY=mdk_… python paid.py ORDER PAYMENT AMOUNT
"""

import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

AGAIN = (429, 500, 502, 503, 504)  # nothing else gets better by being sent again


def main(order: str, payment: str, amount: str) -> None:
    event = {
        "specversion": "1.0",
        "type": "mingdan.order.paid",
        "source": "/shop/payments",
        "id": payment,
        "subject": order,
        "data": {"amount": int(amount)},
    }
    request = urllib.request.Request(
        f"{os.environ['MINGDAN_URL']}/v1/events",
        json.dumps(event).encode(),
        {
            "Authorization": f"Bearer {os.environ['MINGDAN_KEY']}",
            "Content-Type": "application/cloudevents+json",
        },
    )
    print(send(request))


def send(request: urllib.request.Request, retries: int = 5) -> str:
    """The entry, in JSON; leaves with the problem where the answer is no."""
    for turn in range(retries + 1):
        wait = random.uniform(0.5, 1) * 2**turn / 4
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code not in AGAIN:
                sys.exit(error.read().decode())
            asked = error.headers.get("Retry-After", "")
            wait = max(wait, int(asked)) if asked.isdigit() else wait
        except OSError as error:
            print(f"no answer: {error}", file=sys.stderr)
        if turn < retries:
            time.sleep(wait)
    sys.exit("the intake did not take this; send the same again later")


if __name__ == "__main__":
    main(*sys.argv[1:])
