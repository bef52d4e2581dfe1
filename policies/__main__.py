"""The policy pack: `pulumi preview --policy-pack policies`. A policy is named after its incident."""

from pulumi_policy import EnforcementLevel, PolicyPack

from incidents.pack import policies

PolicyPack(name="plinth", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
