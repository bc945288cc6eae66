from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "tongchou.lab"
    label = "lab"
    verbose_name = "政策测算"

    def ready(self) -> None:
        """Let the clock's work be known."""
        from tongchou.lab import jobs

        jobs.register_jobs()
