from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "lifelong.kernel"
    label = "kernel"
    verbose_name = "Kernel"
