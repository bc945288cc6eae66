"""Django's description of the chapter."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongchou.cases"
    label = "cases"
    verbose_name = "业务件"

    def ready(self) -> None:
        """Let the clock's work, the names of the trail and the count of waiting work be known."""
        from tongchou.cases import handover, jobs, queries
        from tongchou.platform.duties import count_also

        assert handover  # its handlers subscribe when it is read
        jobs.register_jobs()
        count_also(queries.WORKLOAD, queries.workload_sql)
