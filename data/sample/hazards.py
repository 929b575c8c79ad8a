"""Fill a sample city's registers of danger.

Risk points, major hazard sites with their substances, and hidden dangers.
"""

import datetime as dt

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from data.sample.lattice import IntArray
from data.sample.plane import FloatArray
from data.sample.words import pick

__all__ = ["draw_hazard_sites", "draw_hidden_dangers", "draw_risk_points"]

# GB 18218-2018 Tables 1 and 3 or 4: name, CAS, critical quantity in tonnes, beta, industries, stored or in
# process
_SUBSTANCES: list[tuple[str, str, float, float, str, bool]] = [
    ("氨", "7664-41-7", 10.0, 2.0, "light_industry hazardous_chemicals", True),
    ("氯", "7782-50-5", 5.0, 4.0, "hazardous_chemicals", True),
    ("氯化氢（无水）", "7647-01-0", 20.0, 3.0, "hazardous_chemicals", False),
    ("甲烷，天然气", "74-82-8", 50.0, 1.5, "town_gas", True),
    ("液化石油气", "68476-85-7", 50.0, 1.5, "town_gas", True),
    ("氢", "1333-74-0", 5.0, 1.5, "metallurgy hazardous_chemicals", False),
    ("乙炔", "74-86-2", 1.0, 1.5, "machinery hazardous_chemicals", False),
    ("氧（压缩的或液化的）", "7782-44-7", 200.0, 1.0, "metallurgy machinery", True),
    ("苯", "71-43-2", 50.0, 1.0, "hazardous_chemicals", False),
    ("甲苯", "108-88-3", 500.0, 1.0, "hazardous_chemicals", True),
    ("甲醇", "67-56-1", 500.0, 1.0, "hazardous_chemicals", True),
    ("汽油", "86290-81-5", 200.0, 1.0, "hazardous_chemicals transport", True),
    ("乙醇", "64-17-5", 500.0, 1.0, "hazardous_chemicals light_industry", True),
]
#: What was found: words, category, where, what is done about it, the rule it breaks.
_FOUND = [
    ("消防通道堵塞", "fire", "厂区东侧通道", "清理杂物，划线定置", "GB 50016"),
    ("灭火器过期", "fire", "一层走廊", "更换灭火器并登记", "GB 50444"),
    ("配电箱未上锁", "electric", "一车间", "加锁并张贴责任人", "GB 50054"),
    ("安全出口标志缺失", "fire", "仓库出口", "补装疏散标志灯", "GB 51309"),
    ("电线私拉乱接", "electric", "员工休息室", "拆除并由电工重新布线", "JGJ 46"),
    ("防护罩缺失", "equipment", "2 号冲床", "加装防护罩", "GB/T 8196"),
    ("台账不全", "management", "安全管理办公室", "补齐台账", "安全生产法"),
    ("应急灯损坏", "fire", "二层楼梯间", "更换应急灯", "GB 51309"),
    ("气瓶混放", "chemical", "气瓶间", "分类存放并固定", "TSG 23"),
    ("未按规定培训", "management", "安全管理办公室", "补训并考核", "安全生产法"),
    ("可燃气体报警器失效", "equipment", "储罐区", "更换探头并标定", "GB/T 50493"),
    ("临边无护栏", "work", "装卸平台", "加装护栏", "GB 4053.3"),
]
#: Numbers of the sample begin here, out of the way of those that the program gives.
_FIRST = 9_000_000
_ALPHA_FROM = np.array([0, 1, 30, 50, 100])
_ALPHA = np.array([0.5, 1.0, 1.2, 1.5, 2.0])
_EXPOSED_M = 500.0
_WHERE = ["division_code", "authority_code", "lon", "lat"]


