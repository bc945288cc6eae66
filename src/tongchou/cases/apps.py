"""Django's description of the chapter."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongchou.cases"
    label = "cases"
    verbose_name = "业务件"

    def ready(self) -> None:
        """Let the clock's work, the names of the trail, of items, and the count of waiting work be known."""
        from tongchou.cases import handover, jobs, kinds, queries
        from tongchou.platform import checks
        from tongchou.platform.duties import count_also

        assert handover  # its handlers subscribe when it is read
        jobs.register_jobs()
        checks.name_works("case", lambda: {kind.code: kind.title for kind in kinds.registered()})
        count_also(queries.WORKLOAD, queries.workload_sql)
