"""From a depth camera to a labelled cloud and the pose of an arm."""
