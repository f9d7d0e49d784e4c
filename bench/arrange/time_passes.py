"""The leases of workers that were killed run out, and postponed effects fall due; nobody waits a minute for it here."""

import django

django.setup()

from lifelong.kernel import clock  # noqa: E402
from lifelong.kernel.guard import writes_open  # noqa: E402
from lifelong.kernel.models import Effect  # noqa: E402

with writes_open("bench"):
    print(Effect.objects.filter(state=Effect.State.WAITING).update(leased_until=None, due_at=clock.now()))
