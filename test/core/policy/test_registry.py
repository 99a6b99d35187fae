"""Policies by name and by model folder; what cannot be one is refused with the cause."""

import json

import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.control.registry import DRESSING_POLICIES


def folder_with(path, text):
    (path / 'config.json').write_text(text)
    return str(path)


def test_a_name_makes_a_new_policy_each_time():
    first, second = (DRESSING_POLICIES.make('planner') for _ in range(2))
    assert isinstance(first, DressingPlanner) and first is not second


def test_a_model_folder_of_the_planner_has_its_settings(tmp_path):
    text = json.dumps({'policy': 'planner', 'planner': {'speed': 0.05}, 'path': {'turn': 0.5}})
    policy = DRESSING_POLICIES.make(folder_with(tmp_path, text))
    assert policy.config.speed == 0.05 and policy.path_config.turn == 0.5
    assert policy.config.entry_speed == DressingPlanner().config.entry_speed


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{"policy": "plan', 'cannot be read'),
        ('[]', 'received list'),
        ('{}', 'policy: received None; allowed: planner'),
        ('{"policy": "oracle"}', "policy: received 'oracle'; allowed: planner"),
        ('{"policy": "planner", "planner": {"speed": 9}}', 'speed'),
        ('{"policy": "planner", "planner": {"sped": 0.1}}', 'sped'),
    ],
)
def test_a_folder_that_is_not_right_is_refused_with_the_cause(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match='config.json') as error:
        DRESSING_POLICIES.make(folder_with(tmp_path, text))
    assert message in str(error.value)


def test_a_folder_without_a_configuration_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match='cannot be read'):
        DRESSING_POLICIES.make(str(tmp_path))


def test_an_unknown_name_is_refused_with_the_names_there_are():
    wanted = "received 'oracle'; allowed: planner.*arm_perception"
    with pytest.raises(InvalidInputError, match=wanted):
        DRESSING_POLICIES.make('oracle')
