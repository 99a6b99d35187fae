import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.training.worlds import TRAINING_SEEDS, training_worlds


def test_held_out_body_is_refused():
    with pytest.raises(InvalidInputError, match='received spot, which is held out'):
        training_worlds(find_embodiment('spot'), 1)


@pytest.mark.parametrize('seed', [-1, TRAINING_SEEDS - 1, TRAINING_SEEDS])
def test_seeds_of_validation_are_refused(seed):
    with pytest.raises(InvalidInputError, match=f'seed: received {seed}; allowed: 0..99998'):
        training_worlds(find_embodiment('omni'), 2, seed)


def test_each_scene_has_so_many_worlds():
    bank = training_worlds(find_embodiment('omni'), 2, scenes=('office', 'warehouse'))
    assert len(bank) == 4
