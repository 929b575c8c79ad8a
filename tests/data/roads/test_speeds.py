import pytest

from data.roads.errors import RoadFileError
from data.roads.speeds import speeds_from_csv
from geo.road_class import RoadClass
from geo.weights import default_speed_table


def csv(folder, text):
    path = folder / "speeds.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_hours_of_the_week(tmp_path):
    table = speeds_from_csv(csv(tmp_path, "class,hour,speed_kmh\nprimary,18,21.5\nprimary,167,55\n"))
    assert table.speed_kmh[RoadClass.PRIMARY, [18, 167]].tolist() == [21.5, 55]
    assert table.speed_kmh[RoadClass.PRIMARY, 19] == default_speed_table().speed_kmh[RoadClass.PRIMARY, 19]


def test_hours_of_working_days_and_weekends(tmp_path):
    table = speeds_from_csv(
        csv(tmp_path, "class,day,hour,speed_kmh\ntrunk,工作日,8,30\ntrunk,weekend,8,50\n")
    )
    assert table.speed_kmh[RoadClass.TRUNK, 8::24].tolist() == [30] * 5 + [50] * 2


@pytest.mark.parametrize(
    "row",
    [
        "alley,1,30",
        "primary,168,30",
        "primary,1.5,30",
        "primary,-1,30",
        "primary,1,0",
        "primary,1,900",
        "primary,x,30",
        "primary,1,",
    ],
)
def test_bad_rows_are_named(tmp_path, row):
    with pytest.raises(RoadFileError, match="row 2 of the speeds is wrong"):
        speeds_from_csv(csv(tmp_path, f"class,hour,speed_kmh\nprimary,0,30\n{row}\n"))


def test_bad_files(tmp_path):
    with pytest.raises(RoadFileError, match="'speed_kmh' is missing; present: class、hour"):
        speeds_from_csv(csv(tmp_path, "class,hour\nprimary,1\n"))
    with pytest.raises(RoadFileError, match="cannot read the speeds"):
        speeds_from_csv(tmp_path / "none.csv")
