"""The classes of order 493, article 3: every limit is inclusive above and exclusive below, and the gravest figure decides."""

from __future__ import annotations

import pytest

from layers.errors import StandardError
from layers.standards.accident_class import accident_class


@pytest.mark.parametrize(
    ("dead", "injured", "loss", "expected"),
    [
        (0, 0, 0, "4"), (2, 9, 999.99, "4"), (3, 0, 0, "3"), (9, 49, 4_999.99, "3"), (0, 10, 0, "3"), (0, 0, 1_000, "3"),
        (10, 0, 0, "2"), (29, 99, 9_999.99, "2"), (0, 50, 0, "2"), (0, 0, 5_000, "2"),
        (30, 0, 0, "1"), (0, 100, 0, "1"), (0, 0, 10_000, "1"), (1, 100, 10, "1"), (3, 9, 5_000, "2"),
    ],
)  # fmt: skip
def test_each_limit_of_article_3(dead: int, injured: int, loss: float, expected: str) -> None:
    assert accident_class(dead, injured, loss) == expected


@pytest.mark.parametrize("field", ["dead", "seriously_injured", "loss_10k_cny"])
def test_a_negative_figure_is_named(field: str) -> None:
    figures: dict[str, int] = {"dead": 0, "seriously_injured": 0, "loss_10k_cny": 0} | {field: -1}
    with pytest.raises(StandardError) as caught:
        accident_class(**figures)
    assert caught.value.field == field
