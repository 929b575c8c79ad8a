/* Texts of the page of warnings. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "warnings.any": "全部",
    "warnings.count": "共 {n} 条",
    "warnings.level": "级别",
    "warnings.kind": "类型",
    "warnings.title": "内容",
    "warnings.place": "辖区",
    "warnings.raised": "时间",
    "warnings.handled": "处理",
    "warnings.choose": "选择",
    "warnings.choose.all": "全选本页",
    "warnings.see": "在地图上看",
    "warnings.open": "打开台账",
    "warnings.process": "处理 {n} 条预警",
    "warnings.process.note": "怎样处理的（必填，记入历史）",
    "warnings.process.do": "标为已处理",
    "warnings.done": "已处理 {n} 条",
    "warnings.done.others": "{n} 条已被他人处理，或不在您的辖区",
    "warnings.none": "没有符合条件的预警",
    "warnings.none.open": "没有未处理的预警",
    "warnings.digest.now": "现在的摘要：{message}",
    "warnings.digest.none": "现在没有未处理的预警，今天不会发送。",
    "warnings.digest.kept": "已订阅",
    "warnings.digest.stopped": "已取消订阅"
  },
  en: {
    "warnings.any": "All",
    "warnings.count": "{n} in all",
    "warnings.level": "Level",
    "warnings.kind": "Kind",
    "warnings.title": "Warning",
    "warnings.place": "Division",
    "warnings.raised": "Raised",
    "warnings.handled": "Processed",
    "warnings.choose": "Choose",
    "warnings.choose.all": "Choose all of this page",
    "warnings.see": "See on the map",
    "warnings.open": "Open the register",
    "warnings.process": "Process {n} warnings",
    "warnings.process.note": "What was done (required, kept)",
    "warnings.process.do": "Mark as processed",
    "warnings.done": "{n} processed",
    "warnings.done.others": "{n} had been processed by somebody else, or are not yours",
    "warnings.none": "No warnings like that",
    "warnings.none.open": "No open warnings",
    "warnings.digest.now": "What it would say now: {message}",
    "warnings.digest.none": "No warning is open now: nothing would be sent today.",
    "warnings.digest.kept": "Subscribed",
    "warnings.digest.stopped": "Stopped"
  }
});
