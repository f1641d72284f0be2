"""What each trap does to an organisation's deliveries, and what must come of it.

Belongs here: one function per trap of `traps.yml`, of the same name, in the module of its kind. Does not belong here:
where a trap is planted (`synthetic.traps`). Expected codes are those that the receipt must hold at least.
"""

from collections.abc import Callable

from synthetic.delivery import Delivery
from synthetic.planting import answers, dates, layout, redelivery
from synthetic.planting.scene import Scene

__all__ = ["PLANTING", "Scene"]

PLANTING: dict[str, Callable[[Scene], list[Delivery]]] = {
    plant.__name__: plant
    for plant in (
        layout.bom_on_cp1252, layout.semicolons_and_decimal_comma, layout.line_ends_in_comments,
        layout.total_row_and_footer, layout.formula_in_comment, layout.merged_header, layout.value_labels_differ,
        dates.us_dates, dates.excel_serial_dates, dates.excel_day_month, dates.epoch_milliseconds,
        dates.clock_changes,
        redelivery.changed_response, redelivery.redelivered_with_fewer_rows, redelivery.two_versions_at_once,
        redelivery.empty_file, redelivery.still_uploading, redelivery.zip_bomb,
        answers.two_languages, answers.reversed_scale, answers.outside_the_scale, answers.half_marks,
        answers.not_applicable_spelled_five_ways, answers.thousands_dots, answers.age_ninety_nine,
    )
}  # fmt: skip
