/* Texts of the changes of an enterprise and their review. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "change.nothing": "没有改动", "change.n": "改动 {n} 处", "change.saved": "已保存，立即生效", "change.asked": "已提交归属机构审核",
    "change.saved_and_asked": "联系人等已生效，其余已提交归属机构审核", "change.handed_over": "已移交给所选机构，本机构不再看到这家企业",
    "change.waits": "变更申请待审核", "change.waits.detail": "{who} 于 {when} 提交。审核通过之前仍以现在的为准；要改申请内容，请先撤回。",
    "change.withdraw": "撤回申请", "change.withdraw.detail": "申请的内容不会生效，可以修改后重新提交。", "change.withdrawn": "申请已撤回", "change.review": "去审核",
    "change.field": "内容", "change.before": "原为", "change.after": "改为", "change.empty": "（空）", "change.since": "提交申请之后又被改过",
    "change.when": "时间", "change.who": "经办", "change.state": "状态", "change.note": "说明", "change.asked_and_decided": "{asked} 申请，{decided} 审核",
    "change.none": "还没有变更", "change.none.detail": "审核通过以后对企业信息的每一次修改都会列在这里。", "change.history": "变更记录",
    "change.banner.waiting": "有一份变更申请在等待归属机构审核。", "change.banner.returned": "变更申请被退回：{reason}", "change.banner.open": "查看",
    "change.col.name": "企业名称", "change.col.code": "统一社会信用代码", "change.col.fields": "申请变更", "change.col.authority": "归属机构", "change.col.asked": "提交时间",
    "change.col.waits": "已等待", "change.col.decided": "处理", "change.list": "变更申请列表", "change.list.none": "没有变更申请", "change.list.none.detail": "企业申请变更名称、地址、位置、行业或归属机构时会出现在这里。",
    "change.found.none": "没有找到“{words}”", "change.found.none.detail": "可用企业名称或统一社会信用代码的一部分；也看看其他状态。",
    "change.approve": "通过", "change.approve.detail": "“{name}”的 {n} 处变更立即生效，其台账、预警随之归新的区划和机构。", "change.approved": "已通过，变更已生效", "change.returned": "已退回",
    "change.asked_by": "申请人", "change.asked_at": "提交时间", "change.reason": "退回原因", "change.decided": "处理", "change.enterprise": "企业",
    "change.picker.now": "现在的位置"
  },
  en: {
    "change.nothing": "Nothing is changed", "change.n": "{n} changed", "change.saved": "Saved, and in effect", "change.asked": "Sent to the authority for review",
    "change.saved_and_asked": "People are in effect; the rest was sent to the authority for review", "change.handed_over": "Handed over: your authority no longer sees this enterprise",
    "change.waits": "A request waits for review", "change.waits.detail": "Sent by {who} at {when}. What stands now holds until it is approved; to change the request, withdraw it first.",
    "change.withdraw": "Withdraw the request", "change.withdraw.detail": "What it asks for does not come into effect; you may change it and send it anew.", "change.withdrawn": "Withdrawn", "change.review": "Review it",
    "change.field": "What", "change.before": "From", "change.after": "To", "change.empty": "(empty)", "change.since": "Changed again since the request was sent",
    "change.when": "When", "change.who": "Who", "change.state": "State", "change.note": "Why", "change.asked_and_decided": "asked by {asked}, reviewed by {decided}",
    "change.none": "Nothing was changed yet", "change.none.detail": "Every change of the enterprise since its approval is listed here.", "change.history": "Changes",
    "change.banner.waiting": "A request to change the enterprise waits for its authority.", "change.banner.returned": "The request was returned: {reason}", "change.banner.open": "Open",
    "change.col.name": "Enterprise", "change.col.code": "Credit code", "change.col.fields": "Asks to change", "change.col.authority": "Authority", "change.col.asked": "Sent",
    "change.col.waits": "Waits", "change.col.decided": "Decided", "change.list": "List of requests", "change.list.none": "No requests", "change.list.none.detail": "What enterprises ask to change of name, address, position, industry or authority stands here.",
    "change.found.none": "Nothing found for “{words}”", "change.found.none.detail": "Part of the enterprise's name or credit code; look at the other states too.",
    "change.approve": "Approve", "change.approve.detail": "{n} changes of {name} take effect at once; its registers and warnings follow to the new division and authority.", "change.approved": "Approved and in effect", "change.returned": "Returned",
    "change.asked_by": "Asked by", "change.asked_at": "Sent", "change.reason": "Reason of the return", "change.decided": "Decided", "change.enterprise": "Enterprise",
    "change.picker.now": "Where it stands now"
  }
});
