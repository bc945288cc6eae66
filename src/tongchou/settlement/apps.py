from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "tongchou.settlement"
    label = "settlement"
    verbose_name = "结算"

    def ready(self) -> None:
        """Let the clock's work be known, and follow what other chapters tell."""
        from tongchou.settlement import (
            following,  # noqa: F401  importing it subscribes
            jobs,
        )

        jobs.register_jobs()
