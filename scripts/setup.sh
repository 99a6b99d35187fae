#!/usr/bin/env bash
# Sets up all that Valet needs, and nothing twice: Debian packages, the Python environment .venv
# and the colcon workspace. It takes minutes the first time and a moment after that.
#
#   PYTHON       interpreter to use; otherwise the first of python3, python3.12, python3.11 that fits
#   ROS_DISTRO   set by a sourced ROS 2: its rclpy is used, and no ROS package comes from pip

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 3; }

# What fails without a word of its own, says where it was.
set -E
trap '[ $? -eq 3 ] || echo "setup: failed in line $LINENO of scripts/setup.sh" >&2' ERR

# --- Debian packages ---------------------------------------------------------------------------

missing_packages() {  # $1 interpreter; prints the Debian packages that are missing
  local python=$1 libraries version
  libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p)
  need() { grep -q "$1" <<<"$libraries" || echo "$2"; }
  need libEGL.so.1 libegl1
  need libEGL_mesa.so.0 libegl-mesa0
  need libGL.so.1 libgl1
  need libGLESv2.so.2 libgles2
  need libOSMesa.so libosmesa6
  need libgomp.so.1 libgomp1
  need libusb-1.0.so.0 libusb-1.0-0
  compgen -G '/usr/lib/*/dri/*swrast_dri.so' >/dev/null || echo libgl1-mesa-dri
  command -v ffmpeg >/dev/null || echo ffmpeg
  command -v g++ >/dev/null || echo g++
  version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "$version-venv"
  "$python" -c '
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))
' || echo "$version-dev"
}

install_packages() {
  local packages as_root=()
  mapfile -t packages < <(missing_packages "$1")
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "please install what provides: ${packages[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || [ -t 0 ] && command -v sudo >/dev/null ||
      fail "please run: sudo apt-get install ${packages[*]}"
    as_root=(sudo)
  fi
  say "installing Debian packages: ${packages[*]}"
  "${as_root[@]}" apt-get update -qq || fail 'apt-get update failed'
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null ||
    fail "apt-get could not install: ${packages[*]}"
}

# --- Python environment ------------------------------------------------------------------------

mode=${ROS_DISTRO:-wheels}

fits() {  # $1 interpreter: a version that Valet supports, and the sourced ROS 2's, if there is one
  "$1" - 2>/dev/null <<'PYTHON'
import importlib.util, os, sys, sysconfig
if sys.version_info[:2] not in {(3, 11), (3, 12)}:
    sys.exit(1)
if os.environ.get('ROS_DISTRO'):
    rclpy = importlib.util.find_spec('rclpy')
    extension = '_rclpy_pybind11' + sysconfig.get_config_var('EXT_SUFFIX')
    sys.exit(not (rclpy and os.path.exists(os.path.join(os.path.dirname(rclpy.origin), extension))))
PYTHON
}

