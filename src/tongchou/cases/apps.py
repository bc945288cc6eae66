"""Django's description of the chapter."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongchou.cases"
    label = "cases"
    verbose_name = "业务件"

    def ready(self) -> None:
        """Let the clock's work and the names of the trail be known."""
        from tongchou.cases import handover, jobs, kinds
        from tongchou.platform import checks

        assert handover  # its handlers subscribe when it is read
        jobs.register_jobs()
        checks.name_works("case", lambda: {kind.code: kind.title for kind in kinds.registered()})
