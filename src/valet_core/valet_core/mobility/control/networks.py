"""Small networks in numpy: what a learned controller evaluates, and how it is stored."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.policy.mlp import Mlp

__all__ = [
    'ACTIONS', 'BASE', 'GENERALIST', 'PolicyNetwork', 'load_policy', 'save_policy',
    'specialist_name',
]  # fmt: skip

ACTIONS = 3
BASE, GENERALIST = 'mobility_base', 'mobility_generalist'  # names of models


def specialist_name(embodiment: str) -> str:
    """Name of the model of a body's specialist."""
    return f'mobility_{embodiment}'


class PolicyNetwork:
    """Base and, for a specialist, the residual that is added to its action.

    Attributes:
        base: network of the base policy or the generalist.
        residual: network of the residual, or None.
        features: how its input is made.
    """

    def __init__(self, base: Mlp, features: FeatureConfig, residual: Mlp | None = None) -> None:
        """Check that the sizes fit.

        Raises:
            InvalidInputError: if a network's input is not the features.
        """
        expected = feature_size(features)
        for part in (base, residual):
            if part is not None and part.inputs != expected:
                raise InvalidInputError(
                    f'network: received {part.inputs} inputs; allowed: {expected}, as its '
                    'features have'
                )
        self.base, self.residual, self.features = base, residual, features

    def act(self, x: np.ndarray) -> np.ndarray:
        """Actions (..., 3) of features (..., F), about -1..1."""
        action = self.base(x)[..., :ACTIONS]
        if self.residual is not None:
            action = action + self.residual(x)[..., :ACTIONS]
        return action


def save_policy(folder: str | Path, policy: PolicyNetwork, metadata: Mapping[str, Any]) -> None:
    """Write policy.safetensors and config.json.

    Args:
        folder: made if it is not there.
        policy: to store.
        metadata: what config.json says beside the features: seed, command, git commit, ...
    """
    import dataclasses

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = policy.base.tensors('base')
    if policy.residual is not None:
        tensors |= policy.residual.tensors('residual')
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()},
              folder / 'policy.safetensors')  # fmt: skip
    record = {'features': dataclasses.asdict(policy.features), **metadata}
    (folder / 'config.json').write_text(json.dumps(record, indent=2) + '\n')


def load_policy(folder: str | Path) -> PolicyNetwork:
    """Read what `save_policy` wrote.

    Raises:
        InvalidInputError: if a file is missing or does not fit.
    """
    folder = Path(folder)
    try:
        config = json.loads((folder / 'config.json').read_text())
        tensors = load_file(folder / 'policy.safetensors')
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f'{folder}: cannot be read: {error}; allowed: a folder with config.json and '
            'policy.safetensors, made by `valet train mobility`'
        ) from error
    residual = None
    if any(key.startswith('residual.') for key in tensors):
        residual = Mlp.from_tensors(tensors, 'residual')
    return PolicyNetwork(
        Mlp.from_tensors(tensors, 'base'), FeatureConfig(**config['features']), residual
    )
