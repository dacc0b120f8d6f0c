-- The numbers, after taking away what ran out.
--
-- KEYS[1], ARGV[1..8] as in _state.lua. Returns what visible() in _snapshot.lua returns.

load_meta()
if meta.epoch and not is_paused() then
  take_away(REMOVALS)
  renew_snapshot()
  save_meta()
end
return visible()
