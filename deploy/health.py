"""The container's health check: exits with 0 if one of the addresses given answers with 200, else with 1 and the reasons.

A script of its own on the standard library: it runs every 30 seconds and should not import what the bot imports.
"""

import sys
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

TIMEOUT_SECONDS = 3


def problem(address: str) -> str | None:
    """What is wrong at an address; None if it is well."""
    direct = build_opener(ProxyHandler({}))  # a proxy for Discord is none for loopback
    try:
        with direct.open(address, timeout=TIMEOUT_SECONDS):
            return None
    except URLError as error:  # HTTPError, which any other status is, is one
        return f"{address}: {error}"
    except (OSError, HTTPException) as error:
        return f"{address}: {error or type(error).__name__}"


def main(addresses: list[str]) -> int:
    problems = [problem(address) for address in addresses]
    if None in problems:
        return 0
    print("\n".join(str(found) for found in problems))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
