"""Say in words what a line of the audit tells."""

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
    "registration.submit": Words("提交注册", "submitted a registration"),
}


def action_words(action: str) -> Words:
    """Give the words of an action; one without words stands as it is."""
    return _ACTIONS.get(action, Words(action, action))


def subject_words(subject: str) -> Words:
    """Give the words of a subject such as ``licence/LIC-1``: the layer by its title."""
    layer_id, _, rest = subject.partition("/")
    try:
        title = layer_by_id(layer_id).words
    except UnknownLayerError:
        return Words(subject, subject)
    return Words(f"{title.zh} {rest}".strip(), f"{title.en} {rest}".strip())
