"""What libraries complain of stands among the lines of requests, without anybody's words."""

from __future__ import annotations

import json
import logging

from mingdan.ledger.gate.complaint import heard

SECRET = "words-that-are-nobody-elses"


def test_a_complaint_is_a_line_of_json_and_has_nobodys_words(capsys):
    lines: list[str] = []
    log = logging.getLogger("a-server.error")
    with heard(lines.append):
        log.warning("Invalid HTTP request received.")
        log.warning("nobody hears of %s", SECRET)
        try:
            int(SECRET)
        except ValueError:
            log.exception("Exception in ASGI application\n%s", SECRET)

    told = [json.loads(line) for line in lines]
    assert [(each["level"], each["of"], each["said"]) for each in told] == [
        ("warning", "a-server.error", "Invalid HTTP request received."),
        ("warning", "a-server.error", "nobody hears of %s"),
        ("error", "a-server.error", "Exception in ASGI application"),
    ]
    assert told[2]["error"].startswith("ValueError in test_a_complaint_is_a_line_of_json")
    assert SECRET not in "".join(lines)
    assert capsys.readouterr() == ("", "")
