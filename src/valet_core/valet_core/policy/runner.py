"""Runs a policy beside the clock that asks for its actions."""

import concurrent.futures
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol

import numpy as np

from valet_core.policy.interface import ActionChunk, Goal, Obs, Policy

__all__ = ['ChunkRunner', 'InlineWorker', 'Step', 'ThreadWorker', 'Worker']

LATE = 2  # periods for which something new may be late before what is old is answered


class Worker(Protocol):
    """Does one piece of work at a time, somewhere."""

    def submit(self, work: Callable[[], Any]) -> None:
        """Begin a piece of work; there is none under way."""

    def result(self) -> Any | None:
        """What came of it, once; None while there is nothing.

        Raises:
            Exception: whatever the work raised.
        """

    def drop(self) -> None:
        """Forget what is under way; what comes of it is never seen."""

    def close(self) -> None:
        """Free what it runs on."""


class InlineWorker:
    """Works at once, in the caller: every result is there when it is asked for."""

    def __init__(self) -> None:
        """Start without work."""
        self._work: Callable[[], Any] | None = None

    def submit(self, work: Callable[[], Any]) -> None:
        """Keep it until its result is asked for."""
        self._work = work

    def result(self) -> Any | None:
        """Do the work."""
        work, self._work = self._work, None
        return None if work is None else work()

    def drop(self) -> None:
        """Forget it."""
        self._work = None

    def close(self) -> None:
        """Nothing to free."""


class ThreadWorker:
    """Works in a thread of its own, so that slow work holds nobody up.

    numpy, torch and ONNX Runtime release the interpreter while they compute.
    """

    def __init__(
        self, patience: float = 0.0, late: Callable[[], object] = lambda: None
    ) -> None:
        """Start the thread with the first work.

        Args:
            patience: longest wait for a result that is asked for [s]. With a little of it, quick
                work is done within the tick that asks for it.
            late: called once a result is there that was asked for in vain, in the thread.
        """
        self._patience, self._late = patience, late
        self._awaited = False
        self._pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix='policy')
        self._future: concurrent.futures.Future[Any] | None = None

    def submit(self, work: Callable[[], Any]) -> None:
        """Hand it to the thread."""
        self._future, self._awaited = self._pool.submit(work), False

    def result(self) -> Any | None:
        """What came of it, once it is done."""
        if self._future is None:
            return None
        try:
            value = self._future.result(self._patience)
        except concurrent.futures.TimeoutError:
            if self._future.done():
                raise  # the work's own
            self._tell_when_done(self._future)
            return None
        finally:
            if self._future.done():
                self._future = None
        return value

    def _tell_when_done(self, future: concurrent.futures.Future[Any]) -> None:
        if not self._awaited:
            self._awaited = True
            future.add_done_callback(lambda _: self._late())

    def drop(self) -> None:
        """Let it end unseen."""
        if self._future is not None:
            self._future.cancel()
            self._future = None

    def close(self) -> None:
        """End the thread after what it is at."""
        self.drop()
        self._pool.shutdown(wait=False, cancel_futures=True)


class Step(NamedTuple):
    """What the runner says at one tick."""

    action: np.ndarray | None
    """The action whose turn it is; None: rest, for want of a chunk. Shape (A,)."""
    chunk: ActionChunk | None
    """The chunk that this tick took up, for the trace; None in between."""
    seen: Any
    """The observation that `chunk` was chosen for; None in between."""
    wants_stop: bool
    """Whether the policy has nothing left to do."""


class ChunkRunner(Generic[Obs, Goal]):
    """Asks a policy for chunks and gives the action that fits the time.

    A chunk begins at the time of the observation that it was chosen for: what takes long to
    choose is joined where its time has come, not from its beginning. While the next chunk is
    being chosen the last one goes on; past its end the runner rests.
    """

    def __init__(
        self,
        policy: Policy[Obs, Goal],
        replan_every: int,
        worker: Worker | None = None,
        hold: float = 0.0,
    ) -> None:
        """Take the policy.

        Args:
            policy: used by the worker alone from now on.
            replan_every: periods after which the next chunk is asked for.
            worker: where the policy runs; by default in the caller.
            hold: how long the last action of a chunk goes on past its end [s].
        """
        self.policy = policy
        self._every, self._hold = replan_every, hold
        self._worker = worker or InlineWorker()
        self._begun: tuple[Goal, int] | None = None
        self._chunk: ActionChunk | None = None
        self._begin = self._asked = float('-inf')
        self._seen: Obs | None = None
        self._busy = self._unanswered = False

    def reset(self, goal: Goal, seed: int = 0) -> None:
        """Begin an episode; the policy is reset by the worker before it is asked first.

        Args:
            goal: for the policy.
            seed: for the policy.
        """
        self._worker.drop()
        self._begun, self._busy, self._unanswered = (goal, seed), False, False
        self.rest()

    def tick(self, now: float, observation: Obs, fresh: bool | None = None) -> Step:
        """The action for the present time.

        Args:
            now: the time [s] at which the observation was put together.
            observation: given to the policy if it is time for another chunk.
            fresh: whether it shows something new. What is new is answered at once, and what is
                not only where nothing new comes, so that a chunk for what is old does not keep
                back one for what is about to come. None: by periods alone.

        Raises:
            PerceptionError: where the policy could not act on an observation.
            InvalidInputError: where the observation cannot be right.
        """
        chunk = self._collect()
        self._unanswered = self._unanswered or bool(fresh)
        if not self._busy and self._is_due(now, fresh):
            self._ask(now, observation)
            chunk = self._collect() or chunk
        if self._chunk is None:
            return Step(None, None, None, False)
        seen = self._seen if chunk is not None else None
        return Step(self._action(now), chunk, seen, self._chunk.wants_stop)

    def rest(self) -> None:
        """Drop the chunk at hand; the next tick asks for another."""
        self._chunk, self._begin = None, float('-inf')

    def close(self) -> None:
        """Free the worker."""
        self._worker.close()

    def _is_due(self, now: float, fresh: bool | None) -> bool:
        if self._chunk is None or self._unanswered:
            return True
        periods = self._every if fresh is None else self._every + LATE
        return self._index(now) >= min(periods, len(self._chunk.actions))

    def _ask(self, now: float, observation: Obs) -> None:
        begun, self._begun = self._begun, None
        self._asked, self._seen = now, observation
        self._busy, self._unanswered = True, False

        def work() -> ActionChunk:
            if begun is not None:
                self.policy.reset(*begun)
            return self.policy.act(observation)

        self._worker.submit(work)

    def _collect(self) -> ActionChunk | None:
        """Take up what the worker has done."""
        if not self._busy:
            return None
        try:
            chunk = self._worker.result()
        except Exception:
            self._busy = False
            self.rest()
            raise
        if chunk is not None:
            self._busy, self._chunk, self._begin = False, chunk, self._asked
        return chunk

    def _action(self, now: float) -> np.ndarray | None:
        assert self._chunk is not None
        actions = self._chunk.actions
        if self._chunk.wants_stop:
            return None
        index = self._index(now)
        if index < len(actions):
            return actions[index]
        past = now - self._begin - len(actions) * self.policy.spec.period
        return actions[-1] if past < self._hold else None

    def _index(self, now: float) -> int:
        # A little early counts as in time: ticks and periods need not be multiples.
        return int((now - self._begin) / self.policy.spec.period + 0.1)
