"""Many workers and people against one real Redis, without sockets."""
