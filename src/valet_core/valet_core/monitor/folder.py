"""The folder of a monitor: config.json, weights.safetensors, metrics.json, card.md."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.conformal import Band, Threshold
from valet_core.monitor.detector import Detector
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.scores.catalogue import find_scores
from valet_core.monitor.trace import TraceShape
from valet_core.policy.registry import CONFIG_FILE, read_config

__all__ = ['KIND', 'load_monitor', 'save_detector', 'save_monitor']

KIND = 'failure_monitor'
WEIGHTS_FILE = 'weights.safetensors'


def save_monitor(
    folder: Path, monitor: Monitor, about: Mapping[str, Any], metrics: Mapping[str, Any]
) -> None:
    """Write a monitor.

    Args:
        folder: made if it is not there.
        monitor: to store.
        about: what config.json says beside what the monitor needs: command, commit, seed.
        metrics: what it came to on other splits.
    """
    tensors = {f'{s.name}/{k}': v for s in monitor.scores for k, v in s.tensors().items()}
    config = {
        'kind': KIND,
        'policy': monitor.policy,
        'shape': monitor.shape._asdict(),
        'window': monitor.window,
        'scores': {score.name: score.parameters() for score in monitor.scores},
        **about,
    }
    _write(folder, monitor.detector, config, tensors, metrics)


def save_detector(
    folder: Path, detectors: Mapping[str, Detector], about: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the thresholds of scores that somebody else makes: no node can run them.

    Args:
        folder: made if it is not there.
        detectors: by name of the method.
        about: for config.json.
        metrics: for metrics.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        'kind': 'thresholds', **about,
        'methods': {name: _description(detector) for name, detector in detectors.items()},
    }  # fmt: skip
    bands = {f'{name}/{k}': v for name, d in detectors.items() for k, v in _bands(d).items()}
    _dump(folder / CONFIG_FILE, config)
    save_file(bands, folder / WEIGHTS_FILE)
    _dump(folder / 'metrics.json', metrics)


def load_monitor(folder: Path, max_age: float = float('inf')) -> Monitor:
    """Read a monitor.

    Args:
        folder: as `save_monitor` writes it.
        max_age: of a step, beyond which it counts as late [s].

    Raises:
        InvalidInputError: for a file that is missing or cut off, or of another kind.
    """
    config = read_config(folder)
    if config.get('kind') != KIND:
        raise InvalidInputError(
            f'{folder / CONFIG_FILE}: kind: received {config.get("kind")!r}; allowed: {KIND}'
        )
    try:
        tensors = load_file(folder / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise InvalidInputError(f'{folder / WEIGHTS_FILE}: cannot be read: {error}') from error
    try:
        kinds = find_scores(list(config['scores']))
        scores = [
            kind.restore(config['scores'][kind.name], _part(tensors, kind.name)) for kind in kinds
        ]
        return Monitor(
            scores, _detector(config, tensors), config['window'], TraceShape(**config['shape']),
            config['policy'], max_age,
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise InvalidInputError(f'{folder}: is incomplete: {error!r}') from error


def _write(
    folder: Path,
    detector: Detector,
    config: Mapping[str, Any],
    tensors: Mapping[str, np.ndarray],
    metrics: Mapping[str, Any],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _dump(folder / CONFIG_FILE, {**config, **_description(detector)})
    arrays = {**tensors, **_bands(detector)}
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / WEIGHTS_FILE)
    _dump(folder / 'metrics.json', metrics)
    (folder / 'card.md').write_text(_card(folder.name, config, detector), encoding='utf-8')


def _description(detector: Detector) -> dict[str, Any]:
    rows = zip(detector.names, detector.thresholds, strict=True)
    thresholds = {n: {'level': t.level, 'alpha': t.alpha, 'count': t.count} for n, t in rows}
    return {'rule': detector.rule, 'alpha': detector.alpha, 'thresholds': thresholds}


def _bands(detector: Detector) -> dict[str, np.ndarray]:
    out: dict[str, np.ndarray] = {}
    for name, threshold in zip(detector.names, detector.thresholds, strict=True):
        out[f'band/{name}/mean'] = threshold.band.mean
        out[f'band/{name}/modulation'] = threshold.band.modulation
    return out


def _detector(config: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Detector:
    thresholds = []
    for name in config['scores']:
        band = _part(tensors, f'band/{name}')
        row = config['thresholds'][name]
        made = Band(band['mean'], band['modulation'])
        thresholds.append(Threshold(made, row['level'], row['alpha'], row['count']))
    return Detector(tuple(config['scores']), tuple(thresholds), config['rule'], config['alpha'])


def _part(tensors: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    start = f'{name}/'
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}


def _dump(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + '\n', encoding='utf-8')


def _card(name: str, config: Mapping[str, Any], detector: Detector) -> str:
    counts = ', '.join(str(t.count) for t in detector.thresholds)
    return f"""# {name}

Predicts failures of the policy `{config['policy']}` from its traces, by {detector.name}. In a new
episode that succeeds it raises an alarm with a probability of {detector.alpha:g} at most, if that
episode is exchangeable with the {counts} successes that the threshold was made from. It says
nothing of a single scene, and nothing where scenes, policy or robot have changed.

Made by `{config.get('command', '')}`; settings in config.json, what it came to on random splits
in metrics.json.
"""
