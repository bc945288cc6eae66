from datetime import timedelta

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tongchou.exchange"
    label = "exchange"
    verbose_name = "数据交换"

    def ready(self) -> None:
        """Look after files that a killed process left."""
        from tongchou.exchange import actions, imports
        from tongchou.exchange.imports import files
        from tongchou.platform import jobs, trail

        trail.name_actions(actions.LABELS)
        jobs.register(
            "imports.recover",
            label="导入中断恢复",
            every=timedelta(minutes=1),
            work=imports.recover_abandoned,
        )
        jobs.register("imports.clear", label="导入文件清理", every=timedelta(days=1), work=files.clear_old)
