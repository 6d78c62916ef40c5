"""Every sentence that the bot sends, one module for each room, so that a translation has one place to go.

A sentence is a template with named values: `NO_DATASET = "There is no dataset “{name}”."`. `bot.texts.template` fills it in, for
Discord or for a terminal.
"""
