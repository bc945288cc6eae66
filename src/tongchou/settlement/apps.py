from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "tongchou.settlement"
    label = "settlement"
    verbose_name = "结算"

    def ready(self) -> None:
        """Let the clock's work be known."""
        from tongchou.platform import histories
        from tongchou.settlement import history, jobs

        jobs.register_jobs()
        histories.register(history.SOURCE)
        histories.register(history.ACCOUNT_SOURCE)
