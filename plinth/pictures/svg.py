"""A picture as SVG: one file without scripts or other assets, readable in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from plinth.pictures.layout import CHARACTER, PAD, Area, Box, Layout, Line, arrange
from plinth.pictures.model import Picture

FAMILIES = {
    "edge": ("internet", "dns", "cdn", "firewall", "balancer"),
    "compute": ("cluster", "nodes", "workload", "instance"),
    "data": ("database", "cache", "bucket", "proxy"),
    "network": ("nat", "endpoint"),
    "service": ("service",),
}
FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
MARKS = {"added": "+", "changed": "~", "removed": "\N{MINUS SIGN}"}

STYLE = """
text { font: 11px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: #57606a }
.page { fill: #ffffff } .title { font-size: 12.5px; font-weight: 600; fill: #1f2328 }
.big { font-size: 15px; font-weight: 600; fill: #1f2328 } .label { fill: #1f2328; font-weight: 600 }
.box { fill: #ffffff; stroke: #d0d7de } .vpc { fill: #f6f8fa; stroke: #8c959f } .label-back { fill: #ffffff }
.band { fill: #eef3f8; stroke: none } .subnet { fill: #ffffff; stroke: #afb8c1; stroke-dasharray: 4 3 }
.line { fill: none; stroke: #57606a; stroke-width: 1.5 } .arrow { fill: #57606a }
.edge { fill: #8250df } .compute { fill: #bc4c00 } .data { fill: #0969da } .network { fill: #1a7f37 } .service { fill: #6e7781 }
.added { stroke: #1a7f37; stroke-width: 2.5 } .changed { stroke: #bf8700; stroke-width: 2.5 }
.removed { stroke: #cf222e; stroke-width: 2.5; stroke-dasharray: 6 4 }
.mark { font-size: 14px; font-weight: 700 } .mark.added { fill: #1a7f37; stroke: none }
.mark.changed { fill: #9a6700; stroke: none } .mark.removed { fill: #cf222e; stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 } .page { fill: #0d1117 } .title, .big, .label { fill: #f0f6fc }
.box { fill: #151b23; stroke: #3d444d } .vpc { fill: #0f141b; stroke: #656c76 } .label-back { fill: #0d1117 }
.band { fill: #161d27 } .subnet { fill: #0d1117; stroke: #4c535d } .line { stroke: #9198a1 } .arrow { fill: #9198a1 }
.edge { fill: #ab7df8 } .compute { fill: #f0883e } .data { fill: #4493f8 } .network { fill: #3fb950 } .service { fill: #9198a1 }
.added { stroke: #3fb950 } .changed { stroke: #d29922 } .removed { stroke: #f85149 }
.mark.added { fill: #3fb950 } .mark.changed { fill: #d29922 } .mark.removed { fill: #f85149 }
}
"""

TIERS = {
    "public": "public: routes to the internet",
    "private": "private: out through NAT alone",
    "isolated": "isolated: no route out in this stack",
}


def draw(picture: Picture, title: str) -> str:
    """The SVG document, ending in a newline. All text is escaped."""
    layout = arrange(picture)
    return "\n".join([*document(layout, title), ""])


def document(layout: Layout, title: str) -> Iterator[str]:
    width, height = number(layout.width), number(layout.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{quoted(title)}">'
    )
    yield f"<title>{quoted(title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield (
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="arrow" d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    yield f'<rect class="page" width="{width}" height="{height}" rx="8"/>'
    for area in layout.areas:
        yield from draw_area(area)
    for line in layout.lines:
        yield draw_line(line)
    for box in layout.boxes:
        yield from draw_box(box)
    for line in layout.lines:
        yield from draw_label(line)
    yield "</svg>"


def draw_area(area: Area) -> Iterator[str]:
    if area.kind in ("vpc", "band", "subnet"):
        yield rect(f"{area.kind} {area.change}".strip(), area.x, area.y, area.width, area.height, radius=8)
    match area.kind:
        case "vpc":
            yield text(area.x + PAD, area.y + 22, area.title, "big")
            yield text(area.x + PAD + 9.2 * len(area.title) + PAD, area.y + 22, area.detail)
        case "band":
            yield text(area.x + PAD, area.y + 17, TIERS[area.title])
        case "zone":
            yield text(area.x + area.width / 2, area.y + 12, area.title, "title", anchor="middle")
        case "subnet":
            yield text(area.x + PAD, area.y + 19, fitted(area.title, area.width - 120))
            yield text(area.x + area.width - PAD, area.y + 19, area.detail, anchor="end")
        case _:
            yield text(area.x, area.y + 14, area.title, "title")


def draw_box(box: Box) -> Iterator[str]:
    node = box.node
    yield "<g>"
    yield f"<title>{quoted(' '.join(item for item in (node.title, node.detail, node.zone, node.change) if item))}</title>"
    yield rect(f"box {node.change}".strip(), box.x, box.y, box.width, box.height, radius=6)
    yield rect(FAMILY[node.kind], box.x, box.y + 5, 4, box.height - 10, radius=2)
    room = box.width - 2 * PAD - (16 if node.change else 0)
    yield text(box.x + PAD + 4, box.y + 18, fitted(node.title, room * 0.88), "title")
    for index, line in enumerate(box.lines):
        yield text(box.x + PAD + 4, box.y + 34 + 15 * index, fitted(line, room))
    if node.change:
        yield text(box.right - PAD, box.y + 19, MARKS[node.change], f"mark {node.change}", anchor="end")
    yield "</g>"


def draw_line(line: Line) -> str:
    points = " ".join(f"{number(x)},{number(y)}" for x, y in line.points)
    return f'<polyline class="line" points="{points}" marker-end="url(#end)"/>'


def draw_label(line: Line) -> Iterator[str]:
    if line.label:
        (x, y), width = line.at, CHARACTER * len(line.label) + 10
        yield rect("label-back", x - width / 2, y - 8, width, 16, radius=4)
        yield text(x, y + 4, line.label, "label", anchor="middle")


def rect(class_: str, x: float, y: float, width: float, height: float, *, radius: int) -> str:
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{class_}" {place} rx="{radius}"/>'


def text(x: float, y: float, content: str, class_: str = "", *, anchor: str = "") -> str:
    attributes = (f' class="{class_}"' if class_ else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{number(x)}" y="{number(y)}"{attributes}>{quoted(content)}</text>'


def fitted(content: str, width: float) -> str:
    """`content`, cut where it would leave `width`; the whole of it is the box's tooltip."""
    most = max(int(width / CHARACTER), 1)
    return content if len(content) <= most else f"{content[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def quoted(content: str) -> str:
    """Escaped for text and attributes, without the control characters that XML forbids."""
    return escape("".join(letter if letter.isprintable() else " " for letter in content))


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