def draw_hazard_sites(
    enterprises: pd.DataFrame,
    residential: pd.DataFrame,
    size: int,
    *,
    enterprise_xy: FloatArray,
    residential_xy: FloatArray,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return major hazard sites (重大危险源) and their substances.

    The grade follows GB 18218-2018: R = alpha · sum(beta · q / Q), alpha from the people living within 500 m;
    every site has sum(q / Q) >= 1.
    """
    wanted = {k for s in _SUBSTANCES for k in s[4].split()}
    able = np.flatnonzero(enterprises["industry"].isin(wanted).to_numpy())
    weight = (
        enterprises["industry"]
        .iloc[able]
        .map(lambda k: 8.0 if k in {"hazardous_chemicals", "town_gas"} else 1.0)
    )
    size = min(size, len(able))
    chosen = rng.choice(able, size, replace=False, p=(weight / weight.sum()).to_numpy())
    near = cKDTree(residential_xy).query_ball_point(enterprise_xy[chosen], _EXPOSED_M)
    people = residential["population"].to_numpy()
    sites, substances = [], []
    for i, (row, neighbours) in enumerate(zip(chosen, near, strict=True), 1):
        firm = enterprises.iloc[int(row)]
        options = [s for s in _SUBSTANCES if firm["industry"] in s[4].split()]
        picked = [options[k] for k in rng.permutation(len(options))[: 1 + int(rng.random() < 0.4)]]
        ratios = np.exp(rng.normal(0.9, 1.1, len(picked)))
        quantities = [max(0.01, round(float(r) * s[2], 2)) for r, s in zip(ratios, picked, strict=True)]
        if sum(q / s[2] for q, s in zip(quantities, picked, strict=True)) < 1:
            quantities[0] = round(picked[0][2] * float(rng.uniform(1.05, 2.5)), 2)
        alpha = _ALPHA[np.searchsorted(_ALPHA_FROM, int(people[neighbours].sum()), side="right") - 1]
        r = float(alpha * sum(s[3] * q / s[2] for q, s in zip(quantities, picked, strict=True)))
        grade = 1 if r >= 100 else 2 if r >= 50 else 3 if r >= 10 else 4
        is_storage = picked[0][5]
        code = f"HZ{firm['code'][2:6]}{i:05d}"
        name = f"{firm['name']}{picked[0][0]}{'储罐区' if is_storage else '生产单元'}"
        ratio = sum(q / s[2] for q, s in zip(quantities, picked, strict=True))
        state = str(rng.choice(["accepted", "declared", "draft"], p=[0.82, 0.1, 0.08]))
        counted = int(people[neighbours].sum())
        sites.append(
            (
                code, name, firm["code"], grade, is_storage, state, "gb18218_2018", round(ratio, 6), float(alpha), round(r, 6),
                counted, counted if rng.random() < 0.9 else counted // 2, state == "accepted" and grade <= 2,
                *(firm[c] for c in _WHERE),
            )
        )  # fmt: skip
        substances += [(code, s[0], s[1], q, s[2]) for q, s in zip(quantities, picked, strict=True)]
    columns = [
        "code", "name", "enterprise_code", "grade", "is_storage", "state", "standard", "ratio_sum", "alpha", "r_value",
        "people_counted", "people_declared", "is_listed", *_WHERE,
    ]  # fmt: skip
    return (
        pd.DataFrame(sites, columns=columns),
        pd.DataFrame(substances, columns=["site_code", "name", "cas", "quantity_t", "critical_quantity_t"]),
    )


def draw_risk_points(enterprises: pd.DataFrame, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return risk points (风险点), level 1 (major) to 4 (low), near the enterprise's grade."""
    firm = _firms(enterprises, size, rng)
    risk_class = pick(rng, ["unit", "equipment", "place"], size, [0.3, 0.4, 0.3])
    words = {"unit": ["作业单元", "生产线", "动火作业"], "equipment": ["压力容器", "叉车", "配电柜", "锅炉"],
             "place": ["仓库", "车间", "有限空间", "装卸区"]}  # fmt: skip
    thing = np.empty(size, dtype=object)
    for kind, names in words.items():
        rows = np.flatnonzero(risk_class == kind)
        thing[rows] = pick(rng, names, len(rows))
    # enterprises rise from A to D, risk points fall from 1 to 4
    base = firm["risk_grade"].map({"D": 1, "C": 2, "B": 3, "A": 4}).to_numpy()
    level = np.clip(base + _steps(rng, size), 1, 4).astype(np.int64)
    frame = pd.DataFrame({"code": [f"RK{i:07d}" for i in range(1, size + 1)]})
    frame["name"] = firm["name"].to_numpy(dtype=object) + thing
    frame["enterprise_code"] = firm["code"].to_numpy(dtype=object)
    frame["level"], frame["risk_class"] = level, risk_class
    return frame.join(firm[_WHERE])


def _steps(rng: np.random.Generator, size: int) -> IntArray:
    """Return how far a risk point's level departs from its enterprise's: mostly one lower."""
    return rng.choice([-1, 0, 1, 2], size, p=[0.03, 0.35, 0.42, 0.2])


def draw_hidden_dangers(
    enterprises: pd.DataFrame, size: int, as_of: dt.datetime, rng: np.random.Generator
) -> pd.DataFrame:
    """Return hidden dangers (隐患) of the year before `as_of`; only open ones past their date are overdue."""
    firm = _firms(enterprises, size, rng)
    grade = pick(rng, ["general", "major"], size, [0.97, 0.03])
    age_h = rng.integers(1, 365 * 24, size)
    term_h = np.where(grade == "major", rng.integers(30, 90, size), rng.integers(3, 31, size)) * 24
    state = pick(rng, ["done", "in_review", "pending", "extension"], size, [0.9, 0.04, 0.03, 0.03])
    source = pick(rng, ["self", "government"], size, [0.8, 0.2])
    is_fresh = age_h < term_h
    state = np.where(is_fresh, pick(rng, ["pending", "in_review", "done"], size, [0.5, 0.2, 0.3]), state)
    state = np.where(~is_fresh & (state == "pending"), "overdue", state)
    # review counts inside the deadline too: nothing past it is still in review
    state = np.where(~is_fresh & (state == "in_review"), "done", state)
    registered = pd.Series(pd.Timestamp(as_of) - pd.to_timedelta(age_h, unit="h"))
    due = registered + pd.to_timedelta(term_h, unit="h")
    # one in ten was granted its extension once it was overdue, and was rectified afterwards
    is_granted = (
        (state == "done") & ~is_fresh & (source == "self") & (rng.random(size) < 0.1) & (age_h > term_h + 48)
    )
    used_h = np.minimum(age_h, term_h) * rng.uniform(0.2, 0.95, size)
    done_at = registered + pd.to_timedelta(np.where(is_granted, term_h + 36, used_h).round(1), unit="h")
    frame = pd.DataFrame({"code": [f"HD{_FIRST + i}" for i in range(1, size + 1)]})
    what = rng.integers(0, len(_FOUND), size)
    for column, k in (("name", 0), ("category", 1), ("place", 2), ("measures", 3), ("basis", 4)):
        frame[column] = np.array([row[k] for row in _FOUND], dtype=object)[what]
    frame["enterprise_code"] = firm["code"].to_numpy(dtype=object)
    frame["grade"], frame["source"], frame["state"] = grade, source, state
    frame["registered_at"], frame["first_due_at"] = registered, due
    frame["due_at"] = due.where(~is_granted, due + pd.Timedelta(days=15))
    frame["responsible_name"] = pick(rng, ["李建国", "王芳", "张伟", "陈静", "刘洋"], size)
    frame["cost_yuan"] = (rng.integers(1, 60, size) * np.where(grade == "major", 5000, 100)).astype(float)
    is_rectified = np.isin(state, ["done", "in_review"])
    is_done, is_open_major = state == "done", (grade == "major") & (state != "done")
    frame["rectification"] = (frame["measures"] + "，已完成").where(is_rectified)
    frame["rectified_at"] = (done_at - pd.Timedelta(hours=1)).where(is_rectified)
    frame["completed_at"] = done_at.where(is_done)
    frame["rounds"] = 1 + (is_rectified & (rng.random(size) < 0.08)).astype(np.int64)
    frame["extension"] = np.select([is_granted, state == "extension"], ["granted", "asked"], "none")
    frame["extension_reason"] = frame["extension"].map(
        {"granted": "备件采购周期较长", "asked": "备件采购周期较长"}
    )
    frame["extended_to"] = frame["due_at"].where(is_granted)
    frame["is_listed"] = is_open_major
    frame["listed_at"] = (registered + pd.Timedelta(hours=2)).where(is_open_major)
    return frame.join(firm[_WHERE])


def _firms(enterprises: pd.DataFrame, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return enterprises drawn with repetition, the riskier the more often."""
    weight = enterprises["risk_grade"].map({"D": 12.0, "C": 6.0, "B": 2.0, "A": 1.0}).to_numpy()
    rows = rng.choice(len(enterprises), size, p=weight / weight.sum())
    return enterprises.iloc[rows].reset_index(drop=True)
