from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "tongchou.settlement"
    label = "settlement"
    verbose_name = "结算"

    def ready(self) -> None:
        """Let the clock's work be known, follow what other chapters tell and ask, tell a person's record its part."""
        from tongchou.contributions import usage
        from tongchou.platform import histories
        from tongchou.settlement import (
            following,  # noqa: F401  importing it subscribes
            history,
            jobs,
            merged_persons,
            queries,
            yearly,
        )
        from tongchou.year_change import items as year_items

        merged_persons.follow()
        usage.answer_with(queries.uses_between)
        jobs.register_jobs()
        histories.register(history.SOURCE)
        histories.register(history.ACCOUNT_SOURCE)
        year_items.register(yearly.ITEM)
