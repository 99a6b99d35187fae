"""Messages and ticks in the order of simulated time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_nodes.lockstep.order import Lockstep, Stream

STREAMS = {
    'wrench': Stream(0.0, 0.01),
    'arm': Stream(0.03, 0.06),
    'command': Stream(0.02, 0.03),
}


class WallClock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def wall():
    return WallClock()


@pytest.fixture
def order(wall):
    return Lockstep(STREAMS, patience=1.0, now=wall)


def hear(order, stream, stamp, into=None):
    order.heard(stream, stamp, lambda: into.append((stream, stamp)) if into is not None else None)


def test_a_stream_that_was_never_heard_is_not_waited_for(order):
    order.plan(5.0)
    assert order.next_tick() == 5.0


def test_a_tick_waits_for_the_message_that_takes_effect_by_then(order):
    hear(order, 'arm', 10.0)
    # 10.0 holds until the one of 10.06 takes effect, at 10.09
    assert order.late(10.089) == []
    assert order.late(10.09) == ['arm']
    hear(order, 'arm', 10.06)
    assert order.late(10.09) == []


def test_what_arrives_early_takes_effect_no_earlier(order):
    seen = []
    hear(order, 'arm', 10.0, seen)
    hear(order, 'arm', 10.06, seen)
    order.flush(10.08)
    assert seen == [('arm', 10.0)]
    order.flush(10.09)
    assert seen == [('arm', 10.0), ('arm', 10.06)]


def test_a_stream_without_a_period_must_have_a_message_of_the_very_time(wall):
    order = Lockstep({'odom': Stream(0.0)}, 1.0, wall)
    hear(order, 'odom', 1.0)
    assert order.late(1.0) == [] and order.late(1.01) == ['odom']
    hear(order, 'odom', 1.01)
    assert order.late(1.01) == []


def test_a_stream_that_turns_out_slower_is_waited_for_at_its_own_pace(order):
    hear(order, 'command', 10.0)
    hear(order, 'command', 10.2)
    assert order.late(10.41) == []
    assert order.late(10.42) == ['command']


def test_patience_is_counted_by_the_clock_and_ends_with_a_new_message(order, wall):
    hear(order, 'arm', 10.0)
    order.plan(10.1)
    assert order.next_tick() is None
    wall.now += 1.01
    assert order.next_tick() == 10.1
    assert order.late(99.0) == []
    hear(order, 'arm', 10.0)
    assert order.late(99.0) == [], 'what it repeats is no answer'
    hear(order, 'arm', 20.0)
    assert order.late(20.1 + 10.0) == ['arm']


def test_ticks_keep_a_period(order):
    for step in range(10):
        order.plan(1.0 + 0.01 * step, period=0.03)
    ticks = [order.next_tick() for _ in range(5)]
    assert ticks[:4] == pytest.approx([1.0, 1.03, 1.06, 1.09]) and ticks[4] is None


def run(messages):
    """What a node sees at each tick, when messages come in an order."""
    order, seen = Lockstep(STREAMS, 1.0, lambda: 0.0), []
    for stream in STREAMS:
        hear(order, stream, 0.0)
    order.flush(0.5)
    for stream, stamp in messages:
        hear(order, stream, stamp, seen)
        if stream == 'wrench':
            order.plan(stamp)
        while (tick := order.next_tick()) is not None:
            order.flush(tick)
            seen.append(('tick', tick))
    return seen


def stream_of(name, period, end=0.5):
    return [(name, round(k * period, 6)) for k in range(1, int(end / period) + 1)]


IN_ORDER = sorted(
    stream_of('wrench', 0.01) + stream_of('arm', 0.06) + stream_of('command', 0.03),
    key=lambda m: m[1],
)


@given(st.data())
def test_what_a_node_sees_does_not_depend_on_the_order_of_arrival(data):
    """Each stream keeps its own order, and messages of different streams overtake each other."""
    queues = {name: [m for m in IN_ORDER if m[0] == name] for name in STREAMS}
    shuffled = []
    while any(queues.values()):
        name = data.draw(st.sampled_from([n for n, q in queues.items() if q]))
        shuffled.append(queues[name].pop(0))
    expected, got = run(IN_ORDER), run(shuffled)
    last = min(len(expected), len(got))
    assert last > 40 and got[:last] == expected[:last]
