from django.apps import AppConfig


class YearChangeConfig(AppConfig):
    name = "tongchou.year_change"
    label = "year_change"
    verbose_name = "年度切换"

    def ready(self) -> None:
        """Let the clock's work, the names of the trail and the items of nobody else's chapter be known."""
        from tongchou.year_change import items, jobs, own_items

        for item in own_items.ITEMS:
            items.register(item)
        jobs.register_jobs()
