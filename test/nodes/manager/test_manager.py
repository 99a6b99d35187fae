"""The manager with real lifecycle nodes in processes of their own."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from textwrap import dedent

import pytest
import rclpy
from geometry_msgs.msg import TransformStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image, JointState
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from valet_core.common.errors import ConfigError
from valet_nodes.manager.manager_config import ManagerConfig, parse_required_topic
from valet_nodes.manager.topic_wait import TopicWait, message_class
from valet_nodes.ros import qos

END = 30.0  # s that anything may take, far longer than it does

# A lifecycle node that writes each transition into a file and fails those it is told to.
NODE = """
    import sys
    from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
    from valet_nodes.ros.spin import run
    name, path, failing = sys.argv[1:4]
    class Tiny(LifecycleNode):
        def __init__(self):
            super().__init__(name)
            if failing == 'answers':  # the first two of each service are lost
                for service in (self._service_change_state, self._service_get_state):
                    self.lose(service)
            print('ready', flush=True)
        def lose(self, service, count=2):
            send = service.send_response
            def sometimes(*args):
                nonlocal count
                count -= 1
                if count < 0:
                    send(*args)
            service.send_response = sometimes
        def note(self, transition):
            with open(path, 'a') as file:
                file.write(f'{name} {transition}\\n')
            result = TransitionCallbackReturn
            return result.FAILURE if transition == failing else result.SUCCESS
        def on_configure(self, state): return self.note('configure')
        def on_activate(self, state): return self.note('activate')
        def on_deactivate(self, state): return self.note('deactivate')
        def on_cleanup(self, state): return self.note('cleanup')
        def on_shutdown(self, state): return TransitionCallbackReturn.SUCCESS
    sys.exit(run(Tiny))
