/* Texts of the accounts. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "suggest.none": "没有找到",
    "users.list": "账号", "users.none": "没有找到账号", "users.none.detail": "换个名称、角色或状态，或新增账号。", "users.total": "共 {n} 个账号",
    "users.col.username": "用户名", "users.col.name": "姓名", "users.col.role": "角色", "users.col.sees": "辖区或单位", "users.col.signed_in": "最近登录", "users.col.state": "状态", "users.col.acts": "操作",
    "users.state.active": "正常", "users.state.first": "待改初始密码", "users.state.disabled": "已停用", "users.state.locked": "锁定至 {when}",
    "users.edit": "修改", "users.edit.title": "修改账号 {name}", "users.password": "重设密码", "users.unlock": "解锁", "users.disable": "停用", "users.enable": "启用", "users.own": "本账号",
    "users.add": "新增账号", "users.save": "保存", "users.saved": "账号 {name} 已保存", "users.added": "账号 {name} 已新增", "users.added.detail": "把初始密码告诉本人，关闭后不再显示；首次登录必须修改。",
    "users.unlocked": "账号 {name} 已解锁", "users.disabled": "账号 {name} 已停用", "users.enabled": "账号 {name} 已启用",
    "users.disable.title": "停用账号 {name}", "users.disable.detail": "该账号立即退出，不能再登录，令牌同时失效；以后可以再启用。",
    "users.password.title": "重设 {name} 的密码", "users.password.detail": "{name} 现在的登录立即退出，下次用新的初始密码登录，并须马上改掉。", "users.password.done": "{name} 的密码已重设",
    "users.f.username": "用户名（2–40 位小写字母、数字、点、横线）", "users.f.name": "姓名或单位", "users.f.person": "姓名或岗位", "users.f.role": "角色", "users.f.jurisdiction": "辖区",
    "users.f.jurisdiction.find": "名称、拼音首字母或区划代码", "users.f.jurisdiction.remove": "去掉 {name}", "users.f.unit": "单位", "users.f.unit.find": "单位名称或统一社会信用代码", "users.f.unit.has": "{code} · 已有账号",
    "users.f.manages": "可以管理本单位的其他账号", "users.f.mobile": "手机（登录和找回密码的验证码发到这里，可不填）", "users.f.password": "初始密码", "users.f.password.hint": "至少 10 位，含两类字符；首次登录必须修改。",
    "permissions.module": "模块", "permissions.never": "不开放", "permissions.kept": "不能收回", "permissions.of": "{role}在“{module}”的权限", "permissions.saved": "{role}在“{module}”的权限改为“{level}”，立即生效",
    "users.f.again": "改了角色、辖区或单位，该账号须重新登录。"
  },
  en: {
    "suggest.none": "Nothing found",
    "users.list": "Accounts", "users.none": "No account found", "users.none.detail": "Try another name, role or state, or add one.", "users.total": "{n} accounts",
    "users.col.username": "User name", "users.col.name": "Name", "users.col.role": "Role", "users.col.sees": "Jurisdiction or unit", "users.col.signed_in": "Last sign-in", "users.col.state": "State", "users.col.acts": "Actions",
    "users.state.active": "Active", "users.state.first": "First password", "users.state.disabled": "Switched off", "users.state.locked": "Locked until {when}",
    "users.edit": "Change", "users.edit.title": "Change {name}", "users.password": "New password", "users.unlock": "Unlock", "users.disable": "Switch off", "users.enable": "Switch on", "users.own": "this account",
    "users.add": "Add an account", "users.save": "Save", "users.saved": "{name} is saved", "users.added": "{name} is added", "users.added.detail": "Tell its owner this first password: closed, it is not shown again. It must be changed at the first sign-in.",
    "users.unlocked": "{name} is unlocked", "users.disabled": "{name} is switched off", "users.enabled": "{name} is switched on",
    "users.disable.title": "Switch off {name}", "users.disable.detail": "It is signed out at once, cannot sign in, and its tokens end to hold; it can be switched on again.",
    "users.password.title": "New password of {name}", "users.password.detail": "{name} is signed out at once, signs in with the new first password and must change it right then.", "users.password.done": "{name} has a new password",
    "users.f.username": "User name (2–40 of a-z 0-9 . _ -)", "users.f.name": "Name of the person or unit", "users.f.person": "Name or post", "users.f.role": "Role", "users.f.jurisdiction": "Jurisdiction",
    "users.f.jurisdiction.find": "Name, pinyin initials or code", "users.f.jurisdiction.remove": "Take {name} off", "users.f.unit": "Unit", "users.f.unit.find": "Name or credit code", "users.f.unit.has": "{code} · has an account",
    "users.f.manages": "Keeps the other accounts of its unit", "users.f.mobile": "Mobile (gets the codes for signing in and for a forgotten password; may stay empty)", "users.f.password": "First password", "users.f.password.hint": "10 characters or more of two kinds; it must be changed at the first sign-in.",
    "permissions.module": "Module", "permissions.never": "not open", "permissions.kept": "kept", "permissions.of": "{role} in {module}", "permissions.saved": "{role} in {module}: {level}, from now on",
    "users.f.again": "After a change of role, jurisdiction or unit the account signs in anew."
  }
});
