-- Return the snapshot as visible_snapshot() in _snapshot.lua, after the removal of what has
-- expired; or false if data was lost, until a worker reports. While the last snapshot holds,
-- this reads only one key: the next report checks the sizes of the others.
--
-- KEYS[1], ARGV[1..10] as in _state.lua.

load_meta()
if snapshot_holds() then return visible_snapshot() end
measure()
if damage() then return false end
if meta.epoch and not is_paused() then
  remove_expired(REMOVALS)
  if found_damage then return false end
  save_networks()
  save_places()
  measure()
  update_snapshot()
  save_meta()
end
return visible_snapshot()
