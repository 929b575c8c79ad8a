/* Texts of the page that signs in by another app. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "app.asking": "正在取二维码…",
    "app.scan": "打开{app}扫一扫，并在手机上确认。{n} 分钟内有效。",
    "app.alt": "用{app}扫的登录二维码",
    "app.over": "二维码已过期。",
    "app.nobody": "没有账号登记了这个手机号：请用密码登录，或请管理员登记手机。",
    "app.failed": "取不到二维码，请稍后再试。"
  },
  en: {
    "app.asking": "Asking for the QR code…",
    "app.scan": "Scan it with {app} and confirm on the phone. It is good for {n} minutes.",
    "app.alt": "QR code to sign in with {app}",
    "app.over": "The QR code has ended.",
    "app.nobody": "No account has this mobile: sign in with a password, or ask your administrator to enter it.",
    "app.failed": "There is no QR code just now: try again."
  }
});
