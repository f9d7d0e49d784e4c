from importlib import import_module

from django.apps import AppConfig


class EntrypointsConfig(AppConfig):
    name = "lifelong.entrypoints"
    label = "entrypoints"

    def ready(self) -> None:
        """Tell the kernel what follows from what."""
        import_module("lifelong.entrypoints.jobs.effects")
