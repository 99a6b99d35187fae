import numpy as np
import pytest
import torch

from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.mobility.control.networks import PolicyNetwork
from valet_core.mobility.training.training_drives import TrainingDrives
from valet_core.mobility.training.worlds import training_worlds


@pytest.fixture(scope='package')
def drives() -> TrainingDrives:
    """Give eight omnidirectional robots in two offices."""
    body = find_embodiment('omni')
    return TrainingDrives(body, training_worlds(body, 2, scenes=('office',)), 8)


@pytest.fixture(scope='package')
def base() -> PolicyNetwork:
    """Give a policy of random weights."""
    torch.manual_seed(3)
    features = FeatureConfig()
    return PolicyNetwork(to_mlp(make_mlp((feature_size(features), 16, 3))), features)


@pytest.fixture
def ahead() -> np.ndarray:
    """Give full speed ahead for the eight robots."""
    return np.tile([1.0, 0.0, 0.0], (8, 1))
