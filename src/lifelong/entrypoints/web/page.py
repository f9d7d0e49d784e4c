"""Every address declares who may open it. A view without `@page` fails the house test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from lifelong.kernel.access import NOBODY, Actor, Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.people import reads as people
from lifelong.loop.program import reads as program

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Access:
    """What a page declared. `anyone`: no sign-in; `signed_in`: any person; `needs`: a role in the provider of the address;
    `by_link`: whoever holds the secret link (the view checks it)."""

    needs: Permission | None = None
    anyone: bool = False
    signed_in: bool = False
    by_link: bool = False


def page(
    *, needs: Permission | None = None, anyone: bool = False, signed_in: bool = False, by_link: bool = False
) -> Callable[[View], View]:
    """Declare access. The view gets `request.viewer` (an Actor) and, where the address has a `slug`, `request.provider`.

    Strangers to a provider get the same "not found" as for something that does not exist.
    """
    access = Access(needs, anyone, signed_in, by_link)
    if sum((needs is not None, anyone, signed_in, by_link)) != 1:
        raise ValueError("A page declares exactly one of needs, anyone, signed_in, by_link.")

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            viewer = viewer_of(request)
            if (access.needs or access.signed_in) and viewer.person_id is None:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            slug = kwargs.pop("slug", None)
            if slug is not None:
                request.provider = program.provider(slug)  # type: ignore[attr-defined]
            if access.needs:
                provider_id = request.provider.pk if slug is not None else None  # type: ignore[attr-defined]
                if not viewer.grants_for(access.needs, provider_id):
                    raise NotFound
            response = view(request, *args, **kwargs)
            if not access.anyone:
                response.headers.setdefault("Cache-Control", "no-store")
            return response

        setattr(opened, "access", access)  # noqa: B010 -- read by the house test
        return opened

    return wrap


def viewer_of(request: HttpRequest) -> Actor:
    """The actor behind a request; built once."""
    viewer: Actor | None = getattr(request, "viewer", None)
    if viewer is None:
        user = request.user
        viewer = people.actor_of(user) if user.is_authenticated else NOBODY
        request.viewer = viewer  # type: ignore[attr-defined]
    return viewer
