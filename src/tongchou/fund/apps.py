from django.apps import AppConfig


class FundConfig(AppConfig):
    name = "tongchou.fund"
    label = "fund"
    verbose_name = "基金财务"

    def ready(self) -> None:
        """Let the clock's work be known."""
        from tongchou.fund import jobs, yearly
        from tongchou.year_change import items as year_items

        jobs.register_jobs()
        year_items.register(yearly.ITEM)
