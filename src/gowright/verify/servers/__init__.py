"""Real servers for one run: own ports, own directories, gone at its end."""
