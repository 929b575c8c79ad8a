"""Hold the words for consequence models: effects, models, thresholds, notes, in Chinese and English."""

from __future__ import annotations

from geo.hazard.accident import ReleaseKind
from geo.hazard.consequence import Effect
from geo.hazard.reach import ReachStatus
from geo.hazard.source_term import Note

EFFECTS = {
    Effect.TOXIC: ("中毒", "toxic"),
    Effect.FLASH_FIRE: ("闪火", "flash fire"),
    Effect.EXPLOSION: ("爆炸", "explosion"),
    Effect.POOL_FIRE: ("池火", "pool fire"),
    Effect.FIREBALL: ("火球", "fireball"),
}
KINDS = {
    ReleaseKind.INSTANT: ("瞬时全部释放（容器破裂）", "all at once, the vessel bursts"),
    ReleaseKind.CONTINUOUS: ("连续泄漏", "steadily"),
    ReleaseKind.LIQUID_HOLE: ("液体经孔泄漏", "liquid through a hole"),
    ReleaseKind.GAS_HOLE: ("气体经孔泄漏", "gas through a hole"),
    ReleaseKind.POOL: ("液体泼洒成池", "liquid spilled into a pool"),
}
MODELS = {
    "gaussian_plume": ("高斯烟羽", "Gaussian plume"),
    "gaussian_puff": ("高斯烟团", "Gaussian puff"),
    "short_release": ("短时释放（烟团叠加）", "short release (sum of puffs)"),
    "dense_plume": ("重气连续（Britter–McQuaid）", "dense plume (Britter–McQuaid)"),
    "dense_puff": ("重气瞬时（Britter–McQuaid）", "dense puff (Britter–McQuaid)"),
    "tnt_kingery_bulmash": ("TNT 当量（Kingery–Bulmash 地面）", "TNT equivalent (Kingery–Bulmash, surface)"),
    "solid_flame": ("池火固体火焰（Thomas、Mudan）", "solid flame (Thomas, Mudan)"),
    "bleve": ("火球（BLEVE）", "fireball (BLEVE)"),
}
MEASURES = {
    "LFL": ("爆炸下限", "LFL"),
    "half LFL": ("爆炸下限的一半", "half LFL"),
    "overpressure": ("超压", "overpressure"),
    "heat flux": ("热辐射", "heat flux"),
}
STATUSES = {
    ReachStatus.WITHIN: ("", ""),
    ReachStatus.BEYOND: ("超出模型范围", "beyond the model"),
    ReachStatus.NEARER: ("仅在更近处或达不到", "only nearer, if at all"),
    ReachStatus.NOT_REACHED: ("达不到", "not reached"),
}
NOTES = {
    Note.WHOLE_FLOW_AS_VAPOUR: (
        "压力液化气体全部按蒸气计算（液滴在途中蒸发）。",
        "A gas liquefied by pressure is counted as vapour as a whole: its spray evaporates on the way.",
    ),
    Note.AEROSOL_MAY_BE_HEAVY: (
        "蒸气比空气轻，但带液滴的冷云团在源附近可能贴地扩散。",
        "The vapour is lighter than air, yet the cold cloud with its droplets may hug the ground near the source.",
    ),
    Note.RELEASE_CUT_AT_AN_HOUR: ("泄漏按最长 60 分钟计。", "The release is counted for 60 minutes at most."),
    Note.RATE_HELD_AT_FIRST: (
        "泄漏速率保持初始值（实际会随压力、液位下降）。",
        "The rate is held at its first value; in truth it falls with pressure and level.",
    ),
    Note.POOL_AT_25_C: (
        "液池蒸发按 25 °C 的蒸气压计算。",
        "The pool evaporates with its vapour pressure at 25 °C.",
    ),
    Note.NO_VAPOUR_DATA: (
        "没有该物质的蒸气数据，未计算扩散。",
        "Nothing is known of its vapour: how it spreads was not worked out.",
    ),
    Note.LIGHT_GAS: (
        "轻气体会上升，地面浓度偏高估。",
        "A light gas rises: concentrations at the ground are overstated.",
    ),
    Note.DENSE_AT_GROUND: (
        "重气按地面释放计算，未考虑释放高度。",
        "A dense gas is taken to be released at the ground whatever its height.",
    ),
    Note.DENSE_ALPHA_HELD: (
        "云团比模型曲线更重，取曲线末端值（偏保守）。",
        "The cloud is heavier than the curves go; their end is used, on the safe side.",
    ),
    Note.DENSE_WIDTH_HELD: (
        "重气量大而风小，模型的宽度失去意义，图上两侧和上风侧不超过下风距离。",
        "So much heavy gas in so little wind: the model's width runs away; to the sides and upwind no more than the distance downwind is drawn.",
    ),
    Note.UNLIKELY_WEATHER: (
        "这样的风速下不会出现所给的稳定度，请核对。",
        "The stability class given does not occur at this wind: check both.",
    ),
    Note.DENSE_PAST_THE_CURVES: (
        "重气模型的曲线到源浓度的 0.2 %（瞬时 0.1 %）为止，更低的浓度按距离平方外推，可能偏远。",
        "The dense-gas curves end at 0.2 % of the source (0.1 % at once); lower concentrations are extrapolated with the square of the distance and may reach too far.",
    ),
    Note.HIGH_RELEASE_CLEARS_NEARBY: (
        "高处释放时，模型给出的地面区域从下风一段距离后开始；泄漏点附近不在区域内，并不表示安全。",
        "From a height the zone at the ground begins some way downwind; the release itself lies outside it, which does not mean it is safe there.",
    ),
    Note.PUFF_IS_OPEN_COUNTRY: (
        "瞬时烟团只有开阔地参数，城市中实际更近。",
        "The puff is that of open country; in a city it reaches less far.",
    ),
    Note.PEAK_NOT_EXPOSURE: (
        "瞬时或短时释放按峰值浓度与阈值比较，云团很快通过，结果偏大。",
        "The peak of a passing cloud is held against thresholds for minutes: the zones are overstated.",
    ),
    Note.NEARER_THAN_FITTED: (
        "100 米以内为外推。",
        "Nearer than 100 m the dispersion curves are extrapolated.",
    ),
    Note.BEYOND_THE_MODEL: (
        "有阈值在 10 公里处仍被超过，图上画到 10 公里为止。",
        "A threshold is still exceeded at 10 km; the zone is drawn to 10 km.",
    ),
    Note.NO_TOXIC_THRESHOLDS: ("没有该物质的中毒阈值。", "There are no toxic thresholds of it."),
    Note.NO_FLAMMABLE_LIMITS: (
        "不可燃，或没有燃爆极限数据。",
        "It does not burn, or its limits of flammability are unknown.",
    ),
    Note.NO_HEAT_OF_COMBUSTION: (
        "没有燃烧热，未计算爆炸与火灾。",
        "Its heat of combustion is unknown: explosion and fire were not worked out.",
    ),
    Note.HARD_TO_IGNITE: (
        "爆炸下限高于 13 %，室外难以点燃，未计算爆炸与火球。",
        "It needs more than 13 % in the air to burn, hardly so outdoors: no explosion or fireball was worked out.",
    ),
    Note.CLOUD_UP_TO_LFL: (
        "爆炸按释放点到爆炸下限之间的全部蒸气、4 % 效率计算，圆心取释放点；云团可能漂移。",
        "The explosion is of all vapour between source and LFL with a yield of 4 %, around the source; the cloud may drift.",
    ),
    Note.STILL_AIR_FLAME: (
        "池火按无风计算，有风时下风侧更远。",
        "The pool burns in still air; wind tilts the flame and reaches farther to leeward.",
    ),
    Note.POOL_HELD_AT_LIMIT: (
        "池火直径限制在 0.5–200 米内计算。",
        "The diameter of the pool fire was held within 0.5 to 200 m.",
    ),
    Note.UNCHECKED_FIGURES: (
        "有的阈值尚未与出版物核对（表中以 * 标出）。",
        "Some thresholds were not compared with a publication (marked *).",
    ),
}
EXTRA_FIELDS = {
    "is_night": ("昼夜", "day or night", ""),
    "stability": ("大气稳定度", "stability class", ""),
    "terrain": ("地形", "terrain", ""),
}
VALUES = {"night": ("夜间", "night"), "rural": ("开阔地", "open country"), "urban": ("城市", "city")}
