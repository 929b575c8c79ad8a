/* Texts of the wall that shows a drill, and of the switch on the page of drills. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "wall.drill.live": "真实困人 {n} 起正在处置",
    "wall.drill.live.none": "当前没有真实困人",
    "wall.drill.leaving": "需疏散（人）",
    "wall.drill.placed": "已安置（人）",
    "wall.drill.closed": "封闭道路（公里）",
    "wall.drill.first": "首支力量（分）",
    "wall.drill.lacking": "缺口",
    "wall.drill.enough": "所需力量和安置容量都能满足。",
    "wall.drill.teams": "救援力量",
    "wall.drill.shelters": "疏散安置 / 容量",
    "wall.drill.none": "没有",
    "wall.drill.more": "另有 {n} 个",
    "wall.drill.minutes": "{n} 分",
    "wall.drill.to": "大屏切换到本次演练",
    "wall.drill.back": "大屏回到实况",
    "wall.drill.ours": "大屏正在显示本次演练。",
    "wall.drill.other": "大屏正在显示另一次演练：{name}。",
    "wall.drill.switched": "大屏已切换到演练",
    "wall.drill.live_again": "大屏已回到实况"
  },
  en: {
    "wall.drill.live": "REAL: {n} under way",
    "wall.drill.live.none": "No real call open",
    "wall.drill.leaving": "have to leave",
    "wall.drill.placed": "sheltered",
    "wall.drill.closed": "km of roads closed",
    "wall.drill.first": "first help (min)",
    "wall.drill.lacking": "What is lacking",
    "wall.drill.enough": "Help and places suffice.",
    "wall.drill.teams": "Help",
    "wall.drill.shelters": "Shelters: people / places",
    "wall.drill.none": "None",
    "wall.drill.more": "{n} more",
    "wall.drill.minutes": "{n} min",
    "wall.drill.to": "Show on the wall",
    "wall.drill.back": "Wall back to live",
    "wall.drill.ours": "The wall shows this drill.",
    "wall.drill.other": "The wall shows another drill: {name}.",
    "wall.drill.switched": "The wall shows the drill",
    "wall.drill.live_again": "The wall is live again"
  }
});
