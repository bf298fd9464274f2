"""What the press prints of the truth is what was published, so its lies are as good as the real site."""

from __future__ import annotations

import pytest

from .judges import audited
from .operator import Operator, write
from .press import Press


def test_the_press_prints_the_published_site_where_it_does_not_lie(
    operator: Operator, press: Press, tmp_path
):
    with operator.witnesses("yesterday", tmp_path) as witnesses:
        entries = press.lay(operator.facts())
        printed = press.print([*entries, press.tell(entries, operator.now)], witnesses=witnesses)

    published = operator.then["today"].site
    assert printed.refused == ""
    assert printed.entries == operator.then["today"].entries
    assert printed.files == {path: published[path] for path in printed.files}
    assert all(path.startswith("log/map/") for path in {*published} - {*printed.files}), "yesterday's map"


@pytest.mark.parametrize("publication", ["yesterday", "today"])
def test_what_was_published_is_found_right(operator: Operator, tmp_path, publication):
    site = write(operator.then[publication].site, tmp_path / "site")

    assert audited(site, operator.policy).findings == []
