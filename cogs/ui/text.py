"""Small pieces of text that several commands show."""

LIMIT_TITLE = 256


def title(text: str) -> str:
    """A text as an embed's title, cut to what Discord takes."""
    return text if len(text) <= LIMIT_TITLE else text[: LIMIT_TITLE - 1] + "…"


def bar(share: float, width: int = 20) -> str:
    """A bar that is `share` (0 to 1) full."""
    full = round(min(1.0, max(0.0, share)) * width)
    return "█" * full + "░" * (width - full)


def dollars(microdollars: int) -> str:
    """An amount of money, with as many decimals as it needs to be seen."""
    amount = microdollars / 1_000_000
    return f"${amount:.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"
