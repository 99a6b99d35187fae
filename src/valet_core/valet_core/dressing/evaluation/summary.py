"""Records of dressing episodes as means with intervals, in all and by region and garment."""

from collections.abc import Sequence
from typing import Any

from valet_core.common.statistics import summary_entry

__all__ = ['summarise', 'summarise_by']

RATIOS = ('upper_arm_ratio', 'whole_arm_ratio', 'best_upper_arm_ratio', 'best_whole_arm_ratio')
RATES = ('success', 'gentle', 'pierced', 'touched', 'force_limit')
FORCES = ('force_p95_n', 'force_peak_n', 'contact_peak_n', 'contact_time_s')


def summarise(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and 95 % interval of each metric.

    Args:
        records: of `evaluate_cell`, at least one.

    Returns:
        {'mean', 'ci95'} of ratios, rates and forces, both None where no episode ran, and the
        numbers of 'episodes' and of 'not_run'.
    """
    summary: dict[str, Any] = {}
    for name in (*RATIOS, *RATES, *FORCES):
        values = [r[name] for r in records if r[name] is not None]
        summary[name] = summary_entry(values)
    summary['episodes'] = len(records)
    summary['not_run'] = sum(r['error'] is not None for r in records)
    return summary


def summarise_by(records: Sequence[dict[str, Any]], key: str) -> dict[str, Any]:
    """The same for each group of records.

    Args:
        records: of `evaluate_cell`.
        key: 'region' or 'garment'.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        name = record['cell']['garment']['kind'] if key == 'garment' else record[key]
        groups.setdefault(name or 'outside', []).append(record)
    return {name: summarise(group) for name, group in sorted(groups.items())}
