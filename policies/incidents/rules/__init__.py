"""All rules, in the order of their ids."""

from incidents.rules import node_label, single_vpc

RULES = (node_label.RULE, single_vpc.RULE)
