"""The form of a mail address as shops accept it for an account, and slips in its domain."""

from __future__ import annotations

from mingdan.ledger.recipient.rule import Mail
from mingdan.ledger.recipient.slip import near


def is_mail(text: str) -> bool:
    """Whether it is name@domain: dots only inside, and a domain of two labels at least."""
    name, at, domain = text.partition("@")
    labels = domain.split(".")
    return bool(
        at
        and all(name.split("."))
        and len(labels) > 1
        and all(map(_is_label, labels))
        and len(labels[-1]) > 1
        and labels[-1].isalpha()
    )


def unslipped(mail: Mail, text: str) -> str:
    """The address with a domain that slipped mended: first its ending, then one letter of a known one."""
    name, at, domain = text.rpartition("@")
    written = domain.lower()
    host, dot, ending = written.rpartition(".")
    meant = host + dot + mail.slips.get(ending, ending)
    if meant not in mail.known:
        meant = near(meant, mail.known) or meant
    return text if meant == written else name + at + meant


def _is_label(label: str) -> bool:
    return bool(label) and label.isascii() and label.replace("-", "a").isalnum() and label.strip("-") == label
