"""The verbs that look at a graph, against a node that has all they ask for."""

import queue
import signal
import subprocess
import sys
import threading

import pytest
import rclpy
import yaml
from geometry_msgs.msg import TwistStamped
from rclpy.action import ActionServer
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Bool
from std_srvs.srv import SetBool
from valet_msgs.action import DressArm

from valet_core.tools import cli

SPACE = 'verbs_test'
END = 30.0  # s that anything may take, far longer than it does


class Robot(Node):
    """Publishes, listens, serves and acts."""

    def __init__(self, context):
        super().__init__('robot', namespace=SPACE, context=context)
        self.declare_parameter('speed', 0.5)
        self.commands = queue.Queue()
        latched = QoSProfile(
            depth=1,
            durability=DurabilityPolicy.TRANSIENT_LOCAL,
            reliability=ReliabilityPolicy.RELIABLE,
        )
        self.state = self.create_publisher(Bool, 'state', latched)
        self.state.publish(Bool(data=True))
        self.ticks = self.create_publisher(Bool, 'ticks', 1)
        self.create_timer(0.05, lambda: self.ticks.publish(Bool()))
        self.create_subscription(TwistStamped, 'command', self.commands.put, 10)
        self.create_service(SetBool, 'switch', self.on_switch)
        self.act = ActionServer(self, DressArm, 'dress', self.on_dress)

    def on_switch(self, request, response):
        response.success, response.message = request.data, 'switched'
        return response

    def on_dress(self, handle):
        handle.publish_feedback(DressArm.Feedback(phase='hand'))
        (handle.succeed if handle.request.side == 'left' else handle.abort)()
        return DressArm.Result()


@pytest.fixture(scope='module')
def robot():
    context = rclpy.Context()
    rclpy.init(context=context)
    node = Robot(context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    yield node
    executor.shutdown()
    thread.join()
    node.act.destroy()
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture
def valet(robot, capsys):
    """Runs a command line and returns its status, what it printed, and its errors."""

    def run(*words):
        status = cli.main([word.replace('~', f'/{SPACE}') for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_lists_name_what_there_is(valet):
    for words, line in (
        (('topic', 'list'), f'/{SPACE}/state'),
        (('topic', 'list', '-t'), f'/{SPACE}/state [std_msgs/msg/Bool]'),
        (('service', 'list'), f'/{SPACE}/switch'),
        (('action', 'list'), f'/{SPACE}/dress'),
        (('node', 'list'), f'/{SPACE}/robot'),
        (('param', 'list', '~/robot'), '  speed'),
    ):
        status, out, _ = valet(*words)
        assert status == 0
        assert line in out.splitlines()


def test_echo_prints_what_was_kept_for_late_listeners(valet):
    status, out, _ = valet('topic', 'echo', '--once', '~/state')
    assert (status, out) == (0, 'data: true\n---\n')


def test_pub_fills_what_is_given_and_now(valet, robot):
    values = '{header: {stamp: now, frame_id: base}, twist: {linear: {z: 2}}}'
    kind = 'geometry_msgs/msg/TwistStamped'
    assert valet('topic', 'pub', '--once', '~/command', kind, values)[0] == 0
    message = robot.commands.get(timeout=END)
    assert message.header.frame_id == 'base'
    assert abs(message.header.stamp.sec - robot.get_clock().now().nanoseconds * 1e-9) < END
    assert (message.twist.linear.z, message.twist.linear.x) == (2.0, 0.0)


def test_service_is_called_with_its_request(valet):
    status, out, _ = valet('service', 'call', '~/switch', 'std_srvs/srv/SetBool', '{data: true}')
    assert status == 0
    assert 'success=True' in out and "message='switched'" in out


@pytest.mark.parametrize(('side', 'status'), [('left', 0), ('right', 1)])
def test_goal_gives_feedback_and_result_and_its_end_is_the_status(valet, side, status):
    words = ('action', 'send_goal', '~/dress', 'valet_msgs/action/DressArm', f'{{side: {side}}}')
    got, out, _ = valet(*words, '--feedback')
    assert got == status
    assert 'Goal accepted with ID' in out
    assert 'phase: hand' in out
    assert ('SUCCEEDED' if status == 0 else 'ABORTED') in out.splitlines()[-1]


def test_parameter_is_read_and_set(valet):
    assert valet('param', 'set', '~/robot', 'speed', '0.75')[:2] == (
        0,
        'Set parameter successful\n',
    )
    assert valet('param', 'get', '~/robot', 'speed')[:2] == (0, 'Double value is: 0.75\n')
    status, out, _ = valet('param', 'set', '~/robot', 'speed', 'fast')
    assert status == 1
    assert 'Setting parameter failed' in out
    assert "no parameter 'weight'" in valet('param', 'get', '~/robot', 'weight')[2]


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (('topic', 'pub', '~/x', 'std_msgs/msg/Boo'), "'std_msgs/msg/Boo' is not installed"),
        (('topic', 'pub', '~/x', 'Bool'), 'not of the form package/msg/Name'),
        (('topic', 'pub', '~/x', 'std_msgs/Bool', '{dat: 1}'), 'no field dat; there are: data'),
        (('topic', 'pub', '~/x', 'std_msgs/Bool', '{data: x}'), "received 'x'; allowed: boolean"),
        (('topic', 'pub', '~/x', 'std_msgs/Bool', 'true'), 'allowed: {data: boolean}'),
        (('topic', 'pub', '~/x', 'std_msgs/Bool', '{'), 'not YAML'),
        (('topic', 'pub', '-r', '0', '~/x', 'std_msgs/Bool'), 'above 0 Hz'),
    ],
)
def test_wrong_words_are_an_error_that_says_what_is_allowed(valet, words, message):
    status, _, error = valet(*words)
    assert status == 1
    assert message in error


def test_what_is_not_there_is_named_beside_what_is(valet, monkeypatch):
    status, _, error = valet('service', 'call', '~/none', 'std_srvs/srv/Trigger')
    assert status == 1
    assert f'no service /{SPACE}/none' in error
    assert f'/{SPACE}/switch' in error
    assert 'ROS_DOMAIN_ID' in error


def test_rate_is_measured_until_an_interrupt(robot):
    command = [sys.executable, '-m', 'valet_core.tools.cli', 'topic', 'hz', f'/{SPACE}/ticks']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = next(line for line in process.stdout if 'average' in line)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(END) == 0
    assert 10.0 < float(line.split()[-1]) < 25.0


def test_messages_of_any_shape_go_through_yaml_and_back():
    from valet_nodes.verbs.interfaces import from_text, interface, to_text

    path = interface('nav_msgs/msg/Path', 'msg')
    text = '{poses: [{pose: {position: {x: 1}}}, {header: {frame_id: b}}]}'
    message = from_text(path(), text)
    assert message.poses[0].pose.position.x == 1.0
    assert from_text(path(), to_text(message)) == message
    image = interface('sensor_msgs/Image', 'msg')(data=bytes(200))
    assert yaml.safe_load(to_text(image))['data'] == [0] * 128 + ['...']
