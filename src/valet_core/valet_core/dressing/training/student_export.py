"""The folder of a student: weights, ONNX made of them, configuration, card and metrics."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from valet_core.common.config import from_mapping
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.control.student_config import STUDENT_VERSION, StudentConfig
from valet_core.policy.chunk_network import ChunkNetwork, ChunkNetworkConfig

__all__ = ['load_student', 'save_student']

OPSET = 18


def save_student(
    network: ChunkNetwork, folder: Path, student: StudentConfig, about: dict[str, Any],
    metrics: dict[str, Any], card: str,
) -> None:
    """Write all files of a model folder.

    Args:
        network: the student.
        folder: made if it is not there.
        student: how it is run.
        about: what made it, for config.json.
        metrics: for metrics.json.
        card: text of card.md.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = network.eval()
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, folder / 'weights.safetensors')
    config = {
        'policy': 'student', 'version': STUDENT_VERSION,
        'student': dataclasses.asdict(student), 'network': dataclasses.asdict(network.config),
        **about,
    }  # fmt: skip
    _export(network, folder)
    (folder / 'config.json').write_text(json.dumps(config, indent=1) + '\n', encoding='utf-8')
    (folder / 'metrics.json').write_text(json.dumps(metrics, indent=1) + '\n', encoding='utf-8')
    (folder / 'card.md').write_text(card, encoding='utf-8')


def load_student(folder: Path) -> ChunkNetwork:
    """The network in torch again.

    Raises:
        InvalidInputError: if a file is missing, cut off or of other sizes.
    """
    try:
        config = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
        network = ChunkNetwork(from_mapping(ChunkNetworkConfig, config['network'], str(folder)))
        network.load_state_dict(load_file(folder / 'weights.safetensors'))
    except (OSError, ValueError, KeyError, RuntimeError, ConfigError) as error:
        raise InvalidInputError(f'{folder}: no student: {error}') from error
    except Exception as error:  # safetensors' own has no public base
        raise InvalidInputError(f'{folder}: cannot be read: {error}') from error
    return network.eval()


def _export(network: ChunkNetwork, folder: Path) -> None:
    c = network.config
    torch.onnx.export(
        network.observer,
        (torch.zeros(1, c.points, c.channels), torch.zeros(1, c.state)),
        str(folder / 'encoder.onnx'),
        input_names=['points', 'state'], output_names=['embedding', 'done'],
        opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    several = {name: {0: 'batch'} for name in ('chunk', 'level', 'embedding', 'clean')}
    torch.onnx.export(
        network.denoiser,
        (torch.zeros(2, c.chunk), torch.zeros(2), torch.zeros(2, c.width)),
        str(folder / 'denoiser.onnx'),
        input_names=['chunk', 'level', 'embedding'], output_names=['clean'],
        dynamic_axes=several, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
