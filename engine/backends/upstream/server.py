"""Where another server is that answers for a base."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class UpstreamServer:
    """Its address, http(s) and usually ending in /v1, and the key that it asks for."""

    url: str
    key: str | None = field(default=None, repr=False)
