"""The commands, without terminal input and output."""
