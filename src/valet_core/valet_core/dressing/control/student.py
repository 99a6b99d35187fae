"""The learned policy: chunks of actions from labelled points, by ONNX Runtime on one thread."""

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from valet_core.common.config import from_mapping
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.control.observation import (
    ACTIONS,
    DressingGoal,
    DressingObservation,
    trusted_limb,
)
from valet_core.dressing.control.student_config import (
    ANGULAR_UNIT,
    LINEAR_UNIT,
    STUDENT_VERSION,
    StudentConfig,
)
from valet_core.dressing.control.student_features import (
    CHANNELS,
    POINTS,
    STATE,
    WINDOW,
    Moment,
    action_signs,
    features_of,
    mirrored,
)
from valet_core.perception.labels import Label
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec
from valet_core.policy.samplers import make_sampler

__all__ = ['DressingStudent', 'student_of']

FILES = ('encoder.onnx', 'denoiser.onnx')
UNITS = np.array([LINEAR_UNIT] * 3 + [ANGULAR_UNIT] * 3)


class DressingStudent(Policy[DressingObservation, DressingGoal]):
    """Draws chunks from a network that sees the arm, the garment and the gripper as points.

    The noise of an episode is drawn once, so that one chunk goes on where the last one led.
    """

    def __init__(self, folder: Path, config: StudentConfig) -> None:
        """Load the networks.

        Raises:
            InvalidInputError: if one is missing, cut off or of another shape.
        """
        self.config = config
        self._encoder, self._denoiser = (_session(folder / name) for name in FILES)
        size = config.horizon * len(ACTIONS)
        _check(folder / FILES[0], self._encoder, [[POINTS, CHANNELS], [STATE]])
        _check(folder / FILES[1], self._denoiser, [[size]])
        self._sampler = make_sampler(config.sampler, config.steps)
        used = ('arm', 'cloud', 'labels', 'T_base_tool', 'wrench')
        self.spec = PolicySpec(config.period, ACTIONS, 'base_link', used)
        self.reset(DressingGoal(), 0)

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Begin an episode.

        Raises:
            InvalidInputError: for a side that no arm has.
        """
        self._signs = action_signs(goal.side)
        self._left = goal.side == 'left'
        self._weight: np.ndarray | None = None
        self._forces: deque[np.ndarray] = deque([np.zeros(3)] * WINDOW, maxlen=WINDOW)
        self._done = 0
        shape = (1 + self.config.samples, self.config.horizon * len(ACTIONS))
        self._noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)

    def act(self, observation: DressingObservation) -> ActionChunk:
        """The first of the drawn chunks, and the others as samples.

        Raises:
            PerceptionError: if arm or garment are not seen.
            InvalidInputError: if the network gives numbers that are not finite.
        """
        points, state = features_of(self._moment(observation))
        inputs = {'points': points[None], 'state': state[None]}
        embedding, logit = self._encoder.run(None, inputs)
        chunks = self._sampler.draw(self._denoise, embedding[0], self._noise)
        if not np.isfinite(chunks).all():
            raise InvalidInputError('the network gave numbers that are not finite')
        chunks = chunks.reshape(len(chunks), self.config.horizon, len(ACTIONS)).astype(float)
        chunks = chunks * UNITS * self._signs
        self._done = self._done + 1 if logit[0] > 0.0 else 0
        samples = chunks if self.config.samples else None
        return ActionChunk(
            chunks[0], embedding[0], samples, wants_stop=self._done >= self.config.done_after
        )

    def _moment(self, observation: DressingObservation) -> Moment:
        limb = trusted_limb(observation, self.config.min_confidence)
        T = observation.T_base_tool
        force = T[:3, :3] @ observation.wrench[:3]
        if self._weight is None:
            self._weight = force
        self._forces.append(force - self._weight)
        garment = observation.cloud[observation.labels == Label.GARMENT].astype(float)
        moment = Moment(limb.joints, garment, T, np.array(self._forces))
        return mirrored(moment) if self._left else moment

    def _denoise(self, chunk: np.ndarray, level: np.ndarray, embedding: np.ndarray) -> np.ndarray:
        inputs = {'chunk': chunk, 'level': level, 'embedding': embedding}
        return np.asarray(self._denoiser.run(None, inputs)[0])


def student_of(folder: Path, config: dict[str, Any]) -> DressingStudent:
    """The policy of a model folder.

    Raises:
        InvalidInputError: if the folder is of another version, or something in it is wrong.
    """
    where = str(folder / 'config.json')
    version = config.get('version')
    if version != STUDENT_VERSION:
        raise InvalidInputError(
            f'{where}: version: received {version!r}; allowed: {STUDENT_VERSION}'
        )
    mapping = config.get('student', {})
    if not isinstance(mapping, dict):
        raise InvalidInputError(f'{where}: student: received {mapping!r}; allowed: an object')
    try:
        return DressingStudent(folder, from_mapping(StudentConfig, mapping, where))
    except ConfigError as error:
        raise InvalidInputError(str(error)) from error


def _session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise InvalidInputError(f'{path}: is missing')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, ['CPUExecutionProvider'])
    except Exception as error:  # ONNX Runtime has no base of its errors
        raise InvalidInputError(f'{path}: cannot be read: {error}') from error


def _check(path: Path, session: onnxruntime.InferenceSession, shapes: list[list[int]]) -> None:
    found = [list(given.shape[1:]) for given in session.get_inputs()]
    if found[: len(shapes)] != shapes:
        raise InvalidInputError(f'{path}: takes {found}; allowed: {shapes} at first')
