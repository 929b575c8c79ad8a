"""Fill the sample city's rescue flow and knowledge, kept by its first emergency office: gases, petrol, fire, leak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data.loading.rows import write_rows
from data.scope import Connection
from layers.registry import layer_by_id

_FIRST = 9_000_000
_SDS = "物质安全技术说明书通用内容（样例整理，使用前请核对原文）"
_TABLE = "本系统物性表与安全技术说明书通用内容（样例整理）"
_OWN = "示例市应急管理部门（样例）"
#: Kind, substance, kind of accident, title, text, source.
_ENTRIES = (
    ("card", "氨", None, "液氨泄漏处置卡", "从上风或侧上风进入。先关紧急切断阀，停止卸车；能倒罐的倒罐。开花或喷雾水在下风侧拦截氨气，水不直接打在液氨上，以免蒸发加快。洗消水围起来，不进雨水管。夜间静稳时云团贴地，警戒范围放大，按实测浓度收缩。", _TABLE),
    ("protection", "氨", None, "氨的个人防护", "进入浓度不明的区域穿重型防化服，戴正压式空气呼吸器；外围人员戴氨气专用滤毒面具。接触液氨戴防冻手套。两人一组，有人接应。", _SDS),
    ("first_aid", "氨", None, "氨中毒和灼伤的急救", "移到新鲜空气处，保暖。眼睛和皮肤立即用大量清水冲洗至少 15 分钟，冻住的衣物先用水化开再脱。呼吸困难给氧，尽快送医，路上观察咽喉水肿。", _SDS),
    ("taboo", "氨", None, "氨泄漏不能做的事", "不用水直冲液池；不在下风和低洼处集结；没有空气呼吸器不进入；不在密闭房间内开关电器，氨在空气中约 15%～34% 可以爆燃。", _TABLE),
    ("card", "氯", None, "液氯泄漏处置卡", "氯气比空气重，沿地面和沟道流动，人往高处和上风走。关阀、堵漏、转动钢瓶使漏口朝上，让气相泄漏代替液相泄漏。能移动的钢瓶推入碱液池。喷雾水加碱吸收，废液集中。", _TABLE),
    ("protection", "氯", None, "氯的个人防护", "抢险人员穿全密闭防化服，戴正压式空气呼吸器；滤毒罐只供逃生。出区后先冲洗再脱防护服，器材用碱性溶液洗消。", _SDS),
    ("first_aid", "氯", None, "氯中毒的急救", "移到上风空气新鲜处，安静平卧，不让步行；眼睛用清水冲洗。即使症状轻也要留观，肺水肿可能数小时后才出现。呼吸停止做人工呼吸时施救者须有防护。", _SDS),
    ("taboo", "氯", None, "氯泄漏不能做的事", "不往泄漏的钢瓶上喷水，湿氯腐蚀会使漏口扩大；不把人员疏散到地下室和低处；不与油脂、氨、可燃物同处存放或处置。", _SDS),
    ("card", "液化石油气", None, "液化石油气泄漏处置卡", "先断火源和电源，再断气源。云团比空气重，查下水道和地下室。雾状水稀释驱散，用可燃气体检测仪划定警戒区。着火而不能断气时，控制燃烧并冷却罐体，不急于灭火。", _TABLE),
    ("protection", "液化石油气", None, "液化石油气现场防护", "穿防静电服和不带钉的鞋，用防爆工具和防爆对讲机。接触液相戴防冻手套。车辆停在警戒区外，进入人员关闭手机。", _SDS),
    ("first_aid", "液化石油气", None, "液化石油气伤员急救", "窒息者移到空气新鲜处给氧。冻伤部位用温水复温，不揉搓。烧伤先用流动凉水降温，再盖清洁敷料送医。", _SDS),
    ("taboo", "液化石油气", None, "液化石油气不能做的事", "没有断气不扑灭稳定燃烧的火；罐体变色、安全阀啸叫时不靠近，立即撤到远处，防沸腾液体爆炸；不在警戒区内启动车辆和开关电器。", _SDS),
    ("card", "汽油", None, "汽油泄漏和火灾处置卡", "切断泄漏，围堤收油，封堵雨水口。泡沫覆盖液面抑制蒸发，再用防爆泵回收。着火时先冷却邻罐，泡沫从罐壁缓缓流下；火灭后继续覆盖，防复燃。", _TABLE),
    ("protection", "汽油", None, "汽油现场防护", "穿防静电服，浓度高时戴空气呼吸器。灭火人员着避火或隔热服，按热辐射距离站位，水枪掩护。", _SDS),
    ("first_aid", "汽油", None, "汽油伤员急救", "吸入者移到通风处；误服者不催吐，防吸入肺部，尽快送医。皮肤用肥皂水清洗。烧伤用凉水降温，不涂油膏。", _SDS),
    ("taboo", "汽油", None, "汽油火灾不能做的事", "不用直流水打油面，油会漂着火流散；不把油冲进下水道；不用铁器敲打和刮铲；没有接地不倒罐。", _SDS),
    ("card", None, "fire", "火灾通用处置卡", "救人第一。断电断气，控制通风，由外围向火点推进。弄清起火物质再选灭火剂：遇水反应的用干粉或干砂，带电的先断电。设安全员，约定撤退信号。", _OWN),
    ("taboo", None, "fire", "火灾时不能做的事", "不乘电梯逃生；不从没有掩护的下风接近；屋架变形、异响时不再深入；不清楚有没有压力容器前不靠近火区。", _OWN),
    ("card", None, "leak", "泄漏通用处置卡", "侦检定物质、定浓度、定范围；上风设指挥和集结点；断源、堵漏、转移三者取最快；收集洗消水；按实测浓度调整警戒，复测合格才撤除。", _OWN),
    ("protection", None, "leak", "泄漏现场分区和防护等级", "重危区穿全密闭防化服和空气呼吸器，轻危区穿防化服和滤毒面具，安全区穿常规作业服。出入登记时间和气瓶压力，设洗消通道。", _OWN),
    ("card", None, "poisoning", "中毒和窒息处置卡", "先通风、先检测、再救援。佩戴正压式空气呼吸器和安全绳，有监护人。救出后清除口鼻异物，无呼吸立即心肺复苏，同时叫救护车并告知物质名称。", _OWN),
    ("taboo", None, "poisoning", "中毒救援不能做的事", "没有防护不下井、不进罐，多数死亡来自盲目施救；不用纯氧通风；不用滤毒面具进入缺氧空间。", _OWN),
    ("case", None, "poisoning", "有限空间盲目施救的教训", "一人入池昏倒，旁人未检测未戴呼吸器接连下去，伤亡成倍扩大。教训：入口常备检测仪、三脚架和呼吸器；监护人只呼救，不下去。", _OWN),
    ("card", None, "explosion", "爆炸后的处置卡", "防二次爆炸：先撤到掩体后，查明余气、压力容器和坍塌风险再进入。分片搜救，支护后破拆，标记已搜区域。", _OWN),
)  # fmt: skip
#: Kind of accident, level, then steps: title, who, what, within so many minutes.
_FLOWS = (
    ("leak", "IV", (
        ("发现和报警", "当班人员", "按下报警，报告物质、部位、风向；撤出无关人员", 2),
        ("切断来源", "当班班长", "远程关闭紧急切断阀，停泵停卸，启动喷淋或水幕", 5),
        ("企业应急队到位", "企业应急队", "穿戴防护侦检，能堵则堵；清点人数", 15),
        ("报告监管部门", "主要负责人", "向属地应急部门报告，最迟不超过 1 小时", 60),
    )),
    ("leak", "III", (
        ("启动区级响应", "区应急管理局", "派出先遣组，通知消防、公安、生态环境、卫健", 10),
        ("封控和疏散", "公安交警", "按影响范围封路，组织下风向居民撤离或就地避险", 25),
        ("断源堵漏", "消防救援站和专业队", "上风集结，堵漏、倒罐、稀释", 40),
        ("监测和洗消", "生态环境部门", "下风布点测浓度，收集消防水，复测后建议解除", 60),
    )),
    ("fire", "IV", (
        ("报警和初期扑救", "当班人员", "报 119，用就近灭火器和消火栓扑救，不能控制立即撤离", 3),
        ("断电断气和疏散", "当班班长", "切断电源、气源，引导人员到集合点清点", 8),
        ("迎接消防车", "企业应急队", "打开大门和消防通道，提供平面图和物质清单", 12),
    )),
    ("fire", "III", (
        ("力量到场", "消防救援站", "侦察、救人、堵截蔓延，冷却受热的罐和容器", 15),
        ("成立现场指挥部", "区应急管理局", "统一指挥，划定警戒区，安排供水和泡沫", 30),
        ("扑灭和看守", "消防救援站", "确认熄灭，留人看守防复燃，移交现场", 240),
    )),
    ("explosion", "III", (
        ("撤离和清点", "企业主要负责人", "撤到掩体外，清点失联人员，提供压力容器位置", 10),
        ("搜救", "消防和专业救援队", "排除二次爆炸危险后分片搜救，支护破拆", 60),
        ("评估建筑", "住建部门和专家", "评估受损建筑，决定能否进入", 120),
    )),
    ("poisoning", "IV", (
        ("呼救和通风", "监护人", "报 120 和企业应急队，机械通风，禁止盲目下去", 2),
        ("检测后施救", "企业应急队", "测氧和有毒气体，戴空气呼吸器、系安全绳救人", 10),
        ("现场急救", "企业应急队", "移到空气新鲜处，心肺复苏，交给救护车并告知物质", 15),
    )),
    ("poisoning", "III", (
        ("派救护车和定点医院", "区卫生健康局", "派车，通知有救治能力的医院备药", 15),
        ("查明物质", "生态环境部门和专家", "现场侦检，把结果告知医院", 30),
    )),
)  # fmt: skip


def write_missing(connection: Connection) -> int:
    """Write the two registers where they hold nothing yet and an office is there to keep them; rows written."""
    office = connection.execute(
        "SELECT code, address, division_code, authority_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM rescue_resource"
        " WHERE kind = 'government_office' AND enterprise_code IS NULL AND geom IS NOT NULL ORDER BY code LIMIT 1"
    ).fetchone()
    if office is None:
        return 0
    place = {name: office[name] for name in ("address", "division_code", "authority_code", "lon", "lat")} | {
        "office_code": office["code"], "position_quality": "matched",
    }  # fmt: skip
    total = 0
    for name, rows in (("rescue_flow", _steps), ("rescue_knowledge", _entries)):
        if connection.execute(f"SELECT 1 AS found FROM {name} LIMIT 1".encode()).fetchone() is None:
            total += write_rows(connection, layer_by_id(name), [place | row for row in rows()]).total
    return total


def _steps() -> Iterator[dict[str, Any]]:
    number = 0
    for accident, level, steps in _FLOWS:
        for order, (name, who, what, minutes) in enumerate(steps, start=1):
            number += 1
            yield {
                "code": f"RF{_FIRST + number}", "name": name, "accident": accident, "level": level, "step_number": order,
                "who": who, "what": what, "within_min": float(minutes),
            }  # fmt: skip


def _entries() -> Iterator[dict[str, Any]]:
    for number, (kind, substance, accident, name, content, source) in enumerate(_ENTRIES, start=1):
        yield {
            "code": f"RK{_FIRST + number}", "name": name, "kind": kind, "substance": substance, "accident": accident,
            "content": content, "source": source,
        }  # fmt: skip
