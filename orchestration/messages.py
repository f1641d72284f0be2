"""The sentences for every code an organisation may meet: those of the readers and those of the gate's rules."""

from sources.messages import Message, all_messages
from sources.receipts import Texts


def texts() -> Texts:
    """A look-up over both rooms; KeyError for a code that neither explains."""
    from expectations import rules

    known = dict(all_messages())
    for rule in rules():
        known[rule.code] = Message(
            rule.code, rule.problem_severity, rule.text_nl, rule.text_en, rule.remedy_nl, rule.remedy_en
        )
    return known.__getitem__
