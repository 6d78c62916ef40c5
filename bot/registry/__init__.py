"""Which models a server has, which tells its jokes, and until when."""
