"""The policy pack: `pulumi preview --policy-pack policies`. A policy is named after its incident."""

from pulumi_policy import EnforcementLevel, PolicyPack

from incidents.analyzer import read_once
from incidents.pack import PackRun, policies
from incidents.rules import RULES

run = PackRun(RULES)
read_once(run)
PolicyPack(name="plinth", policies=[*policies(run)], enforcement_level=EnforcementLevel.MANDATORY)
