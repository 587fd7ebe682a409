"""What is at the broker, read through the management API into the same values as what should be there."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from gateway.broker.management import BrokerRefused, ManagementApi
from gateway.broker.state import (
    NOTHING,
    Binding,
    BrokerState,
    Connected,
    ExchangeState,
    Limits,
    Permission,
    QueueState,
    TopicPermission,
    User,
)


def actual_state(api: ManagementApi, vhost: str) -> BrokerState:
    """Everything that decides who may do what in `vhost`. Raises `ChannelDown`, `BrokerRefused`."""
    if vhost not in {each["name"] for each in api.get("vhosts")}:
        raise BrokerRefused(
            f"the broker has no virtual host {vhost}: its operator makes it, with all permissions for our two users"
        )
    try:
        return BrokerState(
            users=_users(api, vhost),
            exchanges=_exchanges(api.get("exchanges", vhost)),
            queues=_queues(api.get("queues", vhost)),
            bindings=_bindings(api.get("bindings", vhost)),
            connections=tuple(
                Connected(each["name"], each["user"])
                for each in api.get("vhosts", vhost, "connections")
                if "user" in each
            ),
        )
    except (KeyError, TypeError, AttributeError):
        raise BrokerRefused(
            "the broker's management API answers in a form that this program does not know; check its version"
        ) from None


def _users(api: ManagementApi, vhost: str) -> dict[str, User]:
    here: dict[str, Permission] = {}
    elsewhere: dict[str, dict[str, Permission]] = defaultdict(dict)
    for each in api.get("permissions"):
        permission = Permission(each["configure"], each["write"], each["read"])
        if each["vhost"] == vhost:
            here[each["user"]] = permission
        else:
            elsewhere[each["user"]][each["vhost"]] = permission
    topics: dict[str, set[TopicPermission]] = defaultdict(set)
    for each in api.get(
        "topic-permissions",
    ):
        if each["vhost"] == vhost:
            topics[each["user"]].add(TopicPermission(each["exchange"], each["write"], each["read"]))
    limits = {each["user"]: each["value"] for each in api.get("user-limits")}
    return {
        each["name"]: _user(
            each, here.get(each["name"]), elsewhere[each["name"]], frozenset(topics[each["name"]]), limits
        )
        for each in api.get("users")
    }


def _user(
    row: Mapping[str, Any],
    here: Permission | None,
    elsewhere: Mapping[str, Permission],
    topics: frozenset[TopicPermission],
    limits: Mapping[str, Mapping[str, int]],
) -> User:
    name, tags, password = row["name"], _tags(row["tags"]), bool(row.get("password_hash"))
    owns = limits.get(name, {})
    return User(
        name=name,
        permission=here,
        topics=topics,
        limits=Limits(owns.get("max-connections"), owns.get("max-channels")),
        tags=tags,
        password=password,
        elsewhere=frozenset(elsewhere),
        foreign=any(map(_is_foreign, elsewhere.values())) or (bool(tags) and password and here is None and not topics),
    )


def _is_foreign(permission: Permission) -> bool:
    """A connector of another partnership on this broker may configure nothing there and write to one notices exchange."""
    return permission.configure != NOTHING or not permission.write.endswith(r"\.notices$")


def _tags(tags: Any) -> frozenset[str]:
    # A list since RabbitMQ 3.9, a text with commas before.
    return frozenset(filter(None, tags.split(",") if isinstance(tags, str) else tags))


def _exchanges(rows: list[dict[str, Any]]) -> dict[str, ExchangeState]:
    return {
        row["name"]: ExchangeState(row["name"], row["type"], row["durable"])
        for row in rows
        if row["name"] and not row["name"].startswith("amq.")
    }


def _queues(rows: list[dict[str, Any]]) -> dict[str, QueueState]:
    return {row["name"]: QueueState(row["name"], row["arguments"], row["durable"], row.get("messages")) for row in rows}


def _bindings(rows: list[dict[str, Any]]) -> frozenset[Binding]:
    # The default exchange's bindings come with each queue and cannot be changed.
    return frozenset(
        Binding(
            row["source"],
            row["destination"],
            row["routing_key"],
            row["destination_type"] == "queue",
            row["properties_key"],
        )
        for row in rows
        if row["source"]
    )
