"""Mobile bases in MuJoCo: wheels, servos and legs among the obstacles of a planar world."""
