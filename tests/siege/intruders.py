"""What Schemathesis cannot know: names of orders that are there, and which headers make an event."""

from __future__ import annotations

import os
import re

import schemathesis

from mingdan.ledger.fact import NAME

KNOWN = os.environ["KNOWN"].split()
HAND = re.compile(f"{NAME}:[A-Za-z0-9+/]{{85}}[AQgw]==")
WHOLE = "mingdan.order.noted"  # what a signature may stand under: it has neither private words nor a due time


@schemathesis.hook
def map_body(_context, body):
    """Every other event is of something that is there: what is of nothing comes to no rule."""
    for event in body if isinstance(body, list) else [body]:
        match event:
            case {"id": str(name), "type": str(kind)} if len(name) % 2:
                event["subject"] = _known(kind.split(".")[1:2], len(name)) or event.get("subject")
        match event:
            case {"sig": str(hand)} if HAND.fullmatch(hand):
                _say_everything(event)
    return _whole(body)


def _say_everything(event):
    """A signed fact tells all of itself, which depends on its kind and on the terms: others go unsigned."""
    if event.get("type") != WHOLE:
        del event["sig"]
    elif event.get("time") is None:
        event["time"] = "2026-11-01T00:00:00Z"


def _known(room, number):
    """Something known that events of a room are of; nothing where none is."""
    if room == ["sku"]:
        return KNOWN[-1]
    return None if room in (["party"], ["exception"], ["policy"]) else KNOWN[number % 2]


def _whole(told):
    """JSON Schema takes 2.0 for a whole number; a ledger of money does not, and says so."""
    match told:
        case dict():
            return {name: _whole(value) for name, value in told.items()}
        case list():
            return [_whole(value) for value in told]
        case float() if told.is_integer():
            return int(told)
        case _:
            return told


@schemathesis.hook
def filter_case(_context, case):
    """In binary mode the headers that are needed hang on the content type, which OpenAPI cannot say."""
    good = case.meta is None or case.meta.generation.mode.is_positive
    return not (good and case.operation.path == "/v1/events" and case.media_type == "application/json")
