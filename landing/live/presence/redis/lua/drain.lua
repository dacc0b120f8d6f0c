-- Reject a worker's reports from now on, and begin the grace period of its people, a bounded
-- number per step.
--
-- KEYS[1], ARGV[1..10] as in _state.lua, then
-- ARGV[11]  grace period, ms
--
-- Returns true while more people remain.

load_meta()
measure()
local damaged = damage() or share_damage(WORKER)
is_resized = true
redis.pcall('ZADD', TOMBSTONES, NOW + 2 * LEASE, WORKER)
-- The next report of another worker begins a new epoch, without this one's people.
if not meta.epoch or damaged then return false end

local is_known, more = redis.call('ZSCORE', LEASES, WORKER), false
redis.call('ZREM', RESYNCING, WORKER)
if is_known then
  meta.connections = meta.connections - (redis.call('HGET', CONNECTIONS, WORKER) or 0)
  redis.call('HSET', CONNECTIONS, WORKER, 0)
  release(WORKER, REMOVALS, NOW + ARGV[11])
  more = not is_empty(WORKER)
  if not more then
    remove_worker(WORKER)
  end
end
save_networks()
save_places()
measure()
if is_known then
  update_snapshot()
end
save_meta()
return more
