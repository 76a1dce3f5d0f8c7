"""Pages to timed moves: limits, placement on the machine, planner, estimate.

Shared by the preview, the estimate and the sender, so all three tell the same story.
"""

from plotwriter.motion.actions import PenAction, Plan, Trajectory
from plotwriter.motion.estimate import Estimate, estimate
from plotwriter.motion.limits import Limits, PenTimes
from plotwriter.motion.placement import Placement, fit
from plotwriter.motion.planner import plan

__all__ = ["Estimate", "Limits", "PenAction", "PenTimes", "Placement", "Plan", "Trajectory", "estimate", "fit", "plan"]
