/* Texts of the review of registrations. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "review.list": "注册列表", "review.none": "没有注册", "review.none.detail": "归本机构审核的注册会出现在这里。", "review.found.none": "没有找到“{words}”", "review.found.none.detail": "可用企业名称、拼音或首字母、统一社会信用代码的一部分；也看看其他状态。",
    "review.days": "{n} 天", "review.hours": "{n} 小时",
    "review.col.name": "企业名称", "review.col.code": "统一社会信用代码", "review.col.region": "所在地区", "review.col.authority": "归属机构",
    "review.col.industry": "行业类别", "review.col.submitted": "提交时间", "review.col.waits": "已等待", "review.col.decided": "处理",
    "review.employees": "从业人数", "review.address": "详细地址", "review.figures": "填报坐标", "review.legal": "法定代表人", "review.principal": "主要负责人",
    "review.safety": "安全负责人", "review.contact": "联系人", "review.username": "用户名", "review.reason": "退回原因", "review.changes": "处理记录", "review.applicant": "企业",
    "review.change.when": "时间", "review.change.who": "处理人", "review.change.field": "内容", "review.change.before": "原为", "review.change.after": "改为",
    "review.handed_over": "已移交给所选机构", "review.saved": "更正已保存", "review.approve": "通过", "review.approve.detail": "“{name}”将出现在一张图上，账号 {username} 立即可以登录。",
    "review.approved": "已通过，账号 {username} 可以登录", "review.returned": "已退回",
    "import.working": "正在读取…", "import.row": "行", "import.column": "列", "import.value": "内容", "import.message": "问题",
    "import.first": "列出前 {shown} 处，共 {n} 处；其余见下载的清单", "import.checked": "检查完成，尚未写入：新增 {added}，更改 {changed}，不变 {same}，有问题 {bad} 行，没有位置 {unplaced} 行。",
    "import.written": "已写入：新增 {added}，更改 {changed}，不变 {same}，略过有问题的 {bad} 行，没有位置 {unplaced} 行。"
  },
  en: {
    "review.list": "List of registrations", "review.none": "No registrations", "review.none.detail": "Registrations that are yours to review stand here.", "review.found.none": "Nothing found for “{words}”", "review.found.none.detail": "Part of the company's name, its pinyin or initials, or its credit code; look at the other states too.",
    "review.days": "{n} d", "review.hours": "{n} h",
    "review.col.name": "Enterprise", "review.col.code": "Credit code", "review.col.region": "Region", "review.col.authority": "Authority",
    "review.col.industry": "Industry", "review.col.submitted": "Submitted", "review.col.waits": "Waits", "review.col.decided": "Decided",
    "review.employees": "Employees", "review.address": "Address", "review.figures": "Figures as typed", "review.legal": "Legal representative", "review.principal": "Principal",
    "review.safety": "Safety lead", "review.contact": "Contact", "review.username": "User name", "review.reason": "Reason of the return", "review.changes": "What was done", "review.applicant": "Applicant",
    "review.change.when": "When", "review.change.who": "Who", "review.change.field": "What", "review.change.before": "From", "review.change.after": "To",
    "review.handed_over": "Handed over to the chosen authority", "review.saved": "Corrections saved", "review.approve": "Approve", "review.approve.detail": "{name} will stand on the map, and the account {username} may sign in at once.",
    "review.approved": "Approved: {username} may sign in", "review.returned": "Returned",
    "import.working": "Reading …", "import.row": "Row", "import.column": "Column", "import.value": "Value", "import.message": "What is wrong",
    "import.first": "The first {shown} of {n} are listed; the rest are in the file of bad rows", "import.checked": "Checked, nothing is written yet: {added} new, {changed} changed, {same} as before, {bad} bad rows, {unplaced} without a position.",
    "import.written": "Written: {added} new, {changed} changed, {same} as before, {bad} bad rows left out, {unplaced} without a position."
  }
});
