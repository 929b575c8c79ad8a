"""Hold the words for roles, which several pages show."""

from __future__ import annotations

ROLE_WORDS = {
    "administrator": "系统管理员 Administrator",
    "regulator": "监管人员 Regulator",
    "dispatcher": "调度员 Dispatcher",
    "enterprise": "企业用户 Enterprise",
    "maintenance_company": "维保单位 Maintenance company",
    "wall": "指挥大屏 Wall map",
}
