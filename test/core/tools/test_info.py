import argparse
import json

from valet_core.tools import info


def test_nothing_is_missing_in_the_environment(capsys):
    assert info.run(argparse.Namespace(json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found['missing'] == []
    assert found['mujoco'] == '4.0.0'
    assert found['gl_backend'] in {'egl', 'osmesa'}
    assert found['cores'] >= 1


def test_absent_ros_is_reported_as_missing():
    found = info.collect({'PATH': '/usr/bin', 'HOME': '/tmp'})
    assert found['rclpy'] is None
    assert {'rclpy', 'rmw', 'valet_msgs'} <= set(found['missing'])


def test_ros_version_is_that_of_the_first_prefix_that_has_the_package(tmp_path):
    for name, version in (('over', '2.0.0'), ('under', '1.0.0')):
        share = tmp_path / name / 'share' / 'rclpy'
        share.mkdir(parents=True)
        (share / 'package.xml').write_text(f'<package><version>{version}</version></package>')
    prefixes = f'{tmp_path / "none"}:{tmp_path / "over"}:{tmp_path / "under"}'
    assert info.collect({'AMENT_PREFIX_PATH': prefixes})['rclpy'] == '2.0.0'


def test_every_item_has_a_line(capsys):
    info.run(argparse.Namespace(json=False))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(info.collect())
