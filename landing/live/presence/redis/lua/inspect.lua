-- Return workers, leases, and grace periods without changing anything.
--
-- KEYS[1], ARGV[1..10] as in _state.lua.
--
-- Returns {snapshot as in _snapshot.lua or false, epoch or false, ms until the epoch has
-- settled, {{worker, visitors, signed-in marks, users, connections, ms of lease}, ...},
-- {keys in their grace period of type v, s, u}, keys of dead workers}.

local function share_sizes(name)
  local sizes = {}
  for i, key_type in ipairs(KEY_TYPES) do
    sizes[i] = redis.call('SCARD', share_key(name, key_type))
  end
  return sizes
end

load_meta()
measure()
local damaged = damage()
if damaged then
  return redis.error_reply('ERR ' .. damaged .. '; the next report of a worker repairs the counts')
end
local workers, lingering, reaping = {}, {}, 0
local leases = redis.call('ZRANGE', LEASES, 0, -1, 'WITHSCORES')
for i = 1, #leases, 2 do
  local worker, sizes = leases[i], share_sizes(leases[i])
  local connections = tonumber(redis.call('HGET', CONNECTIONS, worker) or 0)
  workers[#workers + 1] =
    {worker, sizes[1], sizes[2], sizes[3], connections, leases[i + 1] - NOW}
end
for i, key_type in ipairs(KEY_TYPES) do
  lingering[i] = redis.call('ZCARD', LINGERING[key_type])
end
for _, name in ipairs(redis.call('LRANGE', DEAD, 0, -1)) do
  local sizes = share_sizes(name)
  reaping = reaping + sizes[1] + sizes[2] + sizes[3]
end
return {
  visible_snapshot(), meta.epoch or false, math.max(0, meta.settling_until - NOW),
  workers, lingering, reaping,
}
