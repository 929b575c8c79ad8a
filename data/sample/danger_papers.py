"""Draw summaries of hidden dangers, and the knowledge of them that the office and one enterprise of the sample keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from data.loading.rows import write_rows
from data.sample.own_enterprise import OWN_FIRST
from data.scope import Connection
from layers.registry import layer_by_id

_FIRST = 9_000_000
_PEOPLE = ("林国栋", "郑晓梅", "何伟明", "罗雪芳")
_PLACES = ("配电室和临时用电", "消防通道和应急照明", "危化品储存", "有限空间作业", "特种设备附件")
_NEXT = (
    "相关班组每班增加一次巡查，下季度复核",
    "更换老化线路，责任人和完成日期列入台账",
    "组织专项培训并考核，纳入班前会",
)
#: Kind, title, what it applies to, text, source.
_ENTRIES = (
    ("system", "隐患排查治理管理制度（范本）", "各类企业", "明确主要负责人、分管负责人、部门、班组和岗位的排查范围和频次；排查、登记、整改、验收、统计、通报、考核各有记录；重大隐患及时报告属地部门，一般隐患至少每月汇总一次。", "《安全生产法》第四十一条（样例整理）"),
    ("duty", "主要负责人的隐患排查职责", "各类企业", "每季度至少组织一次全面排查；保证整改资金；重大隐患亲自督办，整改完成前落实临时措施；向职工大会通报排查治理情况。", "《安全生产法》第二十一条（样例整理）"),
    ("duty", "班组长和岗位人员的排查职责", "各类企业", "班前检查设备、电气、通道和防护；班中巡查；发现隐患先处置后报告，不能处置的停止作业并撤人。", "示例市应急管理部门（样例）"),
    ("standard", "涉氨制冷企业排查要点", "涉氨制冷", "氨机房通风和报警联动；快速冻结间与作业间隔开；包装间不用直接蒸发式氨制冷；喷淋、洗眼器可用；防护用品在检验期内；定期检验管道和压力容器。", "工贸行业重大事故隐患判定标准（样例整理）"),
    ("standard", "加油站排查要点", "危险化学品经营", "卸油静电接地和流速；油气回收；罐区人孔井气体检测；防渗漏监测报警；站内施工动火审批。", "GB 50156（样例整理）"),
    ("standard", "有限空间作业排查要点", "工贸企业", "辨识和台账、警示标志；先通风、再检测、后作业；监护人不离开；配齐检测仪和呼吸器；严禁盲目施救。", "工贸企业有限空间作业安全规定（样例整理）"),
    ("general", "用电和消防通用排查表", "各类企业", "配电柜前 1 米内无杂物；不私拉乱接；插座有漏电保护；疏散通道畅通、门能打开；灭火器压力正常；应急照明断电能亮。", "示例市应急管理部门（样例）"),
    ("general", "电梯使用单位通用排查表", "物业、商场、医院", "检验标志在有效期；五方对讲有人应答；轿厢应急照明可用；机房上锁、温度正常；困人救援电话张贴；维保记录齐全。", "TSG T5002（样例整理）"),
)  # fmt: skip


def summaries(
    enterprises: list[dict[str, Any]], rng: np.random.Generator, today: dt.date
) -> Iterator[dict[str, Any]]:
    """Draw the last two quarters' summaries of one enterprise in four, a few written by the authority."""
    number = 0
    for i, enterprise in enumerate(enterprises[::4]):
        ends = today.replace(day=1) - dt.timedelta(days=1)
        for back in range(2):
            number += 1
            begins = (ends.replace(day=1) - dt.timedelta(days=62)).replace(day=1)
            found = int(rng.integers(2, 18))
            is_own = not (i and rng.random() < 0.15)
            place = _PLACES[int(rng.integers(len(_PLACES)))]
            yield {
                **{k: enterprise[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
                "code": f"DS{_FIRST + number}", "name": f"{begins:%Y年%m月}至{ends:%m月}隐患排查治理总结", "enterprise_code": enterprise["code"],
                "position_quality": "matched", "source": "self" if is_own else "government", "begins_on": begins, "ends_on": ends,
                "found_count": found, "rectified_count": found - int(rng.integers(0, 2 + back)) if found > 3 else found,
                "content": f"本期按计划排查，问题集中在{place}。一般隐患当场或限期整改，未完成的已落实临时措施。",
                "next_steps": _NEXT[int(rng.integers(len(_NEXT)))], "writer_name": _PEOPLE[int(rng.integers(len(_PEOPLE)))],
            }  # fmt: skip
            ends = begins - dt.timedelta(days=1)


def write_missing_knowledge(connection: Connection) -> int:
    """Write what the city's first office keeps for everybody, and the sample enterprise's own system; rows written, 0 where there are some."""
    office = connection.execute(
        "SELECT code, address, division_code, authority_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_resource"
        " WHERE kind = 'government_office' AND enterprise_code IS NULL AND geom IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM danger_knowledge) ORDER BY code LIMIT 1"
    ).fetchone()
    if office is None:
        return 0
    own = connection.execute(
        "SELECT code, address, division_code, authority_code, owner_id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM enterprise"
        f" WHERE geom IS NOT NULL ORDER BY {OWN_FIRST}, code LIMIT 1"
    ).fetchone()
    place = {name: office[name] for name in ("address", "division_code", "authority_code", "lon", "lat")}
    rows: list[dict[str, Any]] = [
        {
            **place, "office_code": office["code"], "position_quality": "matched", "code": f"DK{_FIRST + number}", "kind": kind, "name": name,
            "scope": scope, "content": content, "source": source,
        }
        for number, (kind, name, scope, content, source) in enumerate(_ENTRIES, start=1)
    ]  # fmt: skip
    if own is not None:
        rows.append({
            **{k: own[k] for k in ("address", "division_code", "authority_code", "owner_id", "lon", "lat")},
            "code": f"DK{_FIRST + len(rows) + 1}", "name": "本企业隐患排查治理制度", "kind": "system", "scope": "本企业", "enterprise_code": own["code"],
            "position_quality": "matched", "source": "本企业制度汇编", "holds_from": dt.date(2026, 1, 1),
            "content": "班组每班、车间每周、企业每月排查；发现重大隐患立即停用相关设备，1 小时内报告主要负责人和属地部门；整改由安全部验收。",
        })  # fmt: skip
    return write_rows(connection, layer_by_id("danger_knowledge"), rows).total
