-- Begin a new, settling epoch without people. Versions continue to rise.
--
-- KEYS[1], ARGV[1..10] as in _state.lua.

load_meta()
measure()
begin_epoch(meta.version, NOW + HEARTBEAT)
save_meta()
