"""The whole dressing: from images to a dressed arm, over the real graph."""

import pytest
from valet_msgs.msg import GateState, Outcome

from valet_nodes.trials.dressing_graph import DressingGraph


@pytest.fixture(scope='module')
def dressed():
    graph = DressingGraph('sim.launch.yaml', 'garment:=t_shirt', 'elbow_flexion_deg:=20.0')
    try:
        graph.bring_up()
        graph.node.send(garment='t_shirt')
        graph.wait(lambda: graph.node.result is not None, 150, 'the result')
        yield graph
    finally:
        graph.close()


def test_dress_arm_succeeds_in_truth_and_by_its_own_account(dressed):
    result, truth = dressed.node.result, dressed.node.truth
    assert result.outcome.value == Outcome.SUCCEEDED, result.message
    assert truth.upper_arm_ratio >= 0.7 and not truth.pierced
    # What is perceived from images is what is true, within a few centimetres of an arm.
    assert result.dressed_ratio == pytest.approx(truth.whole_arm_ratio, abs=0.12)


def test_the_policy_is_traced_and_the_gate_passes_to_the_end(dressed):
    assert dressed.node.traces > 50 and dressed.node.feedback > 150
    assert dressed.node.gate.state in (GateState.PASSING, GateState.CLAMPING)


def test_the_robot_rests_when_the_arm_is_dressed(dressed):
    begin = dressed.node.now
    dressed.spin_for(1.0)
    assert dressed.node.travel_since(begin + 0.3) < 1e-3


def test_the_gate_knew_every_phase_on_the_way(dressed):
    assert dressed.node.phases >= {'approach', 'hand', 'forearm', 'elbow', 'upper_arm'}
