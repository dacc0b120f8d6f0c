-- Remove what has expired, and return the snapshot as visible_snapshot() in _snapshot.lua.
--
-- KEYS[1], ARGV[1..8] as in _state.lua.

load_meta()
if meta.epoch and not is_paused() then
  remove_expired(REMOVALS)
  update_snapshot()
  save_meta()
end
return visible_snapshot()
