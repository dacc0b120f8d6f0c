-- Reject a worker's reports from now on, and begin the grace period of its people, a bounded
-- number per step.
--
-- KEYS[1], ARGV[1..8] as in _state.lua, then
-- ARGV[9]  grace period, ms
--
-- Returns true while more people remain.

redis.call('ZADD', TOMBSTONES, NOW + 2 * LEASE, WORKER)
redis.call('ZREM', RESYNCING, WORKER)
load_meta()
if not meta.epoch or not redis.call('ZSCORE', LEASES, WORKER) then return false end

meta.connections = meta.connections - (redis.call('HGET', CONNECTIONS, WORKER) or 0)
redis.call('HSET', CONNECTIONS, WORKER, 0)
release(WORKER, REMOVALS, NOW + ARGV[9])
local more = not is_empty(WORKER)
if not more then
  remove_worker(WORKER)
end
update_snapshot()
save_meta()
return more
