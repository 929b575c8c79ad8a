/* Texts of the page of figures. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "figures.none": "这一时段没有困人工单",
    "figures.none.detail": "换一个时段，或核对您的辖区。",
    "figures.orders": "{title} · {group} · {n} 条工单",
    "figures.orders.all": "全部",
    "figures.orders.none": "没有对应的工单",
    "figures.orders.first": "列出前 {n} 条",
    "figures.order": "工单号",
    "figures.place": "地点",
    "figures.received": "接警",
    "figures.notified": "通知",
    "figures.arrived": "到达",
    "figures.freed": "解困",
    "figures.met": "达标",
    "figures.yes": "是",
    "figures.no": "否",
    "figures.group": "分组",
    "figures.minutes": "{n} 分",
    "figures.unknown": "（未填）"
  },
  en: {
    "figures.none": "No orders in this period",
    "figures.none.detail": "Choose another period, or check your jurisdiction.",
    "figures.orders": "{title} · {group} · {n} orders",
    "figures.orders.all": "in all",
    "figures.orders.none": "No orders behind it",
    "figures.orders.first": "The first {n} are listed",
    "figures.order": "Order",
    "figures.place": "Place",
    "figures.received": "Received",
    "figures.notified": "Notified",
    "figures.arrived": "Arrived",
    "figures.freed": "Freed",
    "figures.met": "Met",
    "figures.yes": "Yes",
    "figures.no": "No",
    "figures.group": "Group",
    "figures.minutes": "{n} min",
    "figures.unknown": "(not given)"
  }
});
