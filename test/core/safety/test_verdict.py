"""Which verdicts of the failure monitor are an alarm."""

import pytest

from valet_core.safety.arm import Verdict

NAMES, INF, NAN = ['rnd', 'spread'], float('inf'), float('nan')


@pytest.mark.parametrize(
    ('verdict', 'reason'),
    [
        (Verdict(False), ''),
        (Verdict(False, NAMES, [1.0, 2.0], [3.0, 3.0]), ''),
        # The monitor may ask for several steps above a threshold: the flag is its own.
        (Verdict(False, NAMES, [4.0, 2.0], [3.0, 3.0]), ''),
        (Verdict(True), 'failure predicted'),
        (Verdict(True, NAMES, [1.0, 2.0], [3.0, 3.0]), 'failure predicted'),
        (Verdict(True, NAMES, [1.0, 4.5], [3.0, 3.0]), 'spread 4.5 > 3'),
        (Verdict(True, NAMES, [5.0, 4.5], [3.0, 3.0]), 'rnd 5 > 3, spread 4.5 > 3'),
        (Verdict(False, NAMES, [NAN, 2.0], [3.0, 3.0]), 'score of rnd is nan'),
        (Verdict(False, NAMES, [1.0, -INF], [3.0, 3.0]), 'score of spread is -inf'),
        (Verdict(False, NAMES, [1.0, 2.0], [3.0, INF]), 'threshold of spread is inf'),
        (Verdict(False, NAMES, [1.0, 2.0], [NAN, 3.0]), 'threshold of rnd is nan'),
        (Verdict(True, NAMES, [NAN, 4.0], [3.0, 3.0]), 'score of rnd is nan, spread 4 > 3'),
        (Verdict(False, NAMES, [1.0], [3.0, 3.0]), '2 names, 1 scores and 2 thresholds'),
        (Verdict(False, NAMES, [1.0, 2.0], []), '2 names, 2 scores and 0 thresholds'),
        (Verdict(False, [], [1.0], [3.0]), '0 names, 1 scores and 1 thresholds'),
    ],
)
def test_what_is_an_alarm_says_why(verdict, reason):
    assert verdict.reason() == reason
