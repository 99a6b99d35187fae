"""A window that shows the scene camera of the simulator."""

import contextlib

import glfw
import numpy as np
from OpenGL import GL
from rclpy.node import Node
from sensor_msgs.msg import Image

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_nodes.ros.conversions import image_from_message
from valet_nodes.ros.qos import SENSOR
from valet_nodes.ros.spin import run

__all__ = ['SceneView', 'main']

SIZE = (960, 720)
PERIOD = 0.05  # between looks at the window's events [s]


class SceneView(Node):
    """Draws each image of `scene_camera/image_raw`; closing the window ends the node."""

    def __init__(self, **options: object) -> None:
        """Open the window.

        Raises:
            ConfigError: where there is no display to open it on.
        """
        super().__init__('scene_view', **options)
        if not glfw.init():
            raise ConfigError('no display for a window; launch with headless:=true')
        glfw.window_hint(glfw.RESIZABLE, glfw.FALSE)
        self._window = glfw.create_window(*SIZE, 'Valet', None, None)
        if not self._window:
            raise ConfigError('no window could be opened; launch with headless:=true')
        glfw.make_context_current(self._window)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        self.create_subscription(Image, 'scene_camera/image_raw', self._on_image, SENSOR)
        self.create_timer(PERIOD, self._look)

    def destroy_node(self) -> None:
        """Close the window."""
        glfw.terminate()
        super().destroy_node()

    def _look(self) -> None:
        glfw.poll_events()
        if glfw.window_should_close(self._window):
            self.get_logger().info('the window was closed')
            raise KeyboardInterrupt

    def _on_image(self, message: Image) -> None:
        with contextlib.suppress(InvalidInputError):
            self._draw(image_from_message(message, 'rgb8'))

    def _draw(self, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        upright = np.ascontiguousarray(pixels[::-1])  # GL's rows start at the bottom
        GL.glWindowPos2i(0, 0)
        GL.glPixelZoom(SIZE[0] / width, SIZE[1] / height)
        GL.glDrawPixels(width, height, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, upright)
        glfw.swap_buffers(self._window)


def main() -> int:
    """Run the node until the window is closed or a signal comes."""
    return run(SceneView)
