"""What the manager can be told."""

from dataclasses import dataclass

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError

__all__ = ['ManagerConfig', 'RequiredTopic', 'parse_required_topic']

QOS_WORDS = ('sensor', 'reliable', 'latched', 'tf', 'tf_static')


@dataclass(frozen=True)
class ManagerConfig:
    """Parameters of the manager."""

    node_names: tuple[str, ...] = setting(
        ('safety_gate', 'perception', 'dressing_policy'),
        'lifecycle nodes in the order in which they come up; they go down in the reverse order',
    )
    autostart: bool = setting(
        True, 'bring the nodes up at once; otherwise when the service manager/start is called'
    )
    required_topics: tuple[str, ...] = setting(
        (),
        'topics that must be alive before the nodes are activated, each as "name type qos", qos '
        'one of ' + ', '.join(QOS_WORDS),
    )
    required_transforms: tuple[str, ...] = setting(
        (), 'transforms that must be known before the nodes are activated: "target source"'
    )
    service_timeout: float = setting(
        30.0, 'time for the services of a node to appear; 0: without limit', 's', low=0.0
    )
    transition_timeout: float = setting(
        30.0, 'time for one transition of a node', 's', low=0.1, high=600.0
    )
    topic_timeout: float = setting(
        0.0, 'time for the required topics and transforms; 0: without limit', 's', low=0.0
    )
    message_period: float = setting(
        5.0, 'time between the messages of a wait that goes on', 's', low=0.1
    )
    watch_period: float = setting(
        0.5, 'time between looks at whether the nodes live; 0: never', 's', low=0.0
    )
    watch_timeout: float = setting(
        5.0, 'time without an answer after which a node counts as dead', 's', low=0.1
    )
    on_node_death: str = setting(
        'stop',
        'stop: take all nodes down and end; report: say so and keep the others, among them the '
        'gate that has stopped the robot',
        choices=('stop', 'report'),
    )

    def __post_init__(self) -> None:
        """Check all values.

        Raises:
            ConfigError: naming the parameter, what was received and what is allowed.
        """
        check(self)
        if not self.node_names or len(set(self.node_names)) != len(self.node_names):
            raise ConfigError(f'node_names: expected different names, received {self.node_names}')
        for entry in self.required_topics:
            parse_required_topic(entry)
        for entry in self.required_transforms:
            if len(entry.split()) != 2:
                raise ConfigError(
                    f'required_transforms: expected "target source", received {entry!r}'
                )


@dataclass(frozen=True)
class RequiredTopic:
    """One topic that must be alive."""

    name: str
    type_name: str
    """Such as sensor_msgs/msg/Image."""
    qos: str
    """One of the names of profiles in `qos.py`, in lower case."""


def parse_required_topic(entry: str) -> RequiredTopic:
    """Parse "name type qos".

    Raises:
        ConfigError: when the entry is not of this form.
    """
    words = entry.split()
    if len(words) != 3 or words[1].count('/') != 2 or words[2] not in QOS_WORDS:
        raise ConfigError(
            'required_topics: expected "name package/msg/Type qos" with qos one of '
            f'{", ".join(QOS_WORDS)}, received {entry!r}'
        )
    return RequiredTopic(*words)
