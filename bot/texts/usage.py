"""What `/usage` says."""

from bot.texts.template import Plural, Text

# The keys are the values of `PeriodName` in bot/metering/periods.py.
PERIODS = {
    "today": Text("today"),
    "7 days": Text("the last 7 days"),
    "30 days": Text("the last 30 days"),
    "this month": Text("this month"),
    "last month": Text("last month"),
    "all": Text("all time"),
}
MINE, SERVERS, MODELS = Text("Your usage: {period}"), Text("This server's usage: {period}"), Text("Models: {period}")
NOTHING_OF_YOU, NOTHING_HERE = (
    Text("You asked no model in this time."),
    Text("Nobody asked a model in this time."),
)
DAYS_ARE_UTC = Text("Days begin at midnight UTC.")

REQUESTS_FIELD, TOKENS_FIELD, COST_FIELD = Text("Requests"), Text("Tokens"), Text("Cost")
BY_COMMAND, BY_MEMBER, BY_MODEL = Text("By command"), Text("By member"), Text("By model")
REQUESTS = Plural("1 request", "{count:,} requests")
OUTCOMES = Text("{requests}: {answered:,} answered, {failed:,} failed, {unknown:,} unknown")
TOKENS = Text("{read:,} in, {cached:,} of them cached; {written:,} out")
TOKENS_UNCACHED = Text("{read:,} in, {written:,} out")
UP_TO = Text("up to {amount}")
BOUNDS = Plural(
    "Nobody knows whether the model server did the work of 1 request. It counts with the most that it can use: hence “up to”.",
    "Nobody knows whether the model server did the work of {count:,} requests. They count with the most that they can use: hence “up to”.",
)

NO_BILL = Text("No bill: all of it ran on the operator's own model server.")
PARTLY_NO_BILL = Text("{requests} ran on the operator's own model server, without a bill.")
NO_PRICE = Text("Unknown: the bot has no price of any of these requests.")
PARTLY_NO_PRICE = Text("{amount} for {priced}. The price of {unpriced} is not known.")

GROUP = Text("{name}: {requests}, {tokens} tokens, {cost}")
SHORT_NO_BILL, SHORT_NO_PRICE, SHORT_PARTLY = (
    Text("no bill"),
    Text("unknown price"),
    Text("{amount} and {unpriced} of unknown price"),
)
OTHERS = Plural("1 other", "{count:,} others")
NOBODY = Text("the bot, and members who asked to be forgotten")

# The chart, by whether it draws money, and by whether by month.
DRAWN = {
    (False, False): Text("Requests a day, {first} to {last}. Most on {day}: {most}."),
    (False, True): Text("Requests a month, {first} to {last}. Most in {day}: {most}."),
    (True, False): Text("Cost a day, {first} to {last}. Most on {day}: {most}."),
    (True, True): Text("Cost a month, {first} to {last}. Most in {day}: {most}."),
}
AXES = {
    (False, False): Text("requests a day"),
    (False, True): Text("requests a month"),
    (True, False): Text("dollars a day"),
    (True, True): Text("dollars a month"),
}

# `/usage export`
EXPORTED = Plural("1 row of {period}.", "{count:,} rows of {period}, newest first.")
EXPORTED_PART = Text(
    "The newest {rows:,} rows of {period}. Older ones that did not fit into the file: {left_out:,}. A shorter period has fewer; the "
    "bot's operator has all."
)
EXPORT_HINT = Text(
    "Costs are in dollars; an empty one is not known. Rows with the outcome `unknown` hold the most that they can use."
)
EXPORT_ALT = Text("Usage as a table")