choose_python() {  # prints the interpreter's path
  local candidates=(python3 python3.12 python3.11) candidate
  [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
  for candidate in "${candidates[@]}"; do
    if fits "$candidate"; then
      # The one below, when it is that of an environment (of .venv itself, perhaps).
      "$candidate" -c 'import sys; print(sys._base_executable)'
      return
    fi
  done
  if [ -n "${ROS_DISTRO:-}" ]; then
    fail "none of ${candidates[*]} is a Python 3.11 or 3.12 with the rclpy of the sourced ROS 2" \
      "($ROS_DISTRO). Use ROS 2 Jazzy on Ubuntu 24.04, or source none: 'env -u ROS_DISTRO make setup'"
  fi
  fail "none of ${candidates[*]} is Python 3.11 or 3.12: install one, or give it as PYTHON=/path"
}

pip_install() {  # installs what the locks on its input name
  # They are complete, so nothing is left to resolve.
  # -I: what is on PYTHONPATH, as with a sourced ROS 2, is not in the environment.
  # What is imported is compiled then; compiling all 8 GB of it takes a minute.
  .venv/bin/python -I -m pip install -qq --disable-pip-version-check --no-deps --no-compile \
    -r /dev/stdin
}

# Two thirds of the gigabytes.
heavy='^(torch|triton|nvidia-.*|cuda-.*)=='
jobs=()  # install what the build of the workspace does not need, beside it

set_up_python() {
  local python identity locks stamp=.venv/.valet-setup
  # An environment that works is kept, whichever the default interpreter has become since.
  if [ -z "${PYTHON:-}" ] && fits .venv/bin/python; then
    python=$root/.venv/bin/python
  else
    python=$(choose_python)
  fi
  install_packages "$python"
  identity="$mode $("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') $root"
  locks=$(cat requirements/*.txt | sha256sum)
  environment="$identity $locks"
  [ "$environment" != "$(cat $stamp 2>/dev/null)" ] || return 0

  if [ -e .venv ] && { ! fits .venv/bin/python || {
      [ -f $stamp ] && [[ "$(cat $stamp)" != "$identity "* ]]; }; }; then
    [ "$python" != "$root/.venv/bin/python" ] || python=$(choose_python)
    say "replacing .venv: it is for another Python, ROS 2 or folder"
    rm -rf .venv build install log
  fi
  [ "$mode" != wheels ] || [ "$(uname -m)" = x86_64 ] ||
    fail "ROS 2 comes from pip for x86_64 only, and this is $(uname -m): source a ROS 2 Jazzy first"
  say "installing the Python packages (some minutes, 8 GB)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  { cat requirements/build.txt; [ "$mode" != wheels ] || cat requirements/ros.txt; } | pip_install
  grep -E "$heavy" requirements/common.txt | pip_install &
  jobs+=($!)
  cat requirements/{common,assets}.txt | grep -vE "$heavy" | pip_install &
  jobs+=($!)
  trap 'kill "${jobs[@]}" 2>/dev/null || true' EXIT
  if [ "$mode" = wheels ]; then
    # The environment is also the ROS prefix; without these colcon says that it is none.
    touch .venv/local_setup.sh .venv/local_setup.bash .venv/local_setup.zsh
  fi
}

finish_python() {  # waits for what is installed while the workspace is built
  local job
  [ ${#jobs[@]} -gt 0 ] || return 0
  for job in "${jobs[@]}"; do
    wait "$job" || fail 'the Python packages could not be installed; pip says above why'
  done
  echo "$environment" >.venv/.valet-setup
}

# --- workspace ---------------------------------------------------------------------------------

build_workspace() {
  local stamp=build/.valet-setup messages=build/.valet-messages names now now_messages skip=()
  # Python modules, launch files and the like are installed as links: only their names count.
  names=$({ find launch config models sim -type f 2>/dev/null || true; } | sort)
  now_messages=$(cat <(echo "$environment") $(find src/valet_msgs src/tf2_msgs_shim -type f | sort) |
    sha256sum)
  now=$(cat <(echo "$names$now_messages") package.xml CMakeLists.txt colcon.meta \
    colcon_defaults.yaml src/valet_{core,nodes}/{package.xml,setup.py,setup.cfg} | sha256sum)
  [ "$now" != "$(cat $stamp 2>/dev/null)" ] || return 0
  if [ "$now_messages" = "$(cat $messages 2>/dev/null)" ]; then
    skip=(--packages-skip valet_msgs tf2_msgs)
  fi
  say 'building the workspace'
  (
    set +u
    source scripts/env.sh
    colcon build "${skip[@]}"
  ) || fail "colcon build failed; what it said is in $root/log/latest_build"
  echo "$now_messages" >$messages
  echo "$now" >$stamp
}

# --- compiled loops ----------------------------------------------------------------------------

compile_loops() {  # so that no first launch waits for them
  local stamp=build/.valet-compiled now
  # The cache is kept by the sources' times and sizes.
  now=$(
    echo "$environment"
    grep -rl --include='*.py' '@njit' src | sort | xargs stat -c '%n %y %s'
  )
  [ "$now" != "$(cat $stamp 2>/dev/null)" ] || return 0
  say 'compiling the loops of perception and mobility'
  (
    set +u
    source scripts/env.sh
    python -m valet_core.tools.cli compile >/dev/null
  ) || fail 'the loops could not be compiled; the lines above say why'
  echo "$now" >$stamp
}

# One set-up of this folder at a time.
exec 9<"$root"
flock 9
set_up_python
build_workspace
finish_python
compile_loops
