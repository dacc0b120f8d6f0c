-- Shares, leases and lingering people, without changing anything.
--
-- KEYS[1], ARGV[1..8] as in _state.lua.
--
-- Returns {snapshot as in _snapshot.lua or false, epoch or false, settling for ms,
-- {{worker, visitors, signed, users, connections, lease in ms}, ...},
-- {lingering v, s, u}, keys of dead workers}.

local function sizes(name)
  local found = {}
  for i, kind in ipairs(KINDS) do
    found[i] = redis.call('SCARD', share_key(name, kind))
  end
  return found
end

load_meta()
local workers, lingering, reaping = {}, {}, 0
local leases = redis.call('ZRANGE', LEASES, 0, -1, 'WITHSCORES')
for i = 1, #leases, 2 do
  local worker, kinds = leases[i], sizes(leases[i])
  local connections = tonumber(redis.call('HGET', CONNECTIONS, worker) or 0)
  workers[#workers + 1] =
    {worker, kinds[1], kinds[2], kinds[3], connections, leases[i + 1] - NOW}
end
for i, kind in ipairs(KINDS) do
  lingering[i] = redis.call('ZCARD', LINGERING[kind])
end
for _, name in ipairs(redis.call('LRANGE', DEAD, 0, -1)) do
  local kinds = sizes(name)
  reaping = reaping + kinds[1] + kinds[2] + kinds[3]
end
return {
  visible(), meta.epoch or false, math.max(0, meta.settling_until - NOW),
  workers, lingering, reaping,
}
