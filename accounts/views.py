"""Sign-in by link, one's own settings and tokens, and the people of the portal."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.forms import PersonForm, RoleForm, TokenForm
from accounts.models import Role, SignInLink, User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.errors import Conflict, NotFound


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask before spending the link: mail programs and chats open links to preview them."""
    if request.method == "GET":
        link = SignInLink.objects.usable(secret).select_related("user").first()
        return render(request, "accounts/sign_in_link.html", {"link": link}, status=200 if link else 410)
    user = SignInLink.objects.use(secret)
    if user is None:
        return render(request, "accounts/sign_in_link.html", {"link": None}, status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    target = request.GET.get("next", "")
    return redirect(target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else "home")


@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """Who I am here, how it looks, and my tokens."""
    user = signed_in(request)
    context = {"teams": sorted(user.team_refs()), "tokens": user.tokens.filter(revoked_at=None).order_by("-id")}
    return render(request, "accounts/settings.html", context)


@require_http_methods(["GET", "POST"])
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it once, with a curl line that works."""
    user = signed_in(request)
    form = TokenForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/token_new.html", {"form": form}, status=422 if form.is_bound else 200)
    days = form.cleaned_data["days"]
    token, text = actions.create_token(
        user=user,
        scopes=form.cleaned_data["scopes"],
        days=int(days) if days else None,
        name=form.cleaned_data["name"],
        by=user,
    )
    context = {"token": token, "text": text, "origin": request.build_absolute_uri("/").rstrip("/")}
    response = render(request, "accounts/token_made.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of my tokens."""
    user = signed_in(request)
    token = user.tokens.filter(pk=pk).first()
    if token is None:
        raise NotFound("You have no such token.")
    actions.revoke_token(token=token, by=user)
    messages.success(request, f"Token {token.name or token.hint} revoked.")
    return redirect("settings")


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account; an admin adds people and gets their sign-in link."""
    user = signed_in(request)
    require(may_administer(user))
    form, link = PersonForm(request.POST or None), ""
    if form.is_bound and form.is_valid():
        link = _add_person(form, user)
    context = {
        "people": User.objects.order_by("username"),
        "form": PersonForm() if link else form,
        "link": request.build_absolute_uri(link) if link else "",
        "roles": Role.choices,
    }
    return render(request, "accounts/people.html", context, status=422 if form.errors else 200)


def _add_person(form: PersonForm, by: User) -> str:
    """The path of the new person's link; empty when the form was refused, which then says why."""
    data = form.cleaned_data
    try:
        person = actions.create_user(name=data["name"], role=data["role"], member_of=data["teams"].split(), by=by)
    except Conflict as error:
        form.add_error("name", error.message)
        return ""
    return actions.create_sign_in_link(user=person, by=by)


@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody another role."""
    user = signed_in(request)
    require(may_administer(user))
    person, form = get_object_or_404(User, pk=pk), RoleForm(request.POST)
    if form.is_valid():
        actions.change_role(user=person, role=form.cleaned_data["role"], by=user)
        messages.success(request, f"{person.display_name} is now {person.get_role_display().lower()}.")
    return redirect("people")
