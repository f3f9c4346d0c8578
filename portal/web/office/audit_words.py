"""What the audit log's actions and fields are called."""

from collections.abc import Mapping

from portal.domain.errors import message as _

ACTIONS: Mapping[str, str] = {
    "person.add": _("added a person"),
    "person.edit": _("changed a person"),
    "person.disable": _("took a person out of service"),
    "person.enable": _("put a person back into service"),
    "person.password": _("set a password"),
    "person.link": _("made a link to set a password"),
    "person.factor_on": _("switched on a second factor"),
    "person.factor_off": _("switched off a second factor"),
    "person.recovery": _("made new recovery codes"),
    "sign_in.locked": _("too many wrong passwords or codes at sign-in"),
    "account.locked": _("too many wrong passwords or codes in an account"),
    "site.add": _("added a site"),
    "site.edit": _("changed a site"),
    "site.archive": _("took a site out of service"),
    "site.restore": _("put a site back into service"),
    "site.kit": _("fetched the files for a wifi device"),
    "site.import": _("entered sites from a file"),
    "alert.acknowledge": _("acknowledged an alert"),
    "week.draft": _("made the draft of a weekly report"),
    "week.edit": _("wrote in a weekly report"),
    "week.close": _("closed a weekly report"),
    "token.add": _("made a token for a program"),
    "token.revoke": _("revoked a token for a program"),
    "adoption.add": _("entered installs"),
    "adoption.remove": _("removed an entry of installs"),
    "adoption.import": _("entered installs from a file"),
    "population.set": _("entered a population"),
    "note.add": _("wrote a note"),
    "note.edit": _("changed a note"),
    "note.remove": _("removed a note"),
}
"""What was done, by the action's word; one that is not here is shown as it is."""

FIELDS: Mapping[str, str] = {
    "name": _("Name"),
    "role": _("Role"),
    "sites": _("Sites"),
    "person": _("Person"),
    "day": _("Date"),
    "installs": _("Installs"),
    "source": _("Source"),
    "reason": _("Reason"),
    "first": _("First day"),
    "last": _("Last day"),
    "text": _("Note"),
    "about": _("About"),
    "people": _("Population"),
    "year": _("Year of the population"),
    "kind": _("Kind"),
    "area": _("Area"),
    "address": _("Address"),
    "operator": _("Operator"),
    "greeting": _("Greeting"),
    "languages": _("Languages"),
    "egress": _("Visitors' networks"),
    "gateway": _("Wifi device"),
    "file": _("File"),
    "difficulties": _("Difficulties"),
    "proposals": _("Proposals"),
    "version": _("Version"),
}
"""What was changed, by the field's word; one that is not here is shown as it is."""
