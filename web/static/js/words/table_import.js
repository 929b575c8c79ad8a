/* Texts of imports that run as jobs. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "import.job.waiting": "排队中…",
    "import.job.cancelled": "已取消，没有写入任何内容",
    "import.job.failed": "没有导入",
    "import.job.working": "{n}%　{words}",
    "import.job.report": "下载全部有问题的行（Excel）",
    "import.job.refused": "{bad} 行有问题，共 {n} 处，没有写入任何内容；下面列出前 {shown} 处。"
  },
  en: {
    "import.job.waiting": "Waiting in the queue …",
    "import.job.cancelled": "Cancelled: nothing was written",
    "import.job.failed": "Not imported",
    "import.job.working": "{n}% {words}",
    "import.job.report": "All bad rows as Excel",
    "import.job.refused": "{bad} rows have problems, {n} in all; nothing was written. The first {shown} are below."
  }
});
