"""What the database holds of members: whose id or text each column is, why it is stored, how long, and what `/forget-me` does with it.

`/privacy`, `/export-me`, `/forget-me`, retention and the deletion of servers that removed the bot all use this list. A test compares it
with the schema, so a new table or column needs its place here.
"""

from bot.store.personal.answers import ANSWERS
from bot.store.personal.server import SERVER
from bot.store.personal.training import TRAINING

# Rows are deleted in this order: what refers to another table comes before it.
TABLES = (*ANSWERS, *TRAINING, *SERVER)
