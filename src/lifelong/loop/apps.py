from django.apps import AppConfig


class LoopConfig(AppConfig):
    name = "lifelong.loop"
    label = "lifelong"
    verbose_name = "The continuing education loop"
