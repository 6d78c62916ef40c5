"""The bot's own parts, as in tests/bot."""

from tests.bot.conftest import no_settings_from_outside, server, settings

__all__ = ["no_settings_from_outside", "server", "settings"]
