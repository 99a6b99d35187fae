"""The files of the gates against their defaults, and the default limits of force."""

import dataclasses

import numpy as np
import pytest
import yaml
from places import CONFIG

from valet_core.common.config import from_mapping
from valet_core.safety import ForceLimits, ForceRule
from valet_core.safety.arm import ArmGateConfig, SeparationConfig
from valet_core.safety.base import BaseGateConfig


def test_the_file_of_the_base_gate_names_every_setting_with_its_default():
    written = yaml.safe_load((CONFIG / 'base_gate.yaml').read_text())['/**']['ros__parameters']
    of_the_node = {'embodiment', 'enable_stamped_cmd_vel'}
    assert written.keys() >= of_the_node
    rules = {key: value for key, value in written.items() if key not in of_the_node}
    assert rules == dataclasses.asdict(BaseGateConfig())


def test_the_file_of_the_safety_gate_names_every_setting_with_its_default():
    written = yaml.safe_load((CONFIG / 'safety.yaml').read_text())['/**']['ros__parameters']
    assert from_mapping(ArmGateConfig, written) == ArmGateConfig()
    assert written['separation'].keys() == dataclasses.asdict(SeparationConfig()).keys()


@pytest.mark.parametrize('phase', ForceLimits().phases)
@pytest.mark.parametrize('sign', [-1.0, 1.0])
@pytest.mark.parametrize('axis', [0, 1, 2])
def test_a_force_along_an_axis_is_bounded_by_the_magnitude_of_its_phase(phase, sign, axis):
    rule = ForceRule(ForceLimits())
    force = sign * rule.limit(phase).magnitude * np.eye(3)[axis]
    assert not rule.faults(force, phase)
    assert rule.faults(1.001 * force, phase)[0].rule == 'force_magnitude'


def test_40_n_are_allowed_from_the_forearm_up_and_else_35_n():
    rule = ForceRule(ForceLimits())
    most = {phase: rule.limit(phase).magnitude for phase in ForceLimits().phases}
    above = {'forearm', 'elbow', 'upper_arm'}
    assert most == {phase: 40.0 if phase in above else 35.0 for phase in most}
    assert rule.limit('unheard of').high.tolist() == [35.0] * 3
    assert rule.limit('unheard of').low.tolist() == [-35.0] * 3
