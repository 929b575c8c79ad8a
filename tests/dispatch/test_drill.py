from hypothesis import given
from hypothesis import strategies as st

from dispatch.drill import LIGHT, SERIOUS, SEVERE, Need, is_left, needs, presence, shortfalls, zone_level


def test_levels_on_their_limits():
    assert [zone_level("explosion", "overpressure", v) for v in (30.0, 29.9, 10.0, 6.9)] == [
        SEVERE,
        SERIOUS,
        SERIOUS,
        LIGHT,
    ]
    assert [zone_level("fireball", "heat flux", v) for v in (37.5, 25.0, 12.5, 4.0, 1.6)] == [1, 1, 2, 2, 3]
    assert [zone_level("toxic", f"AEGL-{n}", 1.0) for n in (3, 2, 1)] == [1, 2, 3]
    assert [zone_level("flash_fire", m, 5.0) for m in ("LFL", "half LFL")] == [1, 2]
    assert [is_left(n) for n in (1, 2, 3)] == [True, True, False]


@given(st.integers(0, 167))
def test_presence_is_a_share_at_every_hour(hour):
    home, work = presence(hour)
    assert 0 < home <= 1
    assert 0 < work <= 1
    assert (home > work) == (not (hour < 120 and 8 <= hour % 24 < 18))


@given(
    st.frozensets(st.sampled_from(["toxic", "flash_fire", "explosion"])),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_more_people_never_need_less(effects, people, more):
    few, many = needs(effects, people), needs(effects, people + more)
    assert [n.kind for n in few] == [n.kind for n in many]
    assert all(a.count <= b.count for a, b in zip(few, many, strict=True))


def test_shortfalls_name_the_kind_and_the_number():
    wanted = (Need("hospital", 2, 600.0), Need("expert", 1, 60.0))
    assert (
        shortfalls(
            wanted, {"hospital": [1.0, 600.0], "expert": [60.0]}, left_over=0, no_way=0, has_staging=True
        )
        == ()
    )
    found = shortfalls(wanted, {"hospital": [601.0]}, left_over=7, no_way=0, has_staging=False)
    assert [(s.subject, s.kind, s.missing) for s in found] == [
        ("resource", "hospital", 1), ("late", "hospital", 1), ("resource", "expert", 1), ("places", None, 7), ("staging", None, 1),
    ]  # fmt: skip
