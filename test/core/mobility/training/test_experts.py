import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.control.features import FeatureConfig
from valet_core.mobility.training.expert_choice import choose_expert
from valet_core.mobility.training.experts import PlannerExpert, SpecialistExpert
from valet_core.mobility.training.policy_check import check_policy
from valet_core.mobility.training.symmetry import left_right


def test_planner_tells_the_same_means_with_and_without_a_spread(drives):
    seen = drives.reset()
    means = PlannerExpert(drives, std=None).targets(seen)
    both = PlannerExpert(drives, std=0.2).targets(seen)
    np.testing.assert_array_equal(both[:, :3], means)
    np.testing.assert_array_equal(both[:, 3:], np.full((8, 3), 0.2))


def test_planner_arrives(drives):
    expert = PlannerExpert(drives, std=None)
    assert check_policy(drives, expert.targets)['success'] >= 0.75


def test_specialist_tells_its_clipped_action_and_its_spread(drives, base):
    seen = 20.0 * drives.reset()
    targets = SpecialistExpert(base, np.array([0.1, 0.2, 0.3])).targets(seen)
    assert np.abs(base.act(seen)).max() > 1.0
    np.testing.assert_array_equal(targets[:, :3], np.clip(base.act(seen), -1.0, 1.0))
    np.testing.assert_array_equal(targets[3, 3:], [0.1, 0.2, 0.3])


def test_body_without_a_specialist_follows_the_planner(drives, tmp_path):
    expert, about = choose_expert('best', drives, tmp_path)
    assert isinstance(expert, PlannerExpert) and about == {'expert': 'planner'}
    with pytest.raises(InvalidInputError, match="received 'wise'; allowed: specialist, planner"):
        choose_expert('wise', drives, tmp_path)


def test_mirror_image_of_a_mirror_image_is_the_example(drives):
    source, sign, target_sign = left_right(FeatureConfig(), spreads=True)
    seen = drives.reset()
    mirrored = seen[:, source] * sign
    assert not np.array_equal(mirrored, seen)
    np.testing.assert_array_equal(mirrored[:, source] * sign, seen)
    assert target_sign.tolist() == [1.0, -1.0, -1.0, 1.0, 1.0, 1.0]
    assert left_right(FeatureConfig()).target_sign.tolist() == [1.0, -1.0, -1.0]
