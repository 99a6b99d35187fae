"""Mobile bases: embodiments, planar simulation, worlds, controllers."""
