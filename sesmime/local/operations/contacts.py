"""Contact lists and their contacts, of the API v2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesmime.local.answers import Refusal
from sesmime.local.calls import Call
from sesmime.local.desk import Desk
from sesmime.local.operations.paging import listed_tags, page_of, tags_of
from sesmime.local.state import Contact, ContactList, now

_Result = Mapping[str, Any]


def create_list(desk: Desk, call: Call) -> _Result:
    """v2 CreateContactList: an account has one in a region."""
    lists, name = desk.state.region(call.region).contact_lists, call.parameters["ContactListName"]
    if name in lists:
        raise Refusal("AlreadyExistsException", f"List with name {name} already exists.")
    lists[name] = ContactList(
        name,
        description=call.parameters.get("Description"),
        topics=list(call.parameters.get("Topics") or ()),
        tags=tags_of(call.parameters),
    )
    return {}


def update_list(desk: Desk, call: Call) -> _Result:
    """v2 UpdateContactList."""
    found = found_list(desk, call)
    if "Topics" in call.parameters:
        found.topics = list(call.parameters["Topics"] or ())
    if "Description" in call.parameters:
        found.description = call.parameters["Description"]
    found.updated = now()
    return {}


def get_list(desk: Desk, call: Call) -> _Result:
    """v2 GetContactList."""
    found = found_list(desk, call)
    return {
        "ContactListName": found.name,
        "Topics": list(found.topics),
        "CreatedTimestamp": found.created.replace(tzinfo=None),
        "LastUpdatedTimestamp": found.updated.replace(tzinfo=None),
        "Tags": listed_tags(found.tags),
        **({"Description": found.description} if found.description is not None else {}),
    }


def list_lists(desk: Desk, call: Call) -> _Result:
    """v2 ListContactLists."""
    listed = [
        {"ContactListName": one.name, "LastUpdatedTimestamp": one.updated.replace(tzinfo=None)}
        for one in desk.state.region(call.region).contact_lists.values()
    ]
    page, more = page_of(listed, call.parameters)
    return {"ContactLists": page, **more}


def delete_list(desk: Desk, call: Call) -> _Result:
    """v2 DeleteContactList."""
    del desk.state.region(call.region).contact_lists[found_list(desk, call).name]
    return {}


def create_contact(desk: Desk, call: Call) -> _Result:
    """v2 CreateContact."""
    found, address = found_list(desk, call), call.parameters["EmailAddress"]
    if address in found.contacts:
        raise Refusal("AlreadyExistsException", f"Contact already exists in list: {found.name}.")
    found.contacts[address] = Contact(address)
    _put(found.contacts[address], found, call.parameters)
    return {}


def update_contact(desk: Desk, call: Call) -> _Result:
    """v2 UpdateContact."""
    found = found_list(desk, call)
    _put(_contact(found, call.parameters["EmailAddress"]), found, call.parameters)
    return {}


def get_contact(desk: Desk, call: Call) -> _Result:
    """v2 GetContact."""
    found = found_list(desk, call)
    contact = _contact(found, call.parameters["EmailAddress"])
    return {
        "ContactListName": found.name,
        **_shown(contact, found),
        **({"AttributesData": contact.attributes} if contact.attributes is not None else {}),
        "CreatedTimestamp": contact.created.replace(tzinfo=None),
    }


def list_contacts(desk: Desk, call: Call) -> _Result:
    """v2 ListContacts, with the filters by status and topic."""
    found = found_list(desk, call)
    wanted = call.parameters.get("Filter") or {}
    status, topic = wanted.get("FilteredStatus"), wanted.get("TopicFilter") or {}
    listed = [
        _shown(contact, found)
        for contact in found.contacts.values()
        if status is None or _status(contact, found, topic) == status
    ]
    page, more = page_of(listed, call.parameters)
    return {"Contacts": page, **more}


def delete_contact(desk: Desk, call: Call) -> _Result:
    """v2 DeleteContact."""
    found = found_list(desk, call)
    del found.contacts[_contact(found, call.parameters["EmailAddress"]).address]
    return {}


def found_list(desk: Desk, call: Call) -> ContactList:
    """Return the list that a call names; raises `Refusal` where there is none."""
    name = call.parameters["ContactListName"]
    found = desk.state.region(call.region).contact_lists.get(name)
    if found is None:
        raise Refusal("NotFoundException", f"List with name: {name} doesn't exist.")
    return found


def _contact(found: ContactList, address: str) -> Contact:
    if address not in found.contacts:
        raise Refusal("NotFoundException", f"{address} doesn't exist in List.")
    return found.contacts[address]


def _put(contact: Contact, found: ContactList, given: Mapping[str, Any]) -> None:
    known = {topic["TopicName"] for topic in found.topics}
    for preference in given.get("TopicPreferences") or ():
        if preference["TopicName"] not in known:
            raise Refusal("BadRequestException", f"{found.name} doesn't contain Topic: {preference['TopicName']}")
        contact.topics[preference["TopicName"]] = preference["SubscriptionStatus"]
    contact.unsubscribed = bool(given.get("UnsubscribeAll", contact.unsubscribed))
    contact.attributes = given.get("AttributesData", contact.attributes)
    contact.updated = now()


def _status(contact: Contact, found: ContactList, topic: Mapping[str, Any]) -> str:
    if contact.unsubscribed:
        return "OPT_OUT"
    name = topic.get("TopicName")
    if name is None:
        return "OPT_IN"
    defaults = {one["TopicName"]: one["DefaultSubscriptionStatus"] for one in found.topics}
    default = defaults.get(name, "OPT_OUT") if topic.get("UseDefaultIfPreferenceUnavailable") else "OPT_OUT"
    return contact.topics.get(name, default)


def _shown(contact: Contact, found: ContactList) -> dict[str, Any]:
    return {
        "EmailAddress": contact.address,
        "TopicPreferences": [
            {"TopicName": name, "SubscriptionStatus": status} for name, status in contact.topics.items()
        ],
        "TopicDefaultPreferences": [
            {"TopicName": topic["TopicName"], "SubscriptionStatus": topic["DefaultSubscriptionStatus"]}
            for topic in found.topics
        ],
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": contact.updated.replace(tzinfo=None),
    }


OPERATIONS: Final[Mapping[tuple[str, str], Callable[[Desk, Call], _Result]]] = {
    ("sesv2", name): operation
    for name, operation in {
        "CreateContactList": create_list,
        "UpdateContactList": update_list,
        "GetContactList": get_list,
        "ListContactLists": list_lists,
        "DeleteContactList": delete_list,
        "CreateContact": create_contact,
        "UpdateContact": update_contact,
        "GetContact": get_contact,
        "ListContacts": list_contacts,
        "DeleteContact": delete_contact,
    }.items()
}
