-- Begin a new, settling epoch with nobody in it; versions go on rising.
--
-- KEYS[1], ARGV[1..8] as in _state.lua.

load_meta()
begin_epoch(meta.version, NOW + HEARTBEAT)
save_meta()
