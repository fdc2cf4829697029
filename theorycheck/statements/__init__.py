"""One page per statement of the paper: where the numeric rooms and the symbolic one meet."""
