"""Django's description of the chapter."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule


class WireConfig(AppConfig):
    name = "tongchou.wire"
    label = "wire"
    verbose_name = "接口平台"

    def ready(self) -> None:
        """Register jobs, and let every chapter register the transactions it serves, in its `api`."""
        from tongchou.wire import jobs

        jobs.register_jobs()
        for chapter in apps.get_app_configs():
            if chapter.name.startswith("tongchou.") and module_has_submodule(chapter.module, "api"):
                import_module(f"{chapter.name}.api")
