import numpy as np

from geo import self_check as module
from geo.self_check import self_check


def test_all_engines_agree():
    found = self_check()
    assert found.disagreeing == ()
    assert found.compared > 60


def test_a_wrong_engine_is_named(monkeypatch):
    right = module.travel_time_matrix
    monkeypatch.setattr(module, "travel_time_matrix", lambda *a: np.nextafter(right(*a), np.inf))
    assert self_check().disagreeing == ("matrix",)
