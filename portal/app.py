"""The whole service on one screen: settings in, app out."""

from typing import NoReturn

from flask import Flask, Request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import RequestRedirect

from portal.resources import folder
from portal.services import Services, open_services
from portal.settings import Settings
from portal.web import errors, guards
from portal.web.api.access import token_holder, token_holder_or_signed_in
from portal.web.api.routes import api, api_description
from portal.web.authmon import authmon
from portal.web.capport import capport
from portal.web.metrics import metrics
from portal.web.office.access import staff
from portal.web.office.account import account
from portal.web.office.adoption import adoption
from portal.web.office.adoption_import import adoption_import
from portal.web.office.alerts import alerts
from portal.web.office.audit import audit
from portal.web.office.factor import factor
from portal.web.office.invite import invite
from portal.web.office.notes import notes
from portal.web.office.overview import office
from portal.web.office.people import people
from portal.web.office.person import person
from portal.web.office.reset import reset
from portal.web.office.session import console
from portal.web.office.sign_in import sign_in
from portal.web.office.site_bundle import site_bundle
from portal.web.office.site_check import site_check
from portal.web.office.site_form import site_form
from portal.web.office.site_import import site_import
from portal.web.office.site_kit import site_kit
from portal.web.office.site_own import site_own
from portal.web.office.site_page import site_page
from portal.web.office.site_print import site_print
from portal.web.office.sites import sites
from portal.web.office.tokens import tokens
from portal.web.office.week_edit import week_edit
from portal.web.office.weeks import weeks
from portal.web.pages import Pages
from portal.web.previews import previews
from portal.web.probes import probes
from portal.web.proxies import TrustedProxies
from portal.web.requests import offers
from portal.web.status import status
from portal.web.unifi_path import unifi_path
from portal.web.visitor import visitor

ROUTES = (
    (status, guards.everybody),
    (metrics, guards.monitors),
    (authmon, guards.everybody),
    (visitor, guards.everybody),
    (previews, guards.everybody),
    (unifi_path, guards.everybody),
    (capport, guards.everybody),
    (sign_in, console),
    (reset, console),
    (office, staff),
    (tokens, staff),
    (sites, staff),
    (site_form, staff),
    (site_import, staff),
    (site_page, staff),
    (site_kit, staff),
    (site_check, staff),
    (site_own, staff),
    (site_bundle, staff),
    (invite, staff),
    (site_print, staff),
    (weeks, staff),
    (week_edit, staff),
    (adoption, staff),
    (adoption_import, staff),
    (notes, staff),
    (alerts, staff),
    (account, staff),
    (factor, staff),
    (people, staff),
    (person, staff),
    (audit, staff),
    (api, token_holder),
    (api_description, token_holder_or_signed_in),
    (probes, guards.everybody),
)
"""Every blueprint with its guard."""

_LARGEST_BODY = 4096  # bytes; no visitor sends us anything, a gateway little


class _Portal(Flask):
    """Flask that does not take a line break in a query for a header's."""

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Refuse what werkzeug would fail to redirect to (``//s/x?%0A``, unescaped)."""
        error = request.routing_exception
        if isinstance(error, RequestRedirect) and not error.new_url.isprintable():
            raise BadRequest from error
        super().raise_routing_exception(request)


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Assemble the portal. Background work begins with ``services.start()`` after the fork."""
    app = _Portal("portal", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    held = services or open_services(settings)
    app.extensions["portal"] = held
    app.extensions["pages"] = Pages(folder("templates"), held.catalogs, held.campaign)
    app.extensions["offers"] = offers(held.campaign)
    errors.register(app)
    for blueprint, guard in ROUTES:
        # Not blueprint.before_request(): a blueprint is shared by all apps of the process.
        app.before_request_funcs[blueprint.name] = [guard]
        app.register_blueprint(blueprint)
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
            app.wsgi_app, settings.trusted_proxies
        )
    return app
