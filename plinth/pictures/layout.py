"""Where everything goes: the edge on top, each VPC below with a column a zone and a band a tier, regional services last.

All lengths are in SVG user units. Lines run between the boxes: what is of one zone leaves a gutter at both sides of its
column, and what spans zones stands below it in its band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from plinth.pictures.model import INTERNET, Link, Network, Node, Picture, Subnet, Tier

MARGIN, GAP, STACKED = 24, 18, 40
COLUMN, GUTTER = 300, 38
CHARACTER = 6.4
"""The width of a character of the small text, somewhat more than any common sans-serif font takes."""
TITLE, LINE, PAD = 34, 15, 10
PART_WIDTH, PART_HEIGHT = 165, 42
EDGE_WIDTH, EDGE_SPACE = 210, 84
SERVICE_WIDTH = 150
LANE = 46
"""The height between edge and network in which lines change their column."""
EDGE_COLUMNS = ((INTERNET,), ("dns",), ("firewall", "cdn"), ("bucket",))


@dataclass(frozen=True)
class Box:
    """A node at its place, with its detail in lines."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...] = ()

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Area:
    """Something that holds others: a VPC, a band, a zone's column, a subnet; or a heading, without an outline."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""
    detail: str = ""
    change: str = ""


@dataclass(frozen=True)
class Line:
    """A polyline with an arrow at its end, and its label's place."""

    points: tuple[tuple[float, float], ...]
    label: str
    at: tuple[float, float]


@dataclass
class Layout:
    """Everything with its place. Areas come in the order in which they are drawn."""

    width: float = 0
    height: float = 0
    areas: list[Area] = field(default_factory=list[Area])
    boxes: list[Box] = field(default_factory=list[Box])
    lines: list[Line] = field(default_factory=list[Line])


def arrange(picture: Picture) -> Layout:
    layout = Layout()
    zones = max([len(network.zones) for network in picture.networks] or [0])
    inner = max(zones * COLUMN, 4 * EDGE_WIDTH + 3 * EDGE_SPACE)
    layout.width = inner + 2 * (MARGIN + PAD)
    y = edge(layout, picture, MARGIN)
    gutters: list[float] = []
    for network in picture.networks:
        y = vpc(layout, network, y + LANE, inner, gutters)
    y = services(layout, picture.services, y + GAP)
    layout.height = y + MARGIN
    layout.lines = routes(layout, picture.links, gutters)
    return layout


def edge(layout: Layout, picture: Picture, y: float) -> float:
    """A column each for everybody, names, firewalls above the CDN, and buckets, those that are linked lowest. Its bottom."""
    nodes = list(picture.edge)
    if any(INTERNET in (link.source, link.target) for link in picture.links):
        nodes.insert(0, Node(INTERNET, INTERNET, "Internet", "everybody"))
    if not nodes:
        return y
    linked = {link.target for link in picture.links}
    columns = [
        sorted(
            (node for node in nodes if node.kind in kinds),
            key=lambda node: (-kinds.index(node.kind), node.key not in linked),
        )
        for kinds in EDGE_COLUMNS
    ]
    across = (layout.width - 2 * MARGIN - EDGE_WIDTH) / (len(columns) - 1)
    height = max(sized(node, EDGE_WIDTH)[0] for node in nodes)
    base = y + max(map(len, columns)) * (height + STACKED) - STACKED
    for index, column in enumerate(columns):
        for level, node in enumerate(column):
            top = base - height - level * (height + STACKED)
            lines = sized(node, EDGE_WIDTH)[1]
            layout.boxes.append(Box(node, MARGIN + index * across, top, EDGE_WIDTH, height, lines))
    return base


