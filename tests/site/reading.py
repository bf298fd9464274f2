"""A page as a parser of HTML reads it, which must find every element closed in its place."""

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reading(HTMLParser):
    """The elements of a page with the text in them; an unbalanced page is an AssertionError."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.declared = ""
        self.feed(page.decode())
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_decl(self, decl: str) -> None:
        self.declared = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {tag} {attrs}"
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"closed but never opened: {tag}"
        assert self.open[-1][0] == tag, f"{tag} closes {self.open[-1][0]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element[2].append(data)

    def all(self, tag: str, **attributes: str) -> list[str]:
        """The texts of the elements of this tag with these attributes (`data_index` for data-index).

        A space that may not break is told as a space.
        """
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            "".join(text).replace("\u00a0", " ")
            for name, has, text in self.elements
            if name == tag and all(has.get(key) == value for key, value in wanted.items())
        ]

    def each(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """The attributes and the text of every element of this tag."""
        return [(has, "".join(text)) for name, has, text in self.elements if name == tag]

    def attributes(self, name: str) -> list[str]:
        """Every value of an attribute, in the order of the page."""
        return [has[name] or "" for _, has, _ in self.elements if name in has]

    @property
    def text(self) -> str:
        return "".join(self.all("body"))

    @property
    def entries(self) -> list[tuple[int, bytes]]:
        """The raw entries a page carries, with their indices in the log."""
        return [
            (int(has["data-index"] or ""), "".join(text).encode())
            for tag, has, text in self.elements
            if tag == "pre" and "data-index" in has
        ]
