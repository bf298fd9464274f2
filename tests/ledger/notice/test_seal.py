"""The published vectors of Standard Webhooks, and its reference library."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from mingdan.ledger.note import Signer
from mingdan.ledger.notice.seal import headers, printed_key, printed_secret

# Those of the libraries that are published with the specification: github.com/standard-webhooks
NAME, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
SECRET = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
V1 = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
SIGNER = Signer("shop.example/log/webhooks", b64decode("6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="))
V1A = "hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


def test_both_signatures_are_those_of_the_published_vectors():
    assert headers(NAME, AT, BODY, SECRET, SIGNER) == {
        "webhook-id": NAME,
        "webhook-timestamp": str(AT),
        "webhook-signature": f"v1,{V1} v1a,{V1A}",
    }
    assert printed_key(SIGNER) == "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
    assert printed_secret(SECRET) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_reference_library_takes_what_was_sealed_and_nothing_that_was_altered():
    now = int(datetime.now(UTC).timestamp())  # the library asks the machine's own clock
    sealed = headers("wh_1", now, b'{"a":1}', SECRET, SIGNER)
    reference = Webhook(printed_secret(SECRET))

    assert reference.verify(b'{"a":1}', sealed) == {"a": 1}
    for altered in ({"webhook-id": "wh_2"}, {"webhook-timestamp": str(now - 1)}):
        with pytest.raises(WebhookVerificationError):
            reference.verify(b'{"a":1}', sealed | altered)
    with pytest.raises(WebhookVerificationError):
        reference.verify(b'{"a":2}', sealed)


def test_the_ledgers_own_signature_is_checked_by_its_printed_key():
    sealed = headers("wh_1", AT, BODY, SECRET, SIGNER)
    key = Ed25519PublicKey.from_public_bytes(b64decode(printed_key(SIGNER).removeprefix("whpk_")))
    signature = b64decode(sealed["webhook-signature"].partition(" v1a,")[2])

    key.verify(signature, b"wh_1.%d.%b" % (AT, BODY))
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"wh_1.%d.%b" % (AT + 1, BODY))
