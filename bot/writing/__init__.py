"""How models are asked for jokes and slogans."""
