"""Perception's network between torch and the files that are shipped."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from valet_core.common.config import from_mapping
from valet_core.common.errors import ConfigError
from valet_core.dressing.training.arm_model import ArmNet, ArmNetConfig
from valet_core.perception.arm_inference import PLANES

__all__ = ['load_model', 'save_model']

OPSET = 18


def save_model(model: ArmNet, folder: Path, about: dict[str, Any]) -> None:
    """Write weights.safetensors, config.json, and model.onnx made of both.

    Args:
        model: the network.
        folder: made if it is not there.
        about: what made it, stored in config.json beside the network's own configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = model.eval()
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / 'weights.safetensors')
    config = {'network': dataclasses.asdict(model.config), **about}
    (folder / 'config.json').write_text(json.dumps(config, indent=1) + '\n', encoding='utf-8')
    plain = ArmNet(model.config).eval()
    plain.load_state_dict(weights)
    torch.onnx.export(
        _Exported(plain),
        (torch.zeros(1, *PLANES),),
        str(folder / 'model.onnx'),
        input_names=['planes'],
        output_names=['logits', 'joints', 'log_error'],
        opset_version=OPSET,
        dynamo=False,  # the newer exporter gives the same graph in minutes instead of seconds
    )


class _Exported(torch.nn.Module):
    """The network without the shuffles of pixels, which are quicker outside of the graph."""

    def __init__(self, model: ArmNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        logits, places, votes = self.model.decode(planes)
        joints, log_error, _ = self.model.gather(places, votes)
        return logits, joints, log_error


def load_model(folder: Path) -> ArmNet:
    """The network in torch again.

    Raises:
        ConfigError: if a file is missing.
    """
    for name in ('weights.safetensors', 'config.json'):
        if not (folder / name).is_file():
            raise ConfigError(f'model {folder}: {name} is missing')
    description = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
    model = ArmNet(from_mapping(ArmNetConfig, description['network'], str(folder)))
    model.load_state_dict(load_file(folder / 'weights.safetensors'))
    return model.eval()
