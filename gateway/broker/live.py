"""Stopping a user at once, whatever it holds open.

`delete_user` is the primitive: measured, RabbitMQ closes the user's connections within milliseconds of it. Taking permissions away is
not enough, because an open channel remembers what it was allowed.
"""

from gateway.broker.management import BrokerRefused, ManagementApi


def cut_off(api: ManagementApi, vhost: str, user: str) -> None:
    """After this the user has no access to `vhost` and no connection to it. Raises `ChannelDown`, `BrokerRefused`.

    A user with rights in other virtual hosts is not ours alone: it loses its rights and connections here and keeps the others.
    """
    if any(each["user"] == user and each["vhost"] != vhost for each in api.get("permissions")):
        shut_out(api, vhost, user)
    else:
        delete_user(api, user)


def delete_user(api: ManagementApi, user: str) -> None:
    """Remove the user with all its rights, limits and open connections. Raises `ChannelDown`, `BrokerRefused`."""
    api.delete("users", user)


def shut_out(api: ManagementApi, vhost: str, user: str) -> None:
    """Take away what the user may do in `vhost`, and close its connections to it. Raises `ChannelDown`, `BrokerRefused`."""
    api.delete("permissions", vhost, user)
    api.delete("topic-permissions", vhost, user)
    close_connections(api, vhost, user)


def close_connections(api: ManagementApi, vhost: str, user: str) -> None:
    """Close what the user has open in `vhost`. Raises `ChannelDown`, `BrokerRefused`.

    By the user's name this is sure and at once, but closes all of them; a user that is also connected elsewhere is closed connection by
    connection, which RabbitMQ can only do once its statistics know them (5 s): the next reconciliation finds the rest.
    """
    open_now = api.get("connections", "username", user)
    here = [each["name"] for each in open_now if each["vhost"] == vhost]
    if here and len(here) == len(open_now):
        api.delete("connections", "username", user)
        return
    for name in here:
        api.delete("connections", name)


def check_empty(api: ManagementApi, vhost: str, queue: str) -> None:
    """Raises `BrokerRefused` where a parcel waits in it: the counts that the API lists lag by some seconds, looking does not."""
    body = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "base64"}
    if api.ask(("queues", vhost, queue, "get"), body):
        raise BrokerRefused("it holds parcels, so it stays: empty it, then remove it")


def purge_inbox(api: ManagementApi, vhost: str, inbox: str) -> None:
    """Drop every parcel that waits in it. What must still be told is decided afresh. Raises `ChannelDown`, `BrokerRefused`."""
    api.delete("queues", vhost, inbox, "contents")


def remove_inbox(api: ManagementApi, vhost: str, inbox: str) -> None:
    """Remove the queue with what is in it. Raises `ChannelDown`, `BrokerRefused`."""
    api.delete("queues", vhost, inbox)
