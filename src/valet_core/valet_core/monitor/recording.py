"""Episodes of ours on disk: one compressed .npz each.

Keys: `embedding` (T, D), `actions` (T, H, A), `samples` (T, B, H, A) where the policy draws any,
`stamps` (T,) [s], `period` () [s], `success` (), `policy` (), `episode_id` (), `group` (),
`ended` () [s] and `force` (T,) [N] where somebody noted them.
Other keys are ignored.
"""

import zipfile
from pathlib import Path

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = [
    'SUFFIX', 'TraceRecorder', 'check_alike', 'read_episode', 'read_episodes', 'write_episode',
]  # fmt: skip

SUFFIX = '.npz'
_NEEDED = ('embedding', 'actions', 'stamps', 'period', 'success', 'policy')


class TraceRecorder:
    """Collects the steps of one episode."""

    def __init__(self) -> None:
        """Start without a step."""
        self._steps: list[TraceStep] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(
        self, stamp: float, embedding: np.ndarray, actions: np.ndarray, samples: np.ndarray | None
    ) -> None:
        """Take a step.

        Args:
            stamp: of the observation [s].
            embedding: shape (D,).
            actions: shape (H, A).
            samples: shape (B, H, A), or None.
        """
        drawn = None if samples is None else np.array(samples, np.float32)
        chunk = np.array(actions, np.float32)
        step = TraceStep(len(self._steps), stamp, np.array(embedding, np.float32), chunk, drawn)
        self._steps.append(step)

    def episode(
        self, episode_id: str, policy: str, success: bool, period: float, group: str = '',
        ended: float = float('nan'), force: np.ndarray | None = None,
    ) -> EpisodeTrace:  # fmt: skip
        """The episode of the steps so far.

        Raises:
            InvalidInputError: where there is none, or some have samples and some have not.
        """
        steps = self._steps
        drawn = {step.samples is not None for step in steps}
        if len(drawn) != 1:
            reason = 'only some of its steps have samples' if drawn else 'it has no step'
            raise InvalidInputError(f'episode {episode_id}: {reason}')
        rows = [s.samples for s in steps if s.samples is not None]
        samples = np.stack(rows) if rows else None
        return EpisodeTrace(
            episode_id, policy, success, period, np.array([s.stamp for s in steps]),
            np.stack([s.embedding for s in steps]), np.stack([s.actions for s in steps]),
            samples, group, ended, force,
        )  # fmt: skip


def write_episode(folder: Path, episode: EpisodeTrace) -> Path:
    """Write an episode under its name; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f'{episode.episode_id}{SUFFIX}'
    arrays = {
        'embedding': episode.embedding, 'actions': episode.actions, 'stamps': episode.stamps,
        'period': np.array(episode.period), 'success': np.array(episode.success),
        'policy': np.array(episode.policy), 'episode_id': np.array(episode.episode_id),
        'group': np.array(episode.group),
    }  # fmt: skip
    if episode.samples is not None:
        arrays['samples'] = episode.samples
    if episode.force is not None:
        arrays['force'] = episode.force
    if np.isfinite(episode.ended):
        arrays['ended'] = np.array(episode.ended)
    # Under another name first: who looks into the folder meanwhile finds no half of a file.
    partial = path.with_suffix('.partial')
    with partial.open('wb') as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return partial.replace(path)


def read_episode(path: Path) -> EpisodeTrace:
    """Read an episode.

    Raises:
        InvalidInputError: for a file that is empty, cut off, of another kind, or lacks a key.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise InvalidInputError(f'{path}: is empty, cut off or no .npz: {error}') from error
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise InvalidInputError(f'{path}: lacks {", ".join(missing)}; it has {", ".join(arrays)}')
    name = str(arrays.get('episode_id', path.stem))
    samples = arrays.get('samples')
    try:
        return EpisodeTrace(
            name, str(arrays['policy']), bool(arrays['success']), float(arrays['period']),
            arrays['stamps'].astype(float), arrays['embedding'].astype(np.float32),
            arrays['actions'].astype(np.float32),
            None if samples is None or samples.shape[1] == 0 else samples.astype(np.float32),
            str(arrays.get('group', '')), float(arrays.get('ended', np.nan)), arrays.get('force'),
        )  # fmt: skip
    except InvalidInputError as error:
        raise InvalidInputError(f'{path}: {error}') from None


def read_episodes(folder: Path) -> list[EpisodeTrace]:
    """All episodes of a folder, in the order of their names.

    Raises:
        InvalidInputError: for a folder without any, a file that cannot be read, an episode that
            is there twice, or episodes of more than one policy.
    """
    paths = sorted(folder.glob(f'*{SUFFIX}')) if folder.is_dir() else []
    if not paths:
        raise InvalidInputError(f'{folder}: holds no episode (*{SUFFIX})')
    episodes = [read_episode(path) for path in paths]
    check_alike(episodes)
    return episodes


def check_alike(episodes: list[EpisodeTrace]) -> None:
    """Check that episodes are different ones of one policy.

    Raises:
        InvalidInputError: naming the first that does not belong to the others.
    """
    first = episodes[0]
    seen: set[str] = set()
    for episode in episodes:
        if episode.episode_id in seen:
            raise InvalidInputError(f'episode {episode.episode_id} is there twice')
        seen.add(episode.episode_id)
        wrong = first.shape.mismatch(episode.shape)
        if wrong or episode.policy != first.policy:
            raise InvalidInputError(
                f'episode {episode.episode_id} of policy {episode.policy!r}: '
                f'{wrong or "another policy"}; episode {first.episode_id} is of {first.policy!r}'
            )
