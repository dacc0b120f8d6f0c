-- Return the people by place, after the removal of what has expired; or false if data was lost,
-- while the epoch settles, and during a resync.
--
-- KEYS[1], ARGV[1..10] as in _state.lua, then
-- ARGV[11]  number of places to return
-- ARGV[12]  steps wanted, 1 or 0
-- ARGV[13..]  places whose people to return
--
-- Returns {snapshot as in _snapshot.lua, people elsewhere, {place, minus its people, ...},
-- {minus the people of each place that was asked for, or nil for none}, steps as in _steps.lua or
-- false}.

load_meta()
measure()
if damage() or not meta.epoch then return false end
if not is_paused() and (are_places_stale or not snapshot_holds()) then
  remove_expired(REMOVALS)
  if found_damage then return false end
  save_networks()
  save_places()
  measure()
  update_snapshot()
  save_meta()
end
local shown = visible_snapshot()
if not shown or meta.is_behind == 1 then return false end
local people = meta.shown_signed_in + meta.shown_anonymous
-- Only a paused deployment still has them.
if are_places_stale and is_paused() then return {shown, people, {}, {}, false} end
local limit, wanted = tonumber(ARGV[11]), {}
local top = limit > 0 and redis.call('ZRANGE', PLACES, 0, limit - 1, 'WITHSCORES') or {}
if #ARGV > 12 then wanted = redis.call('ZMSCORE', PLACES, unpack(ARGV, 13)) end
local recorded = false
if ARGV[12] == '1' and MAX_PLACES > 0 then
  if steps.watch() then save_meta() end
  recorded = steps.read()
end
return {shown, people - (meta.placed or 0), top, wanted, recorded}
