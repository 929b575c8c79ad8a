/* Texts of the page of drills that are owed. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "duty.behind": "未完成（已过期）",
    "duty.soon": "30 天内到期",
    "duty.open": "本期未做",
    "duty.met": "已完成",
    "duty.nothing": "没有任何记录",
    "duty.unreported": "演练逾期未报送",
    "duty.due": "应于 {due} 前报送",
    "duty.total": "全部",
    "duty.part": "下辖区域",
    "duty.rest": "未细分到下级",
    "duty.units": "企业 · {state} · {n} 家",
    "duty.name": "企业",
    "duty.place": "辖区",
    "duty.hazard": "高危行业",
    "duty.none": "没有符合条件的企业",
    "duty.none.detail": "有预案、有演练记录或属于高危行业、人员密集场所的企业会列在这里。",
    "duty.previous": "（{from} – {to}）"
  },
  en: {
    "duty.behind": "Missed",
    "duty.soon": "Due within 30 days",
    "duty.open": "Not yet in this period",
    "duty.met": "Done",
    "duty.nothing": "Nothing on record",
    "duty.unreported": "Drill not reported in time",
    "duty.due": " to be reported by {due}",
    "duty.total": "All",
    "duty.part": "Part",
    "duty.rest": "In no part of it",
    "duty.units": "Enterprises · {state} · {n}",
    "duty.name": "Enterprise",
    "duty.place": "Division",
    "duty.hazard": "High-hazard trade",
    "duty.none": "No enterprises like that",
    "duty.none.detail": "Enterprises with a plan or a drill, and those of high-hazard trades and crowded places, stand here.",
    "duty.previous": " ({from} – {to})"
  }
});
