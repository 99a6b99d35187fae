"""QoS profiles of every topic, by what the topic carries."""

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

__all__ = [
    'EVERY_SAMPLE',
    'LATCHED',
    'NO_PUBLISHER_EVENTS',
    'NO_SUBSCRIPTION_EVENTS',
    'RECORD',
    'RELIABLE',
    'SENSOR',
    'TF',
    'TF_STATIC',
    'describe',
]


def _profile(depth: int, reliable: bool, latched: bool = False) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


# The sensor-data profile: whoever publishes matches it, and a late sample is dropped.
SENSOR = _profile(5, reliable=False)
# The same where none of hundreds a second may be missed while the reader is held up for a moment.
EVERY_SAMPLE = _profile(100, reliable=False)
# Commands, states, traces: everything arrives, in order.
RELIABLE = _profile(10, reliable=True)
# The same for who records it, and may be held up while a second of it comes.
RECORD = _profile(1000, reliable=True)
# What a late subscriber must know: the last message is kept for it.
LATCHED = _profile(1, reliable=True, latched=True)
# Those of tf2's own broadcaster and listener.
TF = _profile(100, reliable=True)
TF_STATIC = _profile(100, reliable=True, latched=True)

# A node that wakes hundreds of times a second spends a fifth of its time on waiting for events
# of each topic, such as a profile that does not match; with these it does not.
NO_PUBLISHER_EVENTS = PublisherEventCallbacks(use_default_callbacks=False)
NO_SUBSCRIPTION_EVENTS = SubscriptionEventCallbacks(use_default_callbacks=False)


def describe(profile: QoSProfile) -> str:
    """A profile in a few words, for the message of a wait that gives up."""
    words = (profile.reliability.name, profile.durability.name, f'depth {profile.depth}')
    return ', '.join(word.lower().replace('_', ' ') for word in words)
