"""Chunks of a policy as messages for failure monitors and recordings."""

import numpy as np
from valet_msgs.msg import PolicyTrace

from valet_core.policy.interface import ActionChunk
from valet_nodes.ros.conversions import make_header, stamp_of
from valet_nodes.ros.message_data import to_float_array

__all__ = ['trace_message']


def trace_message(chunk: ActionChunk, time: float, frame: str, step: int) -> PolicyTrace:
    """A chunk as the failure monitor and the recorder get it.

    Args:
        chunk: what the policy chose.
        time: of the observation that it was chosen for [s].
        frame: of its actions.
        step: chunks before it in this run.
    """
    samples = chunk.samples if chunk.samples is not None else np.zeros((0, *chunk.actions.shape))
    trace = PolicyTrace(header=make_header(stamp_of(time), frame), step=step)
    trace.horizon, trace.action_dim = chunk.actions.shape
    trace.sample_count = len(samples)
    trace.embedding = to_float_array(chunk.embedding)
    trace.actions = to_float_array(chunk.actions)
    trace.samples = to_float_array(samples)
    return trace
