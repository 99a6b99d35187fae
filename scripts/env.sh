# Puts Valet's environment into the calling bash: `source scripts/env.sh`.
# The Python environment, ROS 2 (the wheels in it, or what is sourced already) and the workspace.

_valet_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

export VIRTUAL_ENV="$_valet_root/.venv"
export PATH="$VIRTUAL_ENV/bin:$PATH"
unset PYTHONHOME

# The ROS wheels use the Python environment itself as ROS prefix.
if [ -z "${ROS_DISTRO:-}" ]; then
  export AMENT_PREFIX_PATH="$VIRTUAL_ENV" CMAKE_PREFIX_PATH="$VIRTUAL_ENV"
  # What the wheels of another Python environment may have left behind.
  unset LD_LIBRARY_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE
fi

if [ -f "$_valet_root/install/local_setup.bash" ]; then
  # shellcheck disable=SC1091
  source "$_valet_root/install/local_setup.bash"
fi

export MUJOCO_GL="${MUJOCO_GL:-egl}"
unset _valet_root
