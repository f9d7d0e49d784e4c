"""All tables of the loop, in its order (Django finds models here)."""

from lifelong.loop.credit.models import *  # noqa: F403
from lifelong.loop.delivery.models import *  # noqa: F403
from lifelong.loop.designation.models import *  # noqa: F403
from lifelong.loop.evaluation.models import *  # noqa: F403
from lifelong.loop.improvement.models import *  # noqa: F403
from lifelong.loop.integrity.models import *  # noqa: F403
from lifelong.loop.needs.models import *  # noqa: F403
from lifelong.loop.outcomes.models import *  # noqa: F403
from lifelong.loop.people.models import *  # noqa: F403
from lifelong.loop.planning.models import *  # noqa: F403
from lifelong.loop.program.models import *  # noqa: F403
from lifelong.loop.reporting.models import *  # noqa: F403
from lifelong.loop.surveys.models import *  # noqa: F403
