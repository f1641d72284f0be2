"""The gate: judges every delivery by counts and means over it, never by answers themselves."""

from expectations.delivery import Delivery
from expectations.judging import Judgement, judge
from expectations.rules import Rule, rules
from expectations.verdicts import Finding, RuleResult, Verdict

__all__ = ["Delivery", "Finding", "Judgement", "Rule", "RuleResult", "Verdict", "judge", "rules"]
