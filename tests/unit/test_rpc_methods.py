"""The table of methods says what the protos say, and every method in it is served, called and guarded."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from ani3d_runtime.client.protocol.calls import Calls
from ani3d_runtime.errors import ForbiddenError
from ani3d_runtime.rpc.methods import METHODS, SERVICES, Method, Streaming
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import server_pb2
from ani3d_runtime.server import AvatarServer, ServerOptions
from ani3d_runtime.server.trust.scopes import check_scope

ROOT = Path(__file__).parents[2]
BY_NAME = {method.name: method for method in METHODS}


def services() -> list[ServiceDescriptor]:
    """As the generated code has them, which another test compares with proto/."""
    names = sorted(path.stem for path in (ROOT / "ani3d_runtime/rpc/v1").glob("*_pb2.py"))
    modules: list[Any] = [importlib.import_module(f"ani3d_runtime.rpc.v1.{name}") for name in names]
    return [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]


def streaming_of(method: MethodDescriptor) -> Streaming:
    kind = {(False, False): Streaming.NONE, (False, True): Streaming.RESPONSES, (True, True): Streaming.BOTH}
    return kind[method.client_streaming, method.server_streaming]


def test_the_table_has_every_method_of_every_service_as_the_protos_have_it() -> None:
    declared = {
        (
            service.full_name,
            method.name,
            message_factory.GetMessageClass(method.input_type),
            message_factory.GetMessageClass(method.output_type),
            streaming_of(method),
        )
        for service in services()
        for method in service.methods
    }
    assert declared == {(one.service, one.name, one.request, one.response, one.streaming) for one in METHODS}
    assert len(METHODS) == len(declared)
    assert set(SERVICES) == {service.full_name for service in services()}


def test_who_may_call_what() -> None:
    read, publish, admin = {Scope.READ}, {Scope.PUBLISH}, {Scope.ADMIN}
    assert {name: set(method.scopes) for name, method in BY_NAME.items()} == {
        "ListAvatars": read,
        "GetManifest": read,
        "Download": read,
        "Play": read,
        "CreateSession": publish,
        "ListSessions": read,
        "EndSession": publish | admin,
        "Retarget": publish,
        "Subscribe": read,
        "GetServerInfo": set(),
    }


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("scope", Scope)
def test_a_scope_lets_in_what_the_table_says_and_nothing_else(method: Method, scope: Scope) -> None:
    if not method.scopes or scope in method.scopes:
        check_scope(method.path, frozenset({scope}), "ada")
        return
    with pytest.raises(ForbiddenError) as refused:
        check_scope(method.path, frozenset({scope}), "ada")
    assert (refused.value.subject, refused.value.expected) == (method.name, f"the scope {method.scopes[0].value}")


@pytest.mark.parametrize("path", ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "", "Play"])
def test_what_is_no_method_of_ours_is_for_readers(path: str) -> None:
    check_scope(path, frozenset({Scope.READ}), "ada")
    with pytest.raises(ForbiddenError):
        check_scope(path, frozenset({Scope.PUBLISH, Scope.ADMIN}), "ada")


@pytest.mark.parametrize("scope", Scope)
def test_scopes_have_the_numbers_of_the_proto(scope: Scope) -> None:
    assert server_pb2.Scope.Name(scope.number) == f"SCOPE_{scope.name}"
    assert len(Scope) + 1 == len(server_pb2.Scope.keys()), "and one number is for none"


def test_a_server_answers_every_method(tmp_path: Path) -> None:
    handlers = AvatarServer(tmp_path, ServerOptions(port=0)).handlers()
    for method in METHODS:
        details: Any = SimpleNamespace(method=method.path, invocation_metadata=())
        (found,) = [one for one in (handler.service(details) for handler in handlers) if one is not None]
        assert isinstance(found, grpc.RpcMethodHandler)
        assert getattr(found, method.streaming.value) is not None, method.name
        assert found.request_deserializer(b"") == method.request()


def test_a_client_can_call_every_method() -> None:
    called: dict[str, str] = {}

    def kind_of_call(kind: str) -> Any:
        return lambda path, **_: called.update({path: kind})

    Calls(SimpleNamespace(**{kind.value: kind_of_call(kind.value) for kind in Streaming}))
    assert called == {method.path: method.streaming.value for method in METHODS}


def test_routes_of_the_gateway_are_in_its_documentation() -> None:
    text = (ROOT / "docs/gateway.md").read_text()
    for method in METHODS:
        if method.http_path is not None:
            assert re.sub(r"\{.*\}", "", method.http_path) in text


def test_no_other_module_spells_the_name_of_a_method() -> None:
    spelt = re.compile(rf"rpc\.v1\.[A-Z]|/({'|'.join(BY_NAME)})\b|[\"']({'|'.join(BY_NAME)})[\"']")
    sources = [path for path in (ROOT / "ani3d_runtime").rglob("*.py") if "rpc/v1" not in path.as_posix()]
    found = {path.name for path in sources if spelt.search(path.read_text(encoding="utf-8"))}
    assert found == {"methods.py"}
