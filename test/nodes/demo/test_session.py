"""A whole demo around a graph that does not come up, and its files around one that did."""

import contextlib
import json
import os
import signal

import pytest
import rclpy
from valet_msgs.action import DressArm
from valet_msgs.msg import DressingTruth, GateState, Outcome

from valet_nodes.demo.dressing_client import DressingClient, DressingRow
from valet_nodes.demo.dressing_report import report_dressing
from valet_nodes.demo.report import output_folder
from valet_nodes.demo.session import Session

ASKED = {'garment': 'cardigan', 'side': 'right', 'elbow_flexion_deg': 30.0}


@contextlib.contextmanager
def silent(_client):
    yield lambda: None


def test_a_launch_that_ends_is_an_error_and_leaves_files(tmp_path, capsys):
    session = Session(
        'no_such.launch.yaml', {}, DressingClient, lambda client: client.send('cardigan', 'right'),
        silent, 30.0, 30.0,
    )  # fmt: skip
    client, error = session.play(tmp_path)
    assert error == 'the launch ended with status 2'
    assert 'no_such.launch.yaml' in (tmp_path / 'launch.log').read_text()
    assert not report_dressing(client, ASKED, error, 5.0, tmp_path)
    result = json.loads((tmp_path / 'result.json').read_text())
    assert (result['dressed'], result['outcome'], result['error']) == (False, 'UNKNOWN', error)
    assert 'status 2; see' in capsys.readouterr().err
    assert not (tmp_path / 'progress.png').exists()


class HeldBack(DressingClient):
    """Is interrupted in the middle of its wait."""

    @property
    def ready(self):
        os.kill(os.getpid(), signal.SIGINT)
        return False


def test_an_interrupted_demo_takes_the_graph_down_and_is_reported(tmp_path):
    session = Session(
        'sim.launch.yaml', {'headless': 'true'}, HeldBack, lambda _: None, silent, 30.0, 30.0
    )
    client, error = session.play(tmp_path)
    assert error == 'interrupted'
    assert not report_dressing(client, ASKED, error, 5.0, tmp_path)


@pytest.fixture
def client():
    """A client that has heard of an arm that is dressed."""
    rclpy.init()
    client = DressingClient()
    client.rows = [
        DressingRow(0.1 * i, 0.01 * i, 0.01 * i, 0.01 * i, 20.0 - i % 7, 60.0, 2, 'dress')
        for i in range(100)
    ]
    client.truth = DressingTruth(
        upper_arm_ratio=0.8, whole_arm_ratio=0.9, contact_peak=12.0, contact_time=0.25,
        contact_between='flange, elbow',
    )  # fmt: skip
    client.gates = [GateState(force=20.0 - i % 7) for i in range(100)]
    client._answer = DressArm.Result(
        outcome=Outcome(value=Outcome.SUCCEEDED), message='dressed', dressed_ratio=0.85
    )
    yield client
    client.destroy_node()
    rclpy.try_shutdown()


def test_a_dressed_arm_is_reported_with_its_files(client, tmp_path, capsys):
    assert report_dressing(client, ASKED, '', 5.0, tmp_path)
    result = json.loads((tmp_path / 'result.json').read_text())
    assert result == {
        'dressed': True, 'outcome': 'SUCCEEDED', 'message': 'dressed',
        'upper_arm_ratio': pytest.approx(0.8), 'whole_arm_ratio': pytest.approx(0.9),
        'perceived_whole_arm_ratio': pytest.approx(0.85), 'force_peak_n': 20.0,
        'pierced': False, 'contact_peak_n': 12.0, 'contact_time_s': 0.25,
        'contact_between': 'flange, elbow',
        'duration_s': pytest.approx(9.9), **ASKED, 'error': '',
    }  # fmt: skip
    assert (tmp_path / 'progress.png').stat().st_size > 10_000
    assert not (tmp_path / 'scene.mp4').exists(), 'there were no images'
    printed = capsys.readouterr().out
    assert 'upper arm 0.80, whole arm 0.90, peak force 20.0 N, 9.9 s' in printed


@pytest.mark.parametrize(
    'change',
    [
        lambda c: setattr(c.truth, 'upper_arm_ratio', 0.69),
        lambda c: setattr(c.truth, 'pierced', True),
        lambda c: setattr(c.truth, 'contact_peak', 15.5),
        lambda c: setattr(c.result.outcome, 'value', Outcome.CANCELED),
    ],
    ids=['too little', 'pierced', 'pressed', 'canceled'],
)
def test_an_arm_counts_as_dressed_only_in_truth_and_by_the_policy(client, tmp_path, change):
    change(client)
    assert not report_dressing(client, ASKED, '', 5.0, tmp_path)


def test_a_person_who_was_pressed_is_told_of(client, tmp_path, capsys):
    client.truth.contact_peak = 61.0
    report_dressing(client, ASKED, '', 5.0, tmp_path)
    assert 'pressed the person with 61 N (flange, elbow)' in capsys.readouterr().out


def test_a_folder_that_is_asked_for_is_made(tmp_path):
    folder = tmp_path / 'deep' / 'er'
    assert output_folder(folder) == folder and folder.is_dir()
