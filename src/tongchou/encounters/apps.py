"""Django's description of the chapter."""

from django.apps import AppConfig


class EncountersConfig(AppConfig):
    name = "tongchou.encounters"
    label = "encounters"
    verbose_name = "就医管理"

    def ready(self) -> None:
        """Let the clock know what it does here."""
        from tongchou.encounters import (
            following,  # noqa: F401  importing it subscribes
            history,
            jobs,
        )
        from tongchou.platform import histories

        jobs.register_jobs()
        histories.register(history.SOURCE)
