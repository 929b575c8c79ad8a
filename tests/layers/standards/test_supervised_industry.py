"""The industry classes of registration lead to choices of the enterprise layer."""

from __future__ import annotations

from layers.registry import layer_by_id
from layers.standards.supervised_industry import INDUSTRY_CLASSES, branch_words, find_branch


def test_every_branch_counts_as_a_choice_of_the_layer() -> None:
    choices = {c.value for c in layer_by_id("enterprise").field("industry").choices}
    assert {b.industry for c in INDUSTRY_CLASSES for b in c.branches} <= choices


def test_industry_and_trade_has_the_eight_branches_of_the_manual() -> None:
    trade = next(c for c in INDUSTRY_CLASSES if c.value == "industry_and_trade")
    assert [b.words.zh for b in trade.branches] == [
        "冶金", "有色", "建材", "机械", "轻工", "纺织", "烟草", "商贸",
    ]  # fmt: skip


def test_a_branch_of_another_class_is_none() -> None:
    assert find_branch("industry_and_trade", "chemical_trade") is None
    assert branch_words("x", "y").zh == "x · y"
