"""The attacks. Each is a function of an :class:`Attacker`, which lasts until its deadline."""
