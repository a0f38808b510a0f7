"""Ports: two parts of a server never need the same one, and a refusal names a port that is free."""

from __future__ import annotations

import dataclasses

import pytest

from ani3d_runtime.errors import UsageError
from ani3d_runtime.server.options import GatewayOptions, MetricsOptions, ServerOptions


def gateway(port: int, host: str = "127.0.0.1") -> GatewayOptions:
    return GatewayOptions(port, host, insecure_public=True)


def metrics(port: int, host: str = "127.0.0.1") -> MetricsOptions:
    return MetricsOptions(port, host, insecure_public=True)


@pytest.mark.parametrize(
    ("options", "key", "other", "free"),
    [
        (ServerOptions(port=9600, metrics=metrics(9600)), "metrics.port", "port", 9601),
        (ServerOptions(port=9600, gateway=gateway(9600)), "gateway.port", "port", 9601),
        (ServerOptions(gateway=gateway(9601), metrics=metrics(9601)), "metrics.port", "gateway.port", 9602),
        (ServerOptions(workers=2, gateway=gateway(9712), metrics=metrics(9711)), "metrics.port", "gateway.port", 9713),
        (ServerOptions(port=9602, workers=3, metrics=metrics(9600)), "metrics.port", "port", 9603),
        (ServerOptions(port=65535, workers=2, metrics=metrics(65534)), "metrics.port", "port", 65532),
        (ServerOptions(port=9600, gateway=gateway(9600, "0.0.0.0")), "gateway.port", "port", 9601),
        (ServerOptions(port=9600, gateway=gateway(9600, "::")), "gateway.port", "port", 9601),
        (ServerOptions(port=9600, host="localhost", gateway=gateway(9600)), "gateway.port", "port", 9601),
    ],
)
def test_a_port_that_two_parts_would_need_is_refused(options: ServerOptions, key: str, other: str, free: int) -> None:
    with pytest.raises(UsageError) as raised:
        options.check_ports()
    error = raised.value
    assert (error.code, error.subject) == ("serve-port-twice", key)
    assert f"{other} is" in error.found
    assert f"another {key}, such as {free}, or another {other};" in error.fix


@pytest.mark.parametrize(
    "options",
    [
        ServerOptions(port=0, gateway=gateway(0), metrics=metrics(0), workers=4),
        ServerOptions(port=9600, gateway=gateway(9601), metrics=metrics(9602), workers=4),
        ServerOptions(port=9606, gateway=gateway(9601), metrics=metrics(9602), workers=4),
        ServerOptions(port=9600, gateway=gateway(9600, "127.0.0.2")),
        ServerOptions(port=9600, gateway=gateway(9600, "::1")),
        ServerOptions(port=9600, host="0.0.0.0", insecure_public=True, gateway=gateway(9600, "::1")),
        ServerOptions(metrics=metrics(65534), workers=2),
    ],
)
def test_ports_that_differ_or_are_of_different_addresses_are_not(options: ServerOptions) -> None:
    options.check_ports()


def test_metrics_of_all_workers_need_ports() -> None:
    options = ServerOptions(metrics=metrics(65534), workers=2)
    dataclasses.replace(options, metrics=metrics(65535))  # as its second worker has them
    with pytest.raises(UsageError) as raised:
        dataclasses.replace(options, workers=3).check_ports()
    error = raised.value
    assert (error.code, error.subject) == ("serve-bad-port", "metrics.port")
    assert error.found == "65534 to 65536, one for each worker"
