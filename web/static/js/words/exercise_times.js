/* Texts of the screen on which the times of an exercise are kept. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "exercise.planned": "计划 {n} 分",
    "exercise.press": "按下记时",
    "exercise.first": "先按“演练开始”",
    "exercise.at": "{at} · {by}",
    "exercise.after": "开始后 {clock}",
    "exercise.corrected": "已改正",
    "exercise.undo": "撤销",
    "exercise.undo.of": "撤销：{step}",
    "exercise.correct": "改正时间",
    "exercise.correct.of": "改正时间：{step}",
    "exercise.correct.field": "时:分:秒",
    "exercise.save": "保存",
    "exercise.edited": "台账里已改为 {n} 分",
    "exercise.locked": "演练已执行，时间不能再改。",
    "exercise.look": "您只能查看这次演练的时间。",
    "exercise.sending": "“{step}”还没有送达，正在重发…",
    "exercise.lost": "连接中断，正在重连；按下的步骤会在恢复后送达。",
    "exercise.not_begun": "未开始",
    "exercise.pressed": "已记：{step} {at}"
  },
  en: {
    "exercise.planned": "planned {n} min",
    "exercise.press": "Press when reached",
    "exercise.first": "Press the beginning first",
    "exercise.at": "{at} · {by}",
    "exercise.after": "{clock} after the beginning",
    "exercise.corrected": "corrected",
    "exercise.undo": "Take back",
    "exercise.undo.of": "Take back: {step}",
    "exercise.correct": "Correct",
    "exercise.correct.of": "Correct the time: {step}",
    "exercise.correct.field": "HH:MM:SS",
    "exercise.save": "Save",
    "exercise.edited": "the register says {n} min",
    "exercise.locked": "The drill is executed: its times cannot be changed any more.",
    "exercise.look": "You may only look at the times of this drill.",
    "exercise.sending": "“{step}” has not arrived yet, sending again…",
    "exercise.lost": "The connection is lost; what was pressed is sent when it is back.",
    "exercise.not_begun": "Not begun",
    "exercise.pressed": "Kept: {step} {at}"
  }
});
