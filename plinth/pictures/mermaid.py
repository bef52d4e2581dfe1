"""A picture as a Mermaid flowchart, as GitHub draws it in Markdown.

Names come from people: what is a sign of Mermaid's own language or of HTML in a label goes in as a numeric entity code
(Mermaid's documentation, "Entity codes to escape characters"), and ids are numbered, never named.
"""

from __future__ import annotations

from collections.abc import Iterator

from plinth.pictures.model import INTERNET, Link, Network, Node, Picture

STYLES = {
    "added": "stroke:#1a7f37,stroke-width:3px",
    "changed": "stroke:#bf8700,stroke-width:3px",
    "removed": "stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4",
}
PLAIN = frozenset(" -_./:,+")


def flowchart(picture: Picture) -> str:
    """The text of the flowchart, without the code fence, ending in a newline."""
    return "\n".join([*Flowchart(picture).lines(), ""])


class Flowchart:
    """One flowchart in the making: hands out the ids."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._ids: dict[str, str] = {}
        self._groups = 0

    def lines(self) -> Iterator[str]:
        picture = self.picture
        yield "flowchart TB"
        if any(INTERNET in (link.source, link.target) for link in picture.links):
            yield f'  {self.id(INTERNET)}(("Internet"))'
        for node in picture.edge:
            yield from self.node(node, "  ")
        for network in picture.networks:
            yield from self.network(network)
        if picture.services:
            yield from self.group(
                "Regional services", [line for node in picture.services for line in self.node(node, "    ")]
            )
        yield from (
            self.link(link) for link in picture.links if link.source in self._ids and link.target in self._ids
        )
        yield from self.styles()

    def id(self, key: str) -> str:
        return self._ids.setdefault(key, f"n{len(self._ids)}")

    def network(self, network: Network) -> Iterator[str]:
        inner: list[str] = []
        for tier in network.tiers:
            ranges = ", ".join(f"{item.zone} {item.cidr}" for item in tier.subnets)
            nodes = [line for node in tier.nodes for line in self.node(node, "      ")]
            nodes = nodes or [f'      {self.id(tier.subnets[0].key)}["nothing in it"]']
            inner += self.group(f"{tier.name}: {ranges}", nodes, "    ")
        yield from self.group(f"VPC {network.name} {network.cidr}", inner)

    def group(self, title: str, lines: list[str], indent: str = "  ") -> Iterator[str]:
        self._groups += 1
        yield f'{indent}subgraph g{self._groups}["{escaped(title)}"]'
        yield from lines
        yield f"{indent}end"

    def node(self, node: Node, indent: str) -> Iterator[str]:
        """A node, or a group of its parts in which it comes first: links lead to it, not to the group."""
        text = "<br>".join(escaped(part) for part in (node.title, node.detail, node.zone) if part)
        start, end = (
            ("[(", ")]") if node.kind in ("database", "cache", "bucket") and not node.parts else ("[", "]")
        )
        own = f'{self.id(node.key)}{start}"{text}"{end}'
        if not node.parts:
            yield indent + own
            return
        parts = [
            f"{indent}  {own}",
            *(line for part in node.parts for line in self.node(part, f"{indent}  ")),
        ]
        yield from self.group(node.title, parts, indent)

    def link(self, link: Link) -> str:
        label = f'|"{escaped(link.label)}"|' if link.label else ""
        return f"  {self.id(link.source)} -->{label} {self.id(link.target)}"

    def styles(self) -> Iterator[str]:
        """What moved; a picture in which nothing did has no styles."""
        for change, style in STYLES.items():
            moved = [self.id(node.key) for node in self.picture.nodes() if node.change == change]
            if moved:
                yield f"  classDef {change} {style}"
                yield f"  class {','.join(moved)} {change}"


def escaped(text: str) -> str:
    """`text` for a quoted label: letters, digits and a few plain signs as they are, all else as `#code;`."""
    return "".join(
        letter if letter.isalnum() or letter in PLAIN else f"#{ord(letter)};"
        for letter in text
        if letter.isprintable()
    )
