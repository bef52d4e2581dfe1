"""The address plan, for any network that is accepted."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from settings.network import NetworkPlan, NetworkSettings, Tier

ZONES = tuple(f"eu-central-1{letter}" for letter in "abcd")


@st.composite
def vpcs(draw: st.DrawFn) -> IPv4Network:
    prefix = draw(st.integers(16, 22))
    base = draw(
        st.sampled_from(
            [IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16")]
        )
    )
    offset = draw(st.integers(0, 2 ** (prefix - base.prefixlen) - 1))
    return IPv4Network((int(base.network_address) + offset * 2 ** (32 - prefix), prefix))


def plan(vpc: IPv4Network, zones: int) -> NetworkPlan:
    return NetworkSettings.model_validate({"cidr": str(vpc), "zones": ZONES[:zones]}).plan


@given(vpcs(), st.integers(2, 4))
def test_subnets_lie_in_the_vpc_and_never_overlap(vpc: IPv4Network, zones: int) -> None:
    subnets = plan(vpc, zones).subnets
    assert [(subnet.tier, subnet.zone) for subnet in subnets] == [
        (tier, zone) for tier in Tier for zone in ZONES[:zones]
    ]
    assert all(subnet.cidr.subnet_of(vpc) for subnet in subnets)
    assert not any(one.cidr.overlaps(other.cidr) for one, other in combinations(subnets, 2))
    assert len({subnet.name for subnet in subnets}) == len(subnets)


@given(vpcs(), st.integers(2, 3))
def test_a_zone_added_at_the_end_moves_no_subnet(vpc: IPv4Network, zones: int) -> None:
    assert set(plan(vpc, zones).subnets) < set(plan(vpc, zones + 1).subnets)


@given(vpcs())
def test_private_subnets_have_half_of_the_addresses(vpc: IPv4Network) -> None:
    private = sum(subnet.cidr.num_addresses for subnet in plan(vpc, 4).subnets if subnet.tier is Tier.PRIVATE)
    assert private * 2 == vpc.num_addresses
