import numpy as np
import pytest

from valet_core.mobility.training.policy_check import check_policy
from valet_core.mobility.training.training_drives import DriveCounts


def test_ended_drives_are_counted_and_begun_anew(drives, ahead):
    drives.reset()
    ended = np.zeros(3, dtype=int)
    for _ in range(150):
        step = drives.step(ahead)
        ended += [step.done.sum(), step.arrived.sum(), step.collided.sum()]
        assert np.array_equal(step.done, step.arrived | step.collided | step.timed_out)
        assert not drives.sim.collided.any()  # those that had are at a start again
    assert ended[0] > 0 and drives.counts == tuple(ended)
    drives.clear_counts()
    assert drives.counts == DriveCounts(0, 0, 0)


def test_reset_counts_from_zero(drives, ahead):
    drives.reset()
    drives.counts = DriveCounts(5, 4, 1)
    drives.reset()
    assert drives.counts == (0, 0, 0)


def test_rates_are_shares_of_the_ended_drives():
    counts = DriveCounts(8, 6, 1)
    assert (counts.success, counts.collision) == (0.75, 0.125)
    assert DriveCounts().success == 0.0


def test_actions_beyond_one_are_clipped(drives, ahead):
    drives.reset()
    seen = drives.step(5.0 * ahead).observation
    # The last three before the period and the descriptor of the body.
    action = drives.features.size - len(drives.embodiment.descriptor()) - 4
    np.testing.assert_array_equal(seen[:, action : action + 3], ahead)


def test_check_counts_the_first_drive_of_each_robot(drives):
    result = check_policy(drives, lambda seen: np.zeros((len(seen), 3)))
    assert result == {'drives': 8, 'success': 0.0, 'collision': pytest.approx(0.0)}
