/* Texts of drills set side by side, and of a drill taken as the beginning of another. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "drill.decide": "做救援决策",
    "drill.vary": "改动后另算",
    "drill.vary.note": "表单已填入本次演练的条件，改动后点“开始模拟”。",
    "drill.map_file": "下载离线地图",
    "drill.compare": "比较方案",
    "drill.compare.pick": "勾选 2–4 次演练",
    "drill.compare.go": "比较",
    "drill.compare.measure": "指标",
    "drill.compare.best": "最好",
    "drill.compare.few": "至少做过两次演练才能比较。",
    "drill.compare.at": "时间",
    "drill.compare.accident": "事故",
    "drill.compare.weather": "天气",
    "drill.compare.lacking": "缺口",
    "drill.compare.none": "无"
  },
  en: {
    "drill.decide": "Rescue decision",
    "drill.vary": "Vary it",
    "drill.vary.note": "The form holds what this drill assumed: change it, then start.",
    "drill.map_file": "Download offline map",
    "drill.compare": "Compare alternatives",
    "drill.compare.pick": "Tick 2 to 4 drills",
    "drill.compare.go": "Compare",
    "drill.compare.measure": "Measure",
    "drill.compare.best": "best",
    "drill.compare.few": "Two drills are needed to compare.",
    "drill.compare.at": "When",
    "drill.compare.accident": "Accident",
    "drill.compare.weather": "Weather",
    "drill.compare.lacking": "Lacking",
    "drill.compare.none": "nothing"
  }
});
