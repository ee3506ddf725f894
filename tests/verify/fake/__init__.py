"""A service that keeps the contract, and breaks one promise when it is told to."""
