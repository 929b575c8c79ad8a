/* Texts of the page of grids. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "grids.name": "网格",
    "grids.division": "所在区划",
    "grids.keeper": "网格员",
    "grids.enterprises": "企业",
    "grids.risk_points": "风险点",
    "grids.open_dangers": "未整改隐患",
    "grids.walks": "巡查次数",
    "grids.covered": "巡查覆盖",
    "grids.covered.share": "{p}%，漏 {m} 米",
    "grids.walk.at": "结束时间",
    "grids.walk.route": "路线",
    "grids.walk.who": "巡查人",
    "grids.walk.here": "网格内应巡（米）",
    "grids.open": "打开",
    "grids.any": "全部",
    "grids.total": "共 {n} 个网格，其中 {walks} 个这段时间没有巡查。",
    "grids.none": "这里还没有网格",
    "grids.none.detail": "在“安全网格”台账里画范围，或用文件导入。"
  },
  en: {
    "grids.name": "Grid",
    "grids.division": "Division",
    "grids.keeper": "Keeper",
    "grids.enterprises": "Enterprises",
    "grids.risk_points": "Risk points",
    "grids.open_dangers": "Hidden dangers not rectified",
    "grids.walks": "Walks",
    "grids.covered": "Covered",
    "grids.covered.share": "{p}%, {m} m left out",
    "grids.walk.at": "Ended",
    "grids.walk.route": "Route",
    "grids.walk.who": "Who",
    "grids.walk.here": "To be walked here, m",
    "grids.open": "Open",
    "grids.any": "All",
    "grids.total": "{n} grids; {walks} were not patrolled in this period.",
    "grids.none": "No grids here yet",
    "grids.none.detail": "Draw them in the register of safety grids, or import a file."
  }
});
