"""The manifests of docs/deploy agree with the server, and with each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from ani3d_runtime.server.config import ServerConfig

FOLDER = Path(__file__).parents[2] / "docs/deploy"
RESOURCES: list[dict[str, Any]] = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text()))
ENVOY: dict[str, Any] = yaml.safe_load((FOLDER / "envoy.yaml").read_text())["static_resources"]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [resource for resource in RESOURCES if resource["kind"] == kind]


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = (resource for resource in of_kind(kind) if resource["metadata"]["name"] == name)
    return found


@pytest.fixture
def config(tmp_path: Path) -> ServerConfig:
    path = tmp_path / "serve.toml"
    path.write_text(named("ConfigMap", "ani3d")["data"]["serve.toml"])
    return ServerConfig.load({}, path)


def test_the_server_reads_the_configuration_and_listens_where_the_pods_say(config: ServerConfig) -> None:
    options = config.options
    assert options.gateway is not None
    assert options.metrics is not None
    ports = {"grpc": options.port, "gateway": options.gateway.port, "metrics": options.metrics.port}
    pod = named("Deployment", "ani3d")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == ports
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["grpc"]["port"] == options.port
    assert pod["terminationGracePeriodSeconds"] > options.grace_s
    mounts = {mount["name"]: Path(mount["mountPath"]) for mount in container["volumeMounts"]}
    assert mounts["packages"] == config.directory
    assert options.token_keys is not None
    assert mounts["tokens"] == options.token_keys.parent
    assert {volume["name"] for volume in pod["volumes"]} == set(mounts)


def test_the_bus_is_where_the_servers_look_for_it(config: ServerConfig, tmp_path: Path) -> None:
    assert config.options.bus is not None
    bus = urlsplit(config.options.bus)
    service = named("Service", bus.hostname or "")
    assert {port["port"] for port in service["spec"]["ports"]} == {bus.port}
    container = named("Deployment", "ani3d-nats")["spec"]["template"]["spec"]["containers"][0]
    assert bus.port in {port["containerPort"] for port in container["ports"]}
    if shutil.which("nats-server"):
        path = tmp_path / "nats.conf"
        path.write_text(named("ConfigMap", "ani3d-nats")["data"]["nats.conf"])
        subprocess.run(["nats-server", "-t", "--config", str(path)], check=True, capture_output=True, timeout=30)


def test_services_select_the_pods_of_their_deployments() -> None:
    labels = {d["metadata"]["name"]: d["spec"]["template"]["metadata"]["labels"] for d in of_kind("Deployment")}
    for service in of_kind("Service"):
        assert service["spec"]["selector"].items() <= labels[service["metadata"]["name"]].items()


def test_envoy_knows_the_services_and_their_ports() -> None:
    services = {s["metadata"]["name"]: {p["port"] for p in s["spec"]["ports"]} for s in of_kind("Service")}
    for cluster in ENVOY["clusters"]:
        for group in cluster["load_assignment"]["endpoints"]:
            for endpoint in group["lb_endpoints"]:
                address = endpoint["endpoint"]["address"]["socket_address"]
                assert address["port_value"] in services[address["address"]]


def test_envoy_ends_no_stream_by_the_clock() -> None:
    manager = ENVOY["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert {route["route"]["cluster"] for route in routes} == {cluster["name"] for cluster in ENVOY["clusters"]}
    assert all(route["route"]["timeout"] == "0s" for route in routes)


def test_files_named_in_the_text_are_there() -> None:
    text = (FOLDER.parent / "DEPLOY.md").read_text()
    for name in re.findall(r"docs/[\w./-]+\w", text):
        assert (FOLDER.parents[1] / name).exists()
