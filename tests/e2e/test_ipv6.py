"""IPv6 addresses, in brackets and without, wherever one listens or connects."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.client import Client
from ani3d_runtime.errors import UsageError
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions, MetricsOptions
from ani3d_runtime.testing.packages import write_body_package


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as end:
            end.bind(("::1", 0))
    except OSError:
        return False
    return True


def status_of(url: str, host: str) -> int:
    request = urllib.request.Request(url, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["[::1]", "::1", "[0:0:0:0:0:0:0:1]"])
def test_every_listener_and_client_takes_them(ani3d: Callable[..., Any], tmp_path: Path, host: str) -> None:
    write_body_package(tmp_path / "ada.a3d", frame_count=2)
    gateway, metrics = GatewayOptions(0, host), MetricsOptions(0, host)
    with serving(tmp_path, ServerOptions(host=host, port=0, gateway=gateway, metrics=metrics)) as server:
        port = int(server.address.rpartition("]:")[2])
        assert server.address.startswith("[")
        for address in (server.address, f"[::1]:{port}"):
            with Client(address) as client:
                assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada"]
        assert ani3d("watch", server.address).json == {"sessions": []}
        ports = _ports(server)
        assert status_of(f"http://[::1]:{ports['gateway']}/v1/avatars", f"[::1]:{ports['gateway']}") == 401
        assert status_of(f"http://[::1]:{ports['gateway']}/v1/avatars", "[::2]") == 403
        with urllib.request.urlopen(f"http://[::1]:{ports['metrics']}/metrics", timeout=10) as page:
            assert b"ani3d_info" in page.read()
        again = ani3d("serve", tmp_path, "--host", host, "--port", port, "--check")
        assert [found["error"]["subject"] for found in again.json["findings"] if found["error"]] == [server.address]


def _ports(server: AvatarServer) -> dict[str, int]:
    found = server.announcement()
    assert found.gateway_port is not None
    return {"gateway": found.gateway_port, "metrics": found.metrics_ports[0]}


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "[::1]:8470", "[127.0.0.1]", "http://localhost"])
def test_a_host_with_a_port_in_it_is_refused_for_that(host: str) -> None:
    for make in (lambda: ServerOptions(host=host), lambda: GatewayOptions(1, host), lambda: MetricsOptions(1, host)):
        with pytest.raises(UsageError) as raised:
            make()
        assert raised.value.code == "serve-bad-host"
