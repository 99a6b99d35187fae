"""Metrics by hand."""

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.common.statistics import exact_interval
from valet_core.monitor.metrics import Detection, mean_metrics, metrics, roc_auc


def test_metrics_of_four_episodes_by_hand():
    found = metrics(
        [
            Detection(False, 11, 2, 3.0), Detection(False, 11, None, -0.5),
            Detection(True, 8, None, -0.6), Detection(True, 8, 7, 0.1),
        ],
        longest=11,
    )  # fmt: skip
    assert found['tpr'] == found['tnr'] == found['balanced_accuracy'] == 0.5
    assert found['false_alarm_rate'] == 0.5
    assert found['detection_time'] == pytest.approx(0.2)
    assert found['twa'] == pytest.approx(0.5 * (0.5 * (0.8 + 0.0) + 0.5))
    assert found['roc_auc'] == 0.75
    assert found['false_alarm_ci95'] == pytest.approx([0.0126, 0.9874], abs=1e-4)


def test_without_failures_there_is_no_rate_of_detection():
    found = metrics([Detection(True, 8, None, -1.0)], longest=8)
    assert found['tpr'] is found['twa'] is found['detection_time'] is found['roc_auc'] is None
    assert found['tnr'] == 1.0


def test_means_over_splits_leave_out_what_is_not_there():
    rows = [{'a': 1.0, 'b': None, 'c': [0.0, 0.5]}, {'a': 2.0, 'b': 4.0, 'c': [0.1, 0.7]}]
    found = mean_metrics(rows)
    assert found['a'] == 1.5 and found['b'] == 4.0
    assert found['c'] == pytest.approx([0.05, 0.6])


def test_the_area_counts_ties_half():
    assert roc_auc([1.0, 2.0], [1.0, 0.0]) == 0.875
    assert roc_auc([np.inf], [np.inf]) == 0.5


def test_exact_interval_of_clopper_and_pearson():
    assert exact_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert exact_interval(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert exact_interval(1, 20) == pytest.approx((0.00127, 0.24873), abs=1e-5)
    with pytest.raises(InvalidInputError, match='received 3 of 2'):
        exact_interval(3, 2)
