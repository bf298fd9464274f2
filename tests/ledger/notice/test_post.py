"""A connection goes to an address that was looked at; its certificate is of the name that was asked for."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mingdan.ledger.notice.ladder import Answer
from mingdan.ledger.notice.post import Call, calling, post

from .receiver import listening


def certificate(folder: Path, name: str) -> Path:
    """A key and a certificate that vouches for itself, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)  # as the TLS library reads it
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


async def sent(url: str, trust: ssl.SSLContext) -> Answer:
    async with calling(trust) as client:
        return await post(client, Call(url, {}, b"{}", private=True))


@pytest.mark.parametrize(
    ("name", "answer"),
    [("localhost", Answer("status 204", 204)), ("other.example", Answer("not reached: ConnectError"))],
)
def test_a_certificate_is_believed_for_the_name_of_the_address_alone(tmp_path, name, answer):
    file = certificate(tmp_path, name)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(file)
    with listening(secure) as receiver:
        there = receiver.url.replace("http://127.0.0.1", "https://localhost")

        assert asyncio.run(sent(there, ssl.create_default_context(cafile=str(file)))) == answer