"""
UP = ['a configure', 'b configure', 'a activate', 'b activate']
DOWN = ['b deactivate', 'a deactivate', 'b cleanup', 'a cleanup']


class Graph:
    """Lifecycle nodes and a manager, each in its process, in a namespace of this test."""

    def __init__(self, folder, namespace):
        self.path = folder / 'transitions'
        self.path.touch()
        self.namespace = namespace
        self.processes = []
        self.lines = []
        (folder / 'tiny.py').write_text(dedent(NODE))
        self.program = str(folder / 'tiny.py')

    def _start(self, *command):
        process = subprocess.Popen(
            [sys.executable, *command, '--ros-args', '-r', f'__ns:=/{self.namespace}'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def node(self, name, failing=''):
        process = self._start(self.program, name, str(self.path), failing)
        assert process.stdout.readline() == 'ready\n'
        return process

    def manager(self, **parameters):
        parameters = {'node_names': '[a, b]', 'message_period': 0.1, **parameters}
        words = [w for k, v in parameters.items() for w in ('-p', f'{k}:={v}')]
        self.lines = []
        process = self._start('-m', 'valet_nodes.manager.manager', '--ros-args', *words)
        return process

    def wait_for(self, text):
        for line in self.processes[-1].stdout:
            self.lines.append(line)
            if text in line:
                return
        raise AssertionError(f'{text!r} never came:\n' + ''.join(self.lines))

    def end(self, send=None):
        process = self.processes[-1]
        if send is not None:
            process.send_signal(send)
        self.lines += process.communicate(timeout=END)[0].splitlines(keepends=True)
        return process.returncode

    def text(self):
        return ''.join(self.lines)

    def wait_for_transitions(self, count):
        end = time.monotonic() + END
        while len(self.transitions()) < count:
            assert time.monotonic() < end, self.transitions()
            time.sleep(0.02)

    def transitions(self):
        return self.path.read_text().splitlines()


@pytest.fixture
def graph(tmp_path, request):
    graph = Graph(tmp_path, f'n{abs(hash(request.node.name))}')
    yield graph
    for process in graph.processes:
        process.send_signal(signal.SIGINT)
    for process in graph.processes:
        try:
            process.wait(END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def spun_node(name, namespace):
    """Give a node, in a context of its own, that a thread spins."""
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node(name, namespace=namespace, context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    yield node
    executor.shutdown()
    thread.join()
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture
def driver(graph):
    with spun_node('driver', graph.namespace) as node:
        yield node


@pytest.fixture
def waiter(graph):
    with spun_node('waiter', graph.namespace) as node:
        yield node


def test_nodes_come_up_in_order_and_go_down_in_reverse(graph):
    graph.node('a'), graph.node('b')
    graph.manager()
    graph.wait_for('all nodes are active')
    assert graph.transitions() == UP
    assert graph.end(signal.SIGINT) == 0
    assert graph.transitions() == UP + DOWN


def test_lost_answers_hold_nothing_up(graph):
    graph.node('a', 'answers')
    graph.node('b')
    graph.manager()
    graph.wait_for('all nodes are active')
    assert graph.transitions() == UP
    assert graph.end(signal.SIGINT) == 0


def test_node_that_fails_to_activate_takes_all_down(graph):
    graph.node('a'), graph.node('b', 'activate')
    graph.manager()
    assert graph.end() == 1
    assert graph.transitions() == [*UP, 'a deactivate', 'b cleanup', 'a cleanup']
    assert "node 'b' refused to activate; it is inactive" in graph.text()


def test_node_that_fails_to_configure_is_named_and_the_others_are_cleaned_up(graph):
    graph.node('a'), graph.node('b', 'configure')
    graph.manager()
    assert graph.end() == 1
    assert graph.transitions() == ['a configure', 'b configure', 'a cleanup']
    assert "node 'b' refused to configure; it is unconfigured" in graph.text()


def test_node_that_never_comes_is_named_with_its_service(graph):
    graph.node('a')
    graph.manager(service_timeout=2.0)
    assert graph.end() == 1
    assert 'gave up after 2.0 s' in graph.text()
    assert f"node 'b': service /{graph.namespace}/b/change_state is not there" in graph.text()
    assert graph.transitions() == []


def test_start_waits_for_the_service_without_autostart(graph, driver):
    graph.node('a'), graph.node('b')
    graph.manager(autostart='false')
    graph.wait_for(f'waiting for a call of /{graph.namespace}/manager/start')
    assert graph.transitions() == []
    client = driver.create_client(Trigger, 'manager/start')
    assert client.wait_for_service(END)
    client.call_async(Trigger.Request())
    graph.wait_for('all nodes are active')
    assert graph.end(signal.SIGTERM) == 0


@pytest.mark.kills
def test_death_of_a_node_takes_the_others_down(graph):
    graph.node('a')
    dying = graph.node('b')
    graph.manager(watch_period=0.1, watch_timeout=1.0)
    graph.wait_for('all nodes are active')
    dying.kill()
    assert graph.end() == 1
    assert "node 'b' did not answer within 1.0 s" in graph.text()
    assert graph.transitions() == [*UP, 'a deactivate', 'a cleanup']


@pytest.mark.kills
def test_death_of_a_node_is_only_reported_when_the_others_shall_stay(graph):
    graph.node('a')
    dying = graph.node('b')
    graph.manager(watch_period=0.1, watch_timeout=1.0, on_node_death='report')
    graph.wait_for('all nodes are active')
    dying.kill()
    graph.wait_for("node 'b' did not answer")
    assert graph.transitions() == UP
    assert graph.end(signal.SIGINT) == 0
    assert graph.transitions() == [*UP, 'a deactivate', 'a cleanup']


@pytest.mark.parametrize('numbers', [(4, 3), (4, 2, 1, 3)])
def test_node_that_somebody_takes_down_and_up_again_is_told_and_no_fault(graph, driver, numbers):
    graph.node('a'), graph.node('b')
    graph.manager(watch_period=0.05)
    graph.wait_for('all nodes are active')
    client = driver.create_client(ChangeState, 'b/change_state')
    assert client.wait_for_service(END)
    for count, number in enumerate(numbers, len(UP) + 1):
        client.call_async(ChangeState.Request(transition=Transition(id=number)))
        graph.wait_for_transitions(count)
        if number == numbers[0]:
            graph.wait_for("node 'b' was taken down by somebody, it is inactive")
            assert 'ros2 lifecycle set b activate' in graph.lines[-1]
        if number == 2:
            graph.wait_for('it is unconfigured')
    graph.wait_for('b is active again')
    assert graph.end(signal.SIGINT) == 0
    assert graph.transitions()[-4:] == DOWN


@pytest.mark.parametrize(('policy', 'code'), [('stop', 1), ('report', 0)])
def test_node_that_is_shut_down_counts_as_dead(graph, driver, policy, code):
    graph.node('a'), graph.node('b')
    graph.manager(watch_period=0.05, on_node_death=policy)
    graph.wait_for('all nodes are active')
    client = driver.create_client(ChangeState, 'b/change_state')
    assert client.wait_for_service(END)
    client.call_async(ChangeState.Request(transition=Transition(id=7)))
    graph.wait_for("node 'b' has been shut down")
    assert graph.end(signal.SIGINT if policy == 'report' else None) == code


def test_nodes_wait_for_the_inputs_and_go_on_when_they_come(graph, driver):
    graph.node('a'), graph.node('b')
    graph.manager(
        required_topics='["joint_states sensor_msgs/msg/JointState sensor"]',
        required_transforms='["base_link tool0"]',
    )
    name = f'/{graph.namespace}/joint_states'
    graph.wait_for(f'topic {name} (sensor_msgs/msg/JointState; best effort, volatile, depth 5)')
    graph.wait_for("tf: no transform from 'tool0' to 'base_link'")
    assert graph.transitions() == UP[:2]
    joints = driver.create_publisher(JointState, 'joint_states', 1)
    transforms = driver.create_publisher(TFMessage, 'tf', qos.TF)
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = 'base_link', 'tool0'

    def publish():
        joints.publish(JointState())
        transforms.publish(TFMessage(transforms=[message]))

    driver.create_timer(0.05, publish)
    graph.wait_for('all nodes are active')
    assert graph.end(signal.SIGINT) == 0


def test_signal_ends_a_wait_at_once(graph):
    graph.manager(service_timeout=0.0)
    graph.wait_for('waiting for')
    assert graph.end(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'node_name': 'a'}, 'node_name'),
        ({'on_node_death': 'panic'}, "'panic' is not one of: stop, report"),
        ({'required_topics': '["wrench"]'}, 'expected "name package/msg/Type qos"'),
        ({'required_topics': '["a none_msgs/msg/X sensor"]', 'node_names': '[a]'}, 'none_msgs'),
    ],
)
def test_wrong_parameter_is_an_error_that_names_it(graph, parameters, message):
    if 'none_msgs' in message:
        graph.node('a')
    graph.manager(**parameters)
    assert graph.end() == 1
    assert message in graph.text()


@pytest.mark.parametrize(
    'entry', ['a', 'a b/c sensor', 'a sensor_msgs/msg/Image best', 'a b/msg/C sensor d']
)
def test_malformed_required_topic_is_an_error_that_quotes_it(entry):
    with pytest.raises(ConfigError) as error:
        parse_required_topic(entry)
    assert repr(entry) in str(error.value)


@pytest.mark.parametrize('entry', ['a', 'a b c'])
def test_malformed_required_transform_is_an_error(entry):
    with pytest.raises(ConfigError, match='required_transforms'):
        ManagerConfig(required_transforms=(entry,))


def test_names_twice_are_an_error():
    with pytest.raises(ConfigError, match='different names'):
        ManagerConfig(node_names=('a', 'a'))


def test_message_class_is_found_by_name():
    assert message_class('sensor_msgs/msg/Image') is Image
    with pytest.raises(ConfigError, match='sensor_msgs/msg/Picture'):
        message_class('sensor_msgs/msg/Picture')


def missing_until(wait, text):
    """Return what a wait says once it mentions `text`; the graph needs a moment."""
    arrived = threading.Event()
    while (said := wait.missing()) is None or text not in said:
        assert not arrived.wait(0.02)
    return said


def test_wait_says_that_a_topic_has_another_type(driver, waiter):
    publisher = driver.create_publisher(JointState, 'image', 1)
    wait = TopicWait(waiter, parse_required_topic('image sensor_msgs/msg/Image sensor'))
    assert 'it is published as sensor_msgs/msg/JointState' in missing_until(wait, 'published as')
    wait.close()
    driver.destroy_publisher(publisher)


def test_wait_says_that_a_topic_has_another_qos(driver, waiter):
    profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = driver.create_publisher(Image, 'image', profile)
    wait = TopicWait(waiter, parse_required_topic('image sensor_msgs/msg/Image reliable'))
    assert 'Best effort' in missing_until(wait, 'offers another QoS')
    wait.close()
    driver.destroy_publisher(publisher)


def test_silent_publisher_is_not_enough(driver, waiter):
    publisher = driver.create_publisher(Image, 'image', 1)
    wait = TopicWait(waiter, parse_required_topic('image sensor_msgs/msg/Image sensor'))
    assert 'no message has come' in missing_until(wait, 'it has a publisher')
    publisher.publish(Image())
    arrived = threading.Event()
    while wait.missing() is not None:
        publisher.publish(Image())
        assert not arrived.wait(0.02)
    driver.destroy_publisher(publisher)
