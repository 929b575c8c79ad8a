"""Say in words what a line of the audit tells, and find actions by their words."""

from __future__ import annotations

from layers.declaration import Words
from layers.errors import UnknownLayerError
from layers.registry import layer_by_id

_ACTIONS = {
    "register.created": Words("新增", "added"),
    "register.changed": Words("修改", "changed"),
    "register.moved": Words("办理", "took a step"),
    "register.removed": Words("删除", "removed"),
    "register.recorded": Words("登记记录", "recorded"),
    "register.record_removed": Words("删除记录", "removed a record"),
    "register.import": Words("导入文件", "imported a file"),
    "attach": Words("添加附件", "attached a file"),
    "detach": Words("删除附件", "removed a file"),
    "export": Words("导出", "exported"),
    "print": Words("打印", "printed"),
    "plan_add": Words("上传厂区图", "uploaded a plan"),
    "plan_change": Words("修改厂区图", "changed a plan"),
    "plan_remove": Words("删除厂区图", "removed a plan"),
    "patrol.route_add": Words("新增巡查路线", "added a patrol route"),
    "patrol.route_remove": Words("删除巡查路线", "removed a patrol route"),
    "patrol.track_add": Words("上传巡查轨迹", "uploaded a track"),
    "patrol.track_remove": Words("删除巡查轨迹", "removed a track"),
    "transport.corridor_add": Words("新增危运通道", "added a corridor"),
    "transport.corridor_remove": Words("删除危运通道", "removed a corridor"),
    "transport.trip_add": Words("上传车辆轨迹", "uploaded a vehicle's track"),
    "transport.trip_remove": Words("删除车辆轨迹", "removed a vehicle's track"),
    "password_change": Words("修改密码", "changed the password"),
    "user_create": Words("新增账号", "added an account"),
    "user_change": Words("修改账号", "changed an account"),
    "user_enable": Words("启用账号", "switched an account on"),
    "user_disable": Words("停用账号", "switched an account off"),
    "user_password": Words("重设账号的密码", "set an account's password"),
    "user_unlock": Words("解除账号锁定", "unlocked an account"),
    "permission_set": Words("设置角色权限", "set a role's permission"),
    "token_create": Words("新建令牌", "made a token"),
    "token_revoke": Words("吊销令牌", "revoked a token"),
    "warning_limit_set": Words("设置预警限值", "set a warning's limit"),
    "warning_process": Words("处理预警", "processed a warning"),
    "enterprise.change": Words("修改企业信息", "changed the enterprise"),
    "enterprise.ask": Words("申请变更企业信息", "asked to change the enterprise"),
    "enterprise.withdraw": Words("撤回变更申请", "withdrew a request"),
    "enterprise.change_approve": Words("通过变更申请", "approved a request"),
    "enterprise.change_return": Words("退回变更申请", "returned a request"),
    "enterprise.import": Words("导入企业", "imported enterprises"),
    "registration.submit": Words("提交注册", "submitted a registration"),
    "registration.review": Words("审核注册", "reviewed a registration"),
    "registration.recover_ask": Words("申请取回注册", "asked to take up a registration again"),
    "registration.recover_done": Words("取回注册", "took up a registration again"),
    "sign_in": Words("登录", "signed in"),
    "sign_in_wrong": Words("登录失败：用户名或密码不对", "sign-in failed: wrong name or password"),
    "sign_in_locked": Words("登录失败：账号已锁定", "sign-in failed: the account is locked"),
    "sign_in_code.ask": Words("申请登录验证码", "asked for a sign-in code"),
    "sign_in_code": Words("用验证码登录", "signed in by a code"),
    "sign_in_app": Words("扫码登录", "signed in by another app"),
    "sign_in_app_nobody": Words(
        "扫码登录失败：没有对应的账号", "sign-in by another app failed: no such account"
    ),
    "password_reset.ask": Words("申请重置密码", "asked to reset the password"),
    "password_reset.done": Words("重置密码", "reset the password"),
    "patrol.route_change": Words("修改巡查路线", "changed a patrol route"),
    "boundary.draw": Words("绘制厂界", "drew a plant boundary"),
    "boundary.remove": Words("删除厂界", "removed a plant boundary"),
    "resource_type_add": Words("新增资源类型", "added a resource type"),
    "resource_type_offer": Words("启用资源类型", "switched a resource type on"),
    "resource_type_withhold": Words("停用资源类型", "switched a resource type off"),
    "resource_type_remove": Words("删除资源类型", "removed a resource type"),
    "dispatch_rule": Words("设置时限与升级", "set limits and levels"),
    "outbox_again": Words("重新发送短信", "sent a message again"),
    "wall_opened": Words("打开大屏", "opened a wall"),
    "wall_refused": Words("打开大屏失败：令牌无效", "a wall was refused: invalid token"),
    "wall_to_drill": Words("大屏切换到演练", "switched walls to a drill"),
    "wall_to_live": Words("大屏切换到实况", "switched walls to what is live"),
    "binding_proposed": Words("提出绑定建议", "proposed bindings"),
    "fit": Words("拟合车速", "fitted speeds"),
    "load": Words("导入数据", "loaded data"),
    "remove": Words("删除", "removed"),
    "company.information": Words("填写救援信息", "filled in the rescue information"),
    "company.station.add": Words("新增救援站", "added a rescue station"),
    "company.station.save": Words("修改救援站", "changed a rescue station"),
    "company.station.removed": Words("删除救援站", "removed a rescue station"),
    "company.station.retired": Words("停用救援站", "took a rescue station out of service"),
    "company.maintainer.add": Words("新增维保人员", "added a maintainer"),
    "company.maintainer.remove": Words("删除维保人员", "removed a maintainer"),
    "company.elevator.save": Words("修改电梯信息", "changed an elevator"),
    "company.bind": Words("绑定电梯", "bound elevators"),
    "company.unbind": Words("解除绑定", "unbound elevators"),
    "company.rebind": Words("改绑电梯", "bound elevators anew"),
    "company.binding_proposal_done": Words("处理绑定建议", "settled proposed bindings"),
    "company.place_type": Words("设置场所类型", "set place types"),
    "company.manager.add": Words("新增安全管理员", "added a safety manager"),
    "company.manager.save": Words("修改安全管理员", "changed a safety manager"),
    "company.manager.remove": Words("删除安全管理员", "removed a safety manager"),
    "company.manager.assign": Words("分配安全管理员", "assigned a safety manager"),
    "company.manager.unassign": Words("取消分配安全管理员", "unassigned safety managers"),
    "company.inspection.request": Words("申请年检", "asked for a yearly inspection"),
    "company.inspection.withdraw": Words("撤回年检申请", "withdrew a request for a yearly inspection"),
    "company.report": Words("提交故障分析报告", "handed in a fault-analysis report"),
    "company.report.correct": Words("更正故障分析报告", "corrected a fault-analysis report"),
    "order.identify": Words("确认困人电梯", "named the elevator of an order"),
    "order.place": Words("确认困人位置", "set the place of an order"),
    "order.describe": Words("补充警情", "described an order"),
    "order.notify": Words("派出救援站", "notified a station"),
    "order.accept": Words("登记响应", "noted an answer"),
    "order.refuse": Words("登记拒绝", "noted a refusal"),
    "order.en-route": Words("登记出发", "noted a departure"),
    "order.arrive": Words("登记到达", "noted an arrival"),
    "order.free": Words("登记解困", "noted that people are free"),
    "order.stand-down": Words("撤回救援站", "stood a station down"),
    "order.raise": Words("升级工单", "raised an order's level"),
    "order.decline": Words("不升级工单", "declined to raise an order"),
    "order.fire-called": Words("登记已报消防", "noted a call to the fire brigade"),
    "order.note": Words("备注工单", "noted something on an order"),
    "order.correct": Words("更正工单", "corrected an order"),
    "order.close": Words("结束工单", "closed an order"),
}
#: What subjects begin with, or are, that are no layers.
_SUBJECTS = {
    "session": Words("会话", "Session"),
    "user": Words("账号", "Account"),
    "unit": Words("单位", "Unit"),
    "token": Words("令牌", "Token"),
    "permission": Words("角色权限", "Permission"),
    "registration": Words("注册", "Registration"),
    "attachment": Words("附件", "File"),
    "plan": Words("厂区图", "Plant plan"),
    "patrol": Words("巡查路线", "Patrol route"),
    "patrols": Words("巡查记录", "Patrols"),
    "grids": Words("网格", "Grids"),
    "transport_trip": Words("车辆轨迹", "Track of a vehicle"),
    "warning": Words("预警", "Warning"),
    "warnings": Words("预警", "Warnings"),
    "decision": Words("救援决策", "Rescue decision"),
    "districts": Words("分区统计", "Figures by district"),
    "division": Words("区划", "Division"),
    "figures": Words("统计", "Figures"),
    "analysis": Words("分析", "Analysis"),
    "coverage": Words("覆盖", "Coverage"),
    "bindings": Words("绑定核查", "Check of bindings"),
    "binding_proposal": Words("绑定建议", "Proposed bindings"),
    "inspection_request": Words("年检申请", "Request for a yearly inspection"),
    "safety_manager": Words("安全管理员", "Safety manager"),
    "outbox": Words("短信", "Message"),
    "resource_type": Words("资源类型", "Resource type"),
    "speeds": Words("车速", "Speeds"),
    "dangers": Words("隐患统计", "Figures of hidden dangers"),
}


def action_words(action: str) -> Words:
    """Give the words of an action; one without words stands as it is."""
    return _ACTIONS.get(action, Words(action, action))


def subject_words(subject: str) -> Words:
    """Give the words of a subject such as ``licence/LIC-1``: the layer, or what else it is, by its title."""
    begin, _, rest = subject.partition("/")
    title = _SUBJECTS.get(begin)
    if title is None:
        try:
            title = layer_by_id(begin).words
        except UnknownLayerError:
            return Words(subject, subject)
    return Words(f"{title.zh} {rest}".strip(), f"{title.en} {rest}".strip())


def all_actions() -> dict[str, Words]:
    """Give every action with its words, for a list to choose from."""
    return dict(_ACTIONS)


def actions_named(text: str) -> tuple[str, ...]:
    """Find the actions whose words, in either language, hold a text."""
    wanted = text.casefold()
    return tuple(
        action
        for action, words in _ACTIONS.items()
        if wanted in words.zh.casefold() or wanted in words.en.casefold()
    )
