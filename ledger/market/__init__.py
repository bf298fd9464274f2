"""Who trades what, under which promise: parties, SKUs, exceptions and policies, each a stream of its own."""
