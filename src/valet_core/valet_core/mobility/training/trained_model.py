"""The folder of a trained model: weights, configuration, card and the course of its training."""

import json
import time
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance
from valet_core.mobility.control.networks import PolicyNetwork, save_policy

__all__ = ['STAGES', 'write_model']

STAGES = {
    'il': 'Imitates a planner that knows the map (DAgger).',
    'residual': 'A residual trained by PPO on the frozen base; the residual began at zero.',
    'scratch': 'Trained by PPO without a base: the baseline of the residual.',
    'distill': 'Distilled from experts on its own drives, conditioned on the descriptor of the '
    'body.',
}


def write_model(
    folder: Path, policy: PolicyNetwork, details: dict[str, Any], history: list[dict[str, Any]]
) -> None:
    """Write policy.safetensors, config.json, card.md and metrics.json.

    Args:
        folder: made if it is not there; its name is the model's.
        policy: to store.
        details: for config.json: `stage`, one of STAGES, `embodiments`, `seed`, and others.
        history: records of its training.
    """
    made = {**provenance(), 'date': time.strftime('%Y-%m-%d')}
    save_policy(folder, policy, {**details, **made})
    (folder / 'card.md').write_text(_card(folder.name, details, made['command']), 'utf-8')
    record = {'training': history}
    (folder / 'metrics.json').write_text(json.dumps(record, indent=1) + '\n')


def _card(name: str, details: dict[str, Any], command: str) -> str:
    bodies = ', '.join(details['embodiments'])
    return f"""# {name}

{STAGES[details['stage']]} Bodies it was trained on: {bodies}. Nothing was trained or tuned on
`spot` or on the BARN worlds of the benchmark.

Made by `{command}`; settings in config.json, the course of training in metrics.json.

Input: nearness in 64 sectors, the way ahead planned over the scans, goal, speed, last action and
the descriptor of the body (`valet_core.mobility.control.features`). Output: body velocity as a
share of the limits (`valet_core.mobility.body.actions`). It is meant to run behind
`valet_core.mobility.control.command_guard`; without it collisions are several times as frequent.
"""
