"""What a session says of the machine that it began on."""

import platform
from collections.abc import Mapping
from typing import Literal

Known = Literal["MacOS", "Linux", "Windows", "iOS", "Android", "Unknown"]

_SYSTEMS: dict[str, Known] = {"darwin": "MacOS", "windows": "Windows", "linux": "Linux"}
_PHONES: dict[str, Known] = {"iphone": "iOS", "ipad": "iOS", "android": "Android"}
_KUBERNETES = {
    "kubernetes_pod_name": ("POD_NAME", "HOSTNAME"),
    "kubernetes_pod_namespace": ("POD_NAMESPACE",),
    "kubernetes_node_name": ("NODE_NAME",),
}


class OtherPlatform:
    """A system that Layer has no name for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"Other:{self.name}"


Platform = OtherPlatform | Known


def get_platform() -> Platform:
    """The system that this runs on."""
    system, described = platform.system().lower(), platform.platform().lower()
    for word, phone in _PHONES.items():
        if word in described:
            return phone
    if system in _SYSTEMS:
        return _SYSTEMS[system]
    return OtherPlatform(described) if described else "Unknown"


def platform_session_attributes(
    version: str, *, platform: Platform | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """The attributes that every session gets: source, system, interpreter, and the pod within Kubernetes."""
    return {
        "source": f"layer-python-sdk/{version}",
        "os": str(platform or get_platform()),
        **_interpreter(),
        **_pod(environment),
    }


def _interpreter() -> dict[str, str]:
    return {
        "python.runtime": platform.python_implementation(),
        "python.runtime.version": platform.python_version(),
    }


def _pod(environment: Mapping[str, str]) -> dict[str, str]:
    if not environment.get("KUBERNETES_SERVICE_HOST"):
        return {}
    found = {
        name: next((environment[variable] for variable in variables if environment.get(variable)), "")
        for name, variables in _KUBERNETES.items()
    }
    return {name: value for name, value in found.items() if value}
