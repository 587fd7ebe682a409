"""Which broker is kept, said by the settings; what is missing is named."""

from pathlib import Path
from typing import Any

import pytest

from gateway.broker.place import broker_place
from gateway.settings import Settings, SettingsFault, read_settings

KEPT: dict[str, Any] = {
    "broker_url": "amqps://patchwork-gateway@mq.example/seaton",
    "broker_password_file": "gateway.password",
    "broker_management_url": "https://mq.example:15671/",
    "broker_management_user": "patchwork-admin",
    "broker_management_password_file": "admin.password",
}


def settings(**changes: Any) -> Settings:
    members: dict[str, Any] = {
        "partnership": "seaton",
        "mode": "trial",
        "gateway_id": "urn:patchwork:seaton",
        "name": "Seaton",
        "database_url": "sqlite:///x.db",
        "data_key_file": "d",
        "pepper_file": "p",
        "keys_dir": "k",
    }
    given = {name: value for name, value in {**members, **KEPT, **changes}.items() if value is not None}
    return read_settings(given, {}, Path("/etc/patchwork"))


def test_the_place_is_read_from_the_settings() -> None:
    place = broker_place(settings())
    assert place is not None
    assert (place.vhost, place.management_url) == ("seaton", "https://mq.example:15671")
    assert place.own_users == {"patchwork-gateway", "patchwork-admin"}
    assert place.topology.notices_exchange == "patchwork.seaton.trial.notices"


def test_a_gateway_with_two_sides_keeps_both_in_one_virtual_host() -> None:
    trial = {"trial_database_url": "sqlite:///t.db", "trial_data_key_file": "td", "trial_pepper_file": "tp"}
    place = broker_place(settings(mode="live", **trial))
    assert place is not None
    assert [(side.mode.value, side.alone, names.notices_exchange) for side, names in place.sides] == [
        ("live", False, "patchwork.seaton.live.notices"),
        ("trial", False, "patchwork.seaton.trial.notices"),
    ]


def test_without_a_broker_and_with_a_shared_user_nothing_is_kept() -> None:
    assert broker_place(settings(broker_url=None)) is None
    assert broker_place(settings(broker_shared_user=True, broker_management_url=None)) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"broker_management_url": None}, "'broker_management_url' is missing.*broker_shared_user"),
        ({"broker_management_url": "mq.example"}, "must look like https://"),
        ({"broker_management_url": "http://mq.example:15672"}, "this machine only"),
        ({"broker_management_url": "https://admin:hunter2@mq.example"}, "holds a password"),
        ({"broker_management_user": None}, "needs broker_management_user"),
        ({"broker_management_password_file": None}, "broker_management_password_file beside it"),
        ({"broker_check_cert_file": "check.pem"}, "belong together"),
    ],
)
def test_what_does_not_fit_together_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsFault, match=said) as refused:
        broker_place(settings(**changes))
    assert "hunter2" not in str(refused.value)
