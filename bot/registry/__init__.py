"""Which models a server has, which it uses, and until when."""
