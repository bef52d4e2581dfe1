"""SVG and Mermaid: well-formed whatever people name their resources, and nothing leaves its place."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET  # parses what was just drawn

import pytest

from plinth.pictures.layout import arrange
from plinth.pictures.mermaid import escaped, flowchart
from plinth.pictures.reading import read
from plinth.pictures.svg import draw
from tests.pictures.program import HOSTILE, SUBNET, VPC, resource, shop, urn

SVG = "{http://www.w3.org/2000/svg}"


def test_the_svg_is_well_formed_and_has_no_scripts_and_no_other_assets() -> None:
    root = ET.fromstring(draw(read(shop()), f"a {HOSTILE}"))  # noqa: S314
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "rect", "text", "g", "polyline"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    assert HOSTILE in "".join(root.itertext())


def test_both_schemes_style_the_same_things() -> None:
    style = draw(read([]), "empty").partition("<style>")[2].partition("</style>")[0]
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    names = re.compile(r"\.([a-z-]+)")
    assert set(names.findall(dark)) == set(names.findall(light))


def test_boxes_do_not_overlap_and_stay_on_the_page() -> None:
    layout = arrange(read(shop()))
    for box in layout.boxes:
        assert box.x >= 0
        assert box.right <= layout.width
        assert box.bottom <= layout.height
    for one, other in combinations(layout.boxes, 2):
        apart = one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
        nested = one.node in list(other.node.walk()) or other.node in list(one.node.walk())
        assert apart or nested, f"{one.node.key} lies on {other.node.key}"


@pytest.mark.parametrize("zones", [0, 1, 2, 6])
def test_any_number_of_zones_is_drawn(zones: int) -> None:
    subnets = [
        resource(SUBNET, f"s{index}", {"vpcId": [urn(VPC, "main")]}, availabilityZone=f"eu-west-1{index}")
        for index in range(zones)
    ]
    picture = read([resource(VPC, "main"), *subnets])
    ET.fromstring(draw(picture, "zones"))  # noqa: S314
    assert flowchart(picture).count("subgraph") == 1 + bool(zones)


def test_changes_are_drawn_as_signs_too_not_only_as_colours() -> None:
    before, after = shop()[:-1], shop()[1:]
    svg = draw(read(after, before), "what moved")
    assert 'class="mark added"' in svg
    assert 'class="vpc removed"' in svg


def test_mermaid_says_what_is_in_what_and_who_reaches_whom() -> None:
    text = flowchart(read(shop()))
    assert 'subgraph g4["VPC main 10.0.0.0/16"]' in text
    assert '["NAT gateway<br>nat<br>eu-west-1a"]' in text
    assert '-->|"8080-8090"|' in text


def test_a_name_cannot_leave_its_label_in_mermaid() -> None:
    """The label of the node with a hostile name, in full: numbered entities, no sign of Mermaid's or HTML's own."""
    assert set(re.sub(r"#\d+;", "", escaped(HOSTILE))) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:,+"
    )
    line = next(line for line in flowchart(read(shop())).splitlines() if "EC2 instance" in line)
    assert line.strip() == f'n3["EC2 instance<br>{escaped(HOSTILE)}, m7g.large"]'


def test_mermaid_marks_what_moved() -> None:
    text = flowchart(read(shop(), shop()[:-1]))
    assert "classDef added" in text
    assert "classDef removed" not in text
