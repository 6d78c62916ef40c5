"""Rows that have no server's id of their own, by the rows that they belong to: parts of SQL, with `:guild_id` and `:user_id`."""

_GENERATIONS = "SELECT g.id FROM usage u JOIN generations g ON g.usage_id = u.id WHERE u.guild_id = :guild_id"
GENERATION = f"({_GENERATIONS})"
OWN_GENERATION = f"({_GENERATIONS} AND u.user_id = :user_id)"
GENERATION_GUILD = "(SELECT u.guild_id FROM generations g JOIN usage u ON u.id = g.usage_id WHERE g.id = generation_id)"
ROUND = "(SELECT id FROM rounds WHERE guild_id = :guild_id)"
JOB = "(SELECT id FROM jobs WHERE guild_id = :guild_id)"
# What the member typed; tables that are compared with it come before those that have it.
TYPED = (
    "(SELECT g.asked FROM usage u JOIN generations g ON g.usage_id = u.id WHERE u.guild_id = :guild_id AND u.user_id = :user_id"
    " UNION SELECT scenario FROM rounds WHERE guild_id = :guild_id AND opened_by = :user_id)"
)
OWN_CONTRIBUTION = "(SELECT id FROM contributions WHERE guild_id = :guild_id AND user_id = :user_id)"
