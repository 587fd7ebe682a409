"""Where a webhook may go: the public internet, and of everything else only what the settings list, whatever a name is made to mean."""

from ipaddress import ip_network

import pytest

from connectors.sinks.reachable import NotReachable, reachable

OURS = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/32"))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.20.3.4", "fd00:20::7"]
)
def test_what_is_public_or_listed_may_be_reached(address: str) -> None:
    assert reachable("alerts.example", 443, OURS, lambda host, port: [address]) == address


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.21.0.1", "192.168.1.1", "172.16.0.9", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "::1", "fe80::1%eth0",
     "fd00:21::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "240.0.0.1"],
)  # fmt: skip
def test_what_is_neither_is_refused(address: str) -> None:
    with pytest.raises(NotReachable, match=r"alerts\.example"):
        reachable("alerts.example", 443, OURS, lambda host, port: [address])


def test_one_forbidden_address_among_allowed_ones_is_enough() -> None:
    with pytest.raises(NotReachable):
        reachable("alerts.example", 443, OURS, lambda host, port: ["93.184.215.14", "127.0.0.1"])


def test_a_name_that_means_nothing_is_said_plainly() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(NotReachable, match="cannot be looked up"):
        reachable("alerts.example", 443, OURS, unknown)
    with pytest.raises(NotReachable, match="has no address"):
        reachable("alerts.example", 443, OURS, lambda host, port: [])
