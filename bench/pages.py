"""Order pages: every page of a site made and written, and one percent of them made again.

A page here is one order of eight entries in one language, with its raw entries and their proof: read from the
store, folded, proven, rendered by two processes, staged, synced and moved in, with the log under it. Hugo is
given as many pages of the same size, with everything on them already said, on the same disk, and syncs
nothing. Jinja2 renders the same page in memory, in one process. Not measured here: Eleventy, Pelican and
MkDocs, which Hugo outruns.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from ground.disk import Turn, folder
from ground.goal import Goal, report
from ground.ledger import closed, fill, workspace_in
from ground.paper import contents, padded, template
from table import Lane, asked, race

from mingdan.ledger.claim import Claim
from mingdan.ledger.event import Noted
from mingdan.ledger.keeping.workspace import SETTINGS, Workspace, open_workspace
from mingdan.site.publish import publish

HUGO = shutil.which("hugo")
CONFIG = """baseURL = "https://example.org/"
disableKinds = ["taxonomy", "term", "RSS", "sitemap", "robotsTXT", "404", "home", "section"]
uglyURLs = true
"""
SHARE = 100  # one order in so many changes


class Published(Turn):
    """The whole of `mingdan publish`: views, figures, epoch, log, map, and each page with its proof in it."""

    def __init__(self, filled: Workspace) -> None:
        self.filled = filled

    def open(self) -> None:
        shutil.copytree(self.filled.folder, self.folder / "workspace")
        self.workspace = closed(open_workspace(self.folder / "workspace"), self.room)

    def work(self) -> None:
        publish(self.workspace)


class Hugo(Turn):
    """The same number of pages of the same size, built by one binary that uses every core."""

    def __init__(self, said: Sequence[dict[str, Any]]) -> None:
        self.said = said

    def open(self) -> None:
        site_for_hugo(self.folder, self.said)

    def work(self) -> None:
        build_with_hugo(self.folder)


def site_for_hugo(place: Path, said: Sequence[dict[str, Any]]) -> None:
    for name in ("content/o", "layouts/_default"):
        (place / name).mkdir(parents=True)
    (place / "config.toml").write_text(CONFIG)
    page = template("{{ range .Params.told }}", "{{ end }}", "{{{{ .{} }}}}", "{{{{ .Params.{} }}}}")
    (place / "layouts/_default/single.html").write_text(page)
    for number, content in enumerate(said):
        (place / f"content/o/{number}.md").write_bytes(msgspec.json.encode(content) + b"\n")


def build_with_hugo(place: Path) -> None:
    assert HUGO is not None
    subprocess.run([HUGO, "--quiet", "--source", place], check=True)


def in_memory(page: jinja2.Template, said: Sequence[dict[str, Any]]) -> Lane:
    return Lane("Jinja2 in memory", len(said), lambda: deque(map(page.render, said), maxlen=0), "limit")


class Changes:
    """A published site of which one order in a hundred is told something before each turn."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.turn = 0
        publish(workspace)

    def tell(self) -> None:
        self.turn += 1
        streams = self.workspace.store.streams(self.workspace.store.max_notification_id() or 0)
        note = Noted(label=f"looked at {self.turn} times")
        book = self.workspace.book()
        book.record([Claim(stream=stream, by="shop-a", event=note) for stream in streams[:: self.every]])
        os.sync()

    every = SHARE

    def lane(self, name: str, n: int) -> Lane:
        return Lane(name, n, lambda: publish(self.workspace), before=self.tell)


class Rebuilds:
    """The same for Hugo: one page in a hundred is written anew, and the site built again."""

    def __init__(self, place: Path, said: Sequence[dict[str, Any]]) -> None:
        self.place = place
        self.said = said
        self.turn = 0
        site_for_hugo(place, said)
        build_with_hugo(place)

    def tell(self) -> None:
        self.turn += 1
        for number in range(0, len(self.said), SHARE):
            changed = self.said[number] | {"title": f"looked at {self.turn} times"}
            (self.place / f"content/o/{number}.md").write_bytes(msgspec.json.encode(changed) + b"\n")
        os.sync()

    def lane(self, name: str) -> Lane:
        work = partial(build_with_hugo, self.place)
        return Lane(name, len(self.said), work, "peer", before=self.tell)


def filled_with(orders: int, room: ExitStack) -> Workspace:
    """A ledger of so many orders, whose pages are in one language."""
    workspace = workspace_in(folder(), room)
    settings = workspace.folder / SETTINGS
    settings.write_text(f'languages = ["zh-CN"]\n{settings.read_text()}')
    fill(workspace, orders)
    return closed(open_workspace(workspace.folder), room)


def said_of(filled: Workspace, page: jinja2.Template) -> list[dict[str, Any]]:
    """What the peers' pages say, as long as ours are on the average."""
    rehearsal = Published(filled)
    rehearsal.begin()
    rehearsal.work()
    sizes = [path.stat().st_size for path in (rehearsal.workspace.site / "o").rglob("*.html")]
    rehearsal.end()
    said = contents([row for rows in filled.store.scan(0) for row in rows])
    size = sum(sizes) // len(sizes)
    print(f"pages of {size:,} bytes", end="\n\n")
    return padded(said, size - len(page.render(said[0]).encode()))


def whole(filled: Workspace, said: Sequence[dict[str, Any]], page: jinja2.Template) -> list[Lane]:
    n = len(said)
    return [
        Published(filled).lane("mingdan publish", n),
        *([Hugo(said).lane("Hugo", n, "peer")] if HUGO else []),
        in_memory(page, said),
    ]


def changes(filled: Workspace, small: Workspace, said: Sequence[dict[str, Any]], place: Path) -> list[Lane]:
    few = Changes(small)
    few.every = SHARE // 10  # as many orders, of a tenth as many
    return [
        Changes(filled).lane("mingdan publish", len(said)),
        few.lane("mingdan publish, a tenth of the site", len(said)),
        *([Rebuilds(place, said).lane("Hugo, built again")] if HUGO else []),
    ]


if __name__ == "__main__":
    given = asked(__doc__)
    orders = 500 if given.quick else 10_000
    page = jinja2.Environment(autoescape=True).from_string(
        template("{% for each in told %}", "{% endfor %}", "{{{{ each.{} }}}}", "{{{{ {} }}}}")
    )
    with ExitStack() as room:
        filled, small = filled_with(orders, room), filled_with(orders // 10, room)
        said = said_of(filled, page)
        report(
            "order pages, made and written",
            race(whole(filled, said, page), given.repeats),
            "pages",
            [Goal("mingdan publish", 2, "Hugo")] if HUGO else [],
        )
        alike = Goal("mingdan publish", 0.8, "mingdan publish, a tenth of the site")
        report(
            "order pages brought up to date after one order in a hundred changed",
            race(changes(filled, small, said, folder()), given.repeats),
            "pages",
            [*([Goal("mingdan publish", 50, "Hugo, built again")] if HUGO else []), alike],
        )
    if not HUGO:
        print("Hugo is not here and was left out: apt-get install hugo")
