"""The commands, a file each: `USAGE`, `add_arguments(parser)` and `run(arguments) -> int`."""
