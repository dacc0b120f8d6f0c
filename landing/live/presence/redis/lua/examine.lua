-- Return all data of presence except the ids, for an examination. Changes nothing, and works
-- with damaged data. Costs O(workers), and O(places) for at most SUMMED places.
--
-- KEYS[1], ARGV[1..10] as in _state.lua.
--
-- Returns {now, {field of meta, value, ...}, {key, entries or -1 for a wrong type, ...},
-- damage as in _sizes.lua or false, whether a worker of an earlier release changed the data,
-- {worker, end of its lease, ...}, {worker, until when the snapshot waits for it, ...},
-- {name of the shares of a dead worker, ...},
-- {{name, seq or false, connections or false, visitors, signed-in marks, users,
--   damage or false}, ...},
-- {keys of type v, s, u whose grace period ended a heartbeat before the last sync},
-- {signed-in people, anonymous people, suspects} as the next step would count them; empty if a
--   key has a wrong type or the limit per network is a different one},
-- people at all places, or false if there are too many places or a key has a wrong type}.

-- About 1 ms of Redis.
local SUMMED = 5000

local function list(command, ...)
  local found = redis.pcall(command, ...)
  return found.err and {} or found
end

local function field(key, name)
  local found = redis.pcall('HGET', key, name)
  return type(found) == 'string' and found
end

-- Return the names of all workers that any key knows.
local function names()
  local found = share_names()
  for _, key in ipairs({SEQ, CONNECTIONS}) do
    for _, name in ipairs(list('HKEYS', key)) do
      found[name] = true
    end
  end
  return found
end

load_meta()
measure()
local fields, measured_sizes, workers, overdue = {}, {}, {}, {}
for _, name in ipairs(FIELDS) do
  if saved[name] ~= nil then
    fields[#fields + 1], fields[#fields + 2] = name, saved[name]
  end
end
for _, key in ipairs(SIZED) do
  measured_sizes[#measured_sizes + 1] = key
  measured_sizes[#measured_sizes + 1] = sizes[key]
end
local damaged = damage()
for name in pairs(names()) do
  local visitors, signed, users = share_sizes(name):match('(%S+) (%S+) (%S+)')
  workers[#workers + 1] = {
    name, field(SEQ, name), field(CONNECTIONS, name),
    tonumber(visitors), tonumber(signed), tonumber(users), share_damage(name) or false,
  }
end
for i, key_type in ipairs(KEY_TYPES) do
  local count = redis.pcall('ZCOUNT', LINGERING[key_type], '-inf', meta.last_sync_at - HEARTBEAT)
  overdue[i] = type(count) == 'number' and count or 0
end
local counts = {}
if not key_of_wrong_type and saved.max_people == MAX_PEOPLE then
  meta.max_people = nil
  update_crowd()
  counts = {size(USER), size(VISITOR) - size(SIGNED) - meta.uncounted, meta.suspects}
end
local placed = false
if not key_of_wrong_type and sizes[PLACES] <= SUMMED then
  local found = redis.call('ZRANGE', PLACES, 0, -1, 'WITHSCORES')
  placed = 0
  for i = 2, #found, 2 do placed = placed - found[i] end
end
return {
  NOW, fields, measured_sizes, damaged or false, are_places_stale and 1 or 0,
  list('ZRANGE', LEASES, 0, -1, 'WITHSCORES'), list('ZRANGE', RESYNCING, 0, -1, 'WITHSCORES'),
  list('LRANGE', DEAD, 0, -1), workers, overdue, counts, placed,
}