def sized(node: Node, width: float) -> tuple[float, tuple[str, ...]]:
    """The height that a node of `width` takes, and its detail in lines."""
    lines = tuple(wrap(node.detail, int((width - 2 * PAD) / CHARACTER), break_on_hyphens=False))
    columns = max(int((width - PAD) / (PART_WIDTH + PAD)), 1)
    rows = -(-len(node.parts) // columns)
    return TITLE + LINE * len(lines) + rows * (PART_HEIGHT + PAD), lines


def vpc(layout: Layout, network: Network, y: float, inner: float, gutters: list[float]) -> float:
    """The VPC's frame, columns and bands; returns its bottom. Adds the x of its gutters."""
    column = inner / max(len(network.zones), 1)
    left, top = MARGIN + PAD, y + 52
    frame = len(layout.areas)
    gutters += [left + index * column for index in range(1, len(network.zones))]
    bottom = top
    bands: list[Area] = []
    for tier in network.tiers:
        band_bottom = band(layout, network, tier, bottom, column)
        bands.append(Area("band", left, bottom, inner, band_bottom - bottom, tier.name))
        bottom = band_bottom + GAP
    layout.areas[frame:frame] = [
        Area("vpc", MARGIN, y, inner + 2 * PAD, bottom - y - GAP + PAD, network.name, f"VPC {network.cidr}", network.change),
        *bands,
        *(Area("zone", left + index * column, top - 22, column, 0, zone) for index, zone in enumerate(network.zones)),
    ]  # fmt: skip
    return bottom - GAP + PAD


def band(layout: Layout, network: Network, tier: Tier, y: float, column: float) -> float:
    """A tier: its subnets, then what is of one zone below its subnet, then what spans zones. Returns its bottom."""
    left, y = MARGIN + PAD, y + 26
    bottoms = dict.fromkeys(network.zones, y)
    for item in tier.subnets:
        x = left + network.zones.index(item.zone) * column + GUTTER
        layout.areas.append(pill(item, x, bottoms[item.zone], column - 2 * GUTTER))
        bottoms[item.zone] += 38
    for node in tier.nodes:
        if node.zone in bottoms:
            x = left + network.zones.index(node.zone) * column + GUTTER
            height, lines = sized(node, column - 2 * GUTTER)
            layout.boxes.append(Box(node, x, bottoms[node.zone], column - 2 * GUTTER, height, lines))
            bottoms[node.zone] += height + PAD
    wide = [node for node in tier.nodes if node.zone not in bottoms]
    y = max([y, *bottoms.values()])
    return row(layout, wide, y, left + PAD, column * len(network.zones) - 2 * PAD) + PAD if wide else y


def pill(item: Subnet, x: float, y: float, width: float) -> Area:
    return Area("subnet", x, y, width, 30, item.name, item.cidr, item.change)


def row(layout: Layout, nodes: Sequence[Node], y: float, x: float, width: float) -> float:
    """Nodes side by side, wider with more parts, all of one height. Returns their bottom."""
    shares = [1 + min(len(node.parts), 9) / 3 for node in nodes]
    unit = (width - GAP * (len(nodes) - 1)) / sum(shares)
    height = max(sized(node, unit * share)[0] for node, share in zip(nodes, shares, strict=True))
    for node, share in zip(nodes, shares, strict=True):
        box = Box(node, x, y, unit * share, height, sized(node, unit * share)[1])
        layout.boxes.append(box)
        parts(layout, box)
        x = box.right + GAP
    return y + height


def parts(layout: Layout, box: Box) -> None:
    """What a node is made of, in a grid at its foot."""
    columns = max(min(int((box.width - PAD) / (PART_WIDTH + PAD)), len(box.node.parts)), 1)
    width = min((box.width - PAD) / columns - PAD, PART_WIDTH * 1.5)
    top = box.y + TITLE + LINE * len(box.lines)
    for index, part in enumerate(box.node.parts):
        x = box.x + PAD + (index % columns) * (width + PAD)
        detail = " · ".join(text for text in (part.detail, part.zone) if text)
        y = top + (index // columns) * (PART_HEIGHT + PAD)
        layout.boxes.append(Box(part, x, y, width, PART_HEIGHT, (detail,)))


def services(layout: Layout, nodes: Sequence[Node], y: float) -> float:
    """The regional services in rows. Returns their bottom."""
    if not nodes:
        return y
    layout.areas.append(Area("heading", MARGIN, y, 0, 0, "Regional services"))
    y += 26
    columns = max(int((layout.width - 2 * MARGIN + GAP) / (SERVICE_WIDTH + GAP)), 1)
    for index, node in enumerate(nodes):
        x, top = (
            MARGIN + (index % columns) * (SERVICE_WIDTH + GAP),
            y + index // columns * (TITLE + LINE + GAP),
        )
        layout.boxes.append(Box(node, x, top, SERVICE_WIDTH, TITLE + LINE, (node.detail,)))
    return y + -(-len(nodes) // columns) * (TITLE + LINE + GAP) - GAP


class Ways:
    """Which gutters lines may still take on their way to a band, and how many have turned at each height."""

    def __init__(self, gutters: Sequence[float]) -> None:
        self._gutters = gutters
        self._taken: set[tuple[float, float]] = set()
        self._turns: dict[float, int] = {}

    def into(self, target: Box) -> float:
        """The x at which to reach `target` from above: a gutter that no other line takes to it, or its centre."""
        centre = target.x + target.width / 2
        free = [
            x
            for x in self._gutters
            if target.x + PAD < x < target.right - PAD and (x, target.y) not in self._taken
        ]
        x = min(free, key=lambda x: (abs(x - centre), x), default=centre)
        self._taken.add((x, target.y))
        return x

    def turn(self, source: Box) -> float:
        """The height below `source` at which the next line changes its column; each lower than the one before."""
        count = self._turns[source.bottom] = self._turns.get(source.bottom, 0) + 1
        return source.bottom + GAP + 8 * (count - 1)


def routes(layout: Layout, links: Sequence[Link], gutters: Sequence[float]) -> list[Line]:
    boxes, ways = {box.node.key: box for box in layout.boxes}, Ways(gutters)
    return [
        route(link, boxes[link.source], boxes[link.target], ways)
        for link in links
        if link.source in boxes and link.target in boxes
    ]


def route(link: Link, source: Box, target: Box, ways: Ways) -> Line:
    """Straight between boxes that stand on each other, down through a gutter, or from side to side."""
    if (source.x, source.width) == (target.x, target.width):
        x = source.x + source.width / 2
        start, end = (source.bottom, target.y) if source.y < target.y else (source.y, target.bottom)
        return Line(((x, start), (x, end)), link.label, (x, (start + end) / 2))
    if target.y >= source.bottom:
        end = ways.into(target)
        start = min(max(end, source.x + 2 * PAD), source.right - 2 * PAD)
        turn = source.bottom + GAP if start == end else ways.turn(source)
        points = ((start, source.bottom), (start, turn), (end, turn), (end, target.y))
        return Line(points, link.label, (end, target.y - 24))
    start, end = (source.right, target.x) if target.x > source.x else (source.x, target.right)
    bend = (start + end) / 2
    points = ((start, source.middle), (bend, source.middle), (bend, target.middle), (end, target.middle))
    return Line(points, link.label, (bend, (source.middle + target.middle) / 2))
