-- Remove what has expired, and return the snapshot as visible_snapshot() in _snapshot.lua; or
-- false if data was lost, until a worker reports.
--
-- KEYS[1], ARGV[1..8] as in _state.lua.

load_meta()
measure()
if damage() then return false end
if meta.epoch and not is_paused() then
  remove_expired(REMOVALS)
  if found_damage then return false end
  measure()
  update_snapshot()
  save_meta()
end
return visible_snapshot()
