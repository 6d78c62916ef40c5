"""What the bot stores of members: it says so, hands it out, deletes it when they ask, and deletes what is old or of servers that left."""
