"""Name the modules of the house for permissions per role: their registers, their layers, and how far each role can go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from layers.declaration import Words
from layers.registry import find_register


class Level(StrEnum):
    """How far a role may go in a module; each holds those before it."""

    NONE = "none"
    READ = "read"
    WRITE = "write"

    @property
    def rank(self) -> int:
        """Give 0 for none, 1 for read, 2 for write."""
        return list(Level).index(self)


LEVEL_WORDS = {
    Level.NONE: Words("无", "None"),
    Level.READ: Words("查看", "View"),
    Level.WRITE: Words("办理", "Change"),
}

ADMINISTRATOR, REGULATOR, DISPATCHER = "administrator", "regulator", "dispatcher"
ENTERPRISE, MAINTAINER, WALL = "enterprise", "maintenance_company", "wall"
ROLES = (ADMINISTRATOR, REGULATOR, DISPATCHER, ENTERPRISE, MAINTAINER, WALL)
_OFFICES = {ADMINISTRATOR: Level.WRITE, REGULATOR: Level.WRITE, DISPATCHER: Level.WRITE}
_KEEPERS = {**_OFFICES, ENTERPRISE: Level.WRITE}
_REVIEWERS = {ADMINISTRATOR: Level.WRITE, REGULATOR: Level.WRITE}
#: Whoever has an account may look: what they see there is their scope's.
_ALL = dict.fromkeys(ROLES, Level.READ)


@dataclass(frozen=True)
class PermissionModule:
    """One module.

    Attributes
    ----------
    id : str
    words : Words
    can : mapping of str to Level
        By role, what the house lets it do at most; a role that is not named has nothing here. An administrator lowers it.
    registers : frozenset of str
        Registers that belong to it rather than to the registers in general.
    layers : frozenset of str
        Layers that are no registers and belong to it.
    warnings : frozenset of str
        Kinds of warnings of its own about rows of the map's base, by what they begin with.
    kept_for : frozenset of str
        Roles from which nothing of it can be taken away.
    """

    id: str
    words: Words
    can: Mapping[str, Level]
    registers: frozenset[str] = frozenset()
    layers: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()
    kept_for: frozenset[str] = field(default_factory=frozenset)

    def most(self, role: str) -> Level:
        """Give how far a role can go at most."""
        return self.can.get(role, Level.NONE)


MODULES = (
    PermissionModule(
        "enterprises", Words("企业档案和厂区图", "Enterprises and plant plans"),
        {**_REVIEWERS, DISPATCHER: Level.READ, ENTERPRISE: Level.WRITE},
        layers=frozenset({"plan_point", "plant_boundary"}),
    ),
    PermissionModule("reviews", Words("注册和变更审核", "Reviews"), _REVIEWERS),
    PermissionModule("registers", Words("台账", "Registers"), _KEEPERS),
    PermissionModule(
        "dangers", Words("隐患", "Hidden dangers"), _KEEPERS,
        registers=frozenset({"hidden_danger", "check_item", "check_plan", "danger_summary", "danger_knowledge"}),
        warnings=frozenset({"danger_unreported"}),
    ),
    PermissionModule(
        "hazards", Words("重大危险源和风险", "Major hazards and risk"), _KEEPERS,
        registers=frozenset({"hazard_site", "risk_point", "risk_grading"}),
    ),
    PermissionModule(
        "drills", Words("预案、演练和救援决策", "Plans, drills and decisions"), {**_ALL, **_KEEPERS},
        registers=frozenset({"emergency_plan", "drill", "accident", "rescue_flow", "rescue_knowledge"}), warnings=frozenset({"drill_owed."}),
    ),
    PermissionModule(
        "patrols", Words("巡查、网格和危化品运输", "Patrols, grids and hazardous transport"), _KEEPERS,
        registers=frozenset({"safety_grid"}),
        layers=frozenset({"patrol_route", "patrol_stop", "transport_corridor", "transport_violation"}),
    ),
    PermissionModule(
        "dispatch", Words("困人调度", "Dispatch"), {**_ALL, ADMINISTRATOR: Level.WRITE, DISPATCHER: Level.WRITE},
        layers=frozenset({"incident"}),
    ),
    PermissionModule("coverage", Words("选址、覆盖和绑定核查", "Siting, coverage and bindings"), {**_ALL, **_OFFICES}),
    PermissionModule("warnings", Words("预警", "Warnings"), {**_ALL, **_OFFICES}),
    PermissionModule("imports", Words("导入", "Imports"), _KEEPERS),
    PermissionModule("figures", Words("统计和打印", "Statistics and printing"), _ALL),
    PermissionModule(
        "exports", Words("导出", "Exports"),
        {**_ALL, **_OFFICES, ENTERPRISE: Level.WRITE, MAINTAINER: Level.WRITE},
    ),
    PermissionModule("company", Words("维保单位", "Maintenance companies"), {MAINTAINER: Level.WRITE}),
    PermissionModule("wall", Words("指挥大屏", "Wall"), _ALL),
    PermissionModule(
        "administration", Words("系统管理", "Administration"), {ADMINISTRATOR: Level.WRITE},
        kept_for=frozenset({ADMINISTRATOR}),
    ),
)  # fmt: skip
#: Layers of no module, which the map cannot do without: what stands in the city, where help comes from, and which roads are closed.
BASE_LAYERS = frozenset({"closure", "elevator", "enterprise", "rescue_station", "residential_place"})
_BY_ID = {one.id: one for one in MODULES}
_OF_REGISTER = {register: one.id for one in MODULES for register in one.registers}
_OF_LAYER = {layer: one.id for one in MODULES for layer in one.layers}


def find_module(module_id: str) -> PermissionModule | None:
    """Find a module by its id.

    Parameters
    ----------
    module_id : str

    Returns
    -------
    PermissionModule or None
        None when there is none of that id.

    Examples
    --------
    >>> find_module("dispatch").most("wall").value
    'read'
    """
    return _BY_ID.get(module_id)


def module_of_register(register_id: str) -> str:
    """Give the module that a register belongs to.

    Parameters
    ----------
    register_id : str

    Returns
    -------
    str
        The registers in general where no module claims it.

    Examples
    --------
    >>> module_of_register("hidden_danger"), module_of_register("licence")
    ('dangers', 'registers')
    """
    return _OF_REGISTER.get(register_id, "registers")


def module_of_layer(layer_id: str) -> str | None:
    """Give the module that a layer belongs to, a register or not.

    Parameters
    ----------
    layer_id : str

    Returns
    -------
    str or None
        None for the map's base.

    Examples
    --------
    >>> module_of_layer("patrol_stop"), module_of_layer("hidden_danger"), module_of_layer("enterprise")
    ('patrols', 'dangers', None)
    """
    if find_register(layer_id) is not None:
        return module_of_register(layer_id)
    return _OF_LAYER.get(layer_id)
