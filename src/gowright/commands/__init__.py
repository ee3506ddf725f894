"""What the commands do, apart from the terminal."""
