"""Words as they may be shown to confirm them: never more than half of their letters and digits.

Total: whatever the words are, something is shown of which they cannot be made out.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from mingdan.ledger.recipient.parts import pairs

HIDDEN = "*"
_PUNCTUATION = "@.-_+ "  # shown as it stands, so that the form is recognised
_NUMBER, _ACCOUNT = 5, 2  # characters shown at most: 138******00, p******7


def mask(words: str, names: Collection[str] = ()) -> str:
    """Masked words; of a JSON object each value for itself. `names` are fields that may be named openly."""
    parts = pairs(words)
    if parts is None:
        return _masked(words)
    shown = [(name if name in names else _masked(name), _masked(_text(each))) for name, each in parts]
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in shown) + "}"


def _masked(text: str) -> str:
    """The first and the last characters of those that are letters or digits; of a number a few more."""
    places = [index for index, letter in enumerate(text) if letter.isalnum()]
    most = _NUMBER if all(text[index].isdigit() for index in places) else _ACCOUNT
    shown = min(len(places) // 2, most)
    last = shown // 2
    first = shown - last
    open_ = {*places[:first], *places[len(places) - last :]}
    return "".join(
        letter if index in open_ or (places and letter in _PUNCTUATION) else HIDDEN
        for index, letter in enumerate(text)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
