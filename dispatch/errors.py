"""Name what can go wrong when somebody is sought or sent.

OneMapError
└── DispatchError
    ├── QuestionError (ValueError)   a question with an impossible number, hour or kind
    └── OffRoadError (ValueError)    a position too far from every road
"""

from geo.errors import OneMapError


class DispatchError(OneMapError):
    """Root of the errors of dispatch."""


class QuestionError(DispatchError, ValueError):
    """A question that names an impossible number, time limit, hour or kind."""


class OffRoadError(DispatchError, ValueError):
    """A position that lies too far from every road; `distance_m` is how far, None beyond what was searched."""

    def __init__(self, lon: float, lat: float, *, reach_m: float, distance_m: float | None) -> None:
        self.lon, self.lat = lon, lat
        self.reach_m, self.distance_m = reach_m, distance_m
        far_zh = "20 公里以内都没有道路" if distance_m is None else f"离最近的道路约 {distance_m:,.0f} 米"
        far_en = (
            "there is no road within 20 km"
            if distance_m is None
            else f"the nearest road is {distance_m:,.0f} m away"
        )
        super().__init__(
            f"位置 {lon:.6f},{lat:.6f} {far_zh}，超过 {reach_m:,.0f} 米：请核对坐标和坐标系，是否在海上。 "
            f"The position {lon:.6f},{lat:.6f} is off the roads: {far_en}, and at most {reach_m:,.0f} m is taken. "
            "Check the figures and their datum."
        )
