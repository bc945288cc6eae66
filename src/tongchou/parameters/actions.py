"""What the trail calls the actions of this chapter (操作名称)."""

from typing import Final

ACTIONS: Final = {
    "parameters.install": "安装政策包",
    "parameters.started": "起草政策",
    "parameters.saved": "修改政策草稿",
    "parameters.golden": "运行政策算例",
    "parameters.submitted": "政策草稿送审",
    "parameters.returned": "退回政策草稿",
    "parameters.withdrawn": "撤回政策草稿",
    "parameters.approved": "核准政策草稿",
    "parameters.put_in_force": "政策包生效",
}
