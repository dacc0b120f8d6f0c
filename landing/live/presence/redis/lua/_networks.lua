-- People per network. Of one network, at most MAX_PEOPLE anonymous people count; all are present.
-- A visitor belongs to the first network that a worker reports for it, until it is gone.
--
-- _events.lua notes every key that becomes present or absent in `moved`. At the end of a step,
-- save_networks() adjusts the sizes of the networks: a visitor adds one, and its
-- signed-in mark takes it away again.

-- Networks with at least this share of MAX_PEOPLE, and two people, are near it; as in networks.py.
local NEAR = 0.8
-- meta.max_people while the sizes have changed since update_crowd().
local UNKNOWN = -1

-- By key type and id, how often a key became present in this step, minus how often absent.
local moved = {[VISITOR] = {}, [SIGNED] = {}, [USER] = {}}
-- By id, the network of visitors that this step reports.
local reported_networks = {}

-- Return whether a visitor has a network. Only save_networks() and a new epoch change NETWORK_OF,
-- so the last measure() is right until then.
local function has_networks()
  return sizes[NETWORK_OF] ~= 0 or next(reported_networks) ~= nil
end

local function forget_networks()
  is_resized, meta.max_people = true, UNKNOWN
  redis.call('UNLINK', NETWORKS, NETWORK_OF)
end

-- Visitors that were present before anybody reported their network, as keys of a table.
local late = {}

-- Return the ids of a type that this step made present (1) or absent (-1).
local function moved_ids(key_type, by)
  local ids = {}
  for id, total in pairs(moved[key_type]) do
    if total == by and not late[id] then
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- Call a function with at most BATCH entries of a list at a time.
local function in_batches(list, call)
  for first = 1, #list, BATCH do
    call(first, math.min(first + BATCH - 1, #list))
  end
end

-- Call a function with each id and its network, which is false if it has none.
local function each_network(ids, call)
  in_batches(ids, function(first, last)
    for i, network in ipairs(redis.call('HMGET', NETWORK_OF, unpack(ids, first, last))) do
      call(ids[first + i - 1], network)
    end
  end)
end

-- Add `by` to the size of each id's network. Return the ids that have one.
local function add_sizes(changes, ids, by)
  local found = {}
  each_network(ids, function(id, network)
    if network then
      changes[network] = (changes[network] or 0) + by
      found[#found + 1] = id
    end
  end)
  return found
end

-- Store the reported networks of visitors that had none. Return the ids of these visitors.
local function store_networks(visitors)
  local fields, stored = {}, {}
  for _, id in ipairs(visitors) do
    if reported_networks[id] then
      fields[#fields + 1], fields[#fields + 2] = id, reported_networks[id]
      stored[#stored + 1] = id
    end
  end
  in_batches(fields, function(first, last)
    redis.call('HSET', NETWORK_OF, unpack(fields, first, last))
  end)
  return stored
end

-- Return those of some ids whose key of this type is present, or with false, absent.
local function ids_by_presence(key_type, ids, is_present)
  local found = {}
  in_batches(ids, function(first, last)
    local held = redis.call('HMGET', HELD[key_type], unpack(ids, first, last))
    local lingering = redis.call('ZMSCORE', LINGERING[key_type], unpack(ids, first, last))
    for i = 1, last - first + 1 do
      -- A missing member is false, never nil.
      if not (held[i] or lingering[i]) ~= is_present then
        found[#found + 1] = ids[first + i - 1]
      end
    end
  end)
  return found
end

-- Find the late visitors, and return them as a list.
local function find_late()
  local unmoved, unknown = {}, {}
  for id in pairs(reported_networks) do
    if (moved[VISITOR][id] or 0) == 0 then
      unmoved[#unmoved + 1] = id
    end
  end
  each_network(unmoved, function(id, network)
    if not network then
      unknown[#unknown + 1] = id
    end
  end)
  local ids = ids_by_presence(VISITOR, unknown, true)
  for _, id in ipairs(ids) do
    late[id] = true
  end
  return ids
end

local function save_sizes(changes)
  local networks = {}
  for network, by in pairs(changes) do
    if by ~= 0 then
      networks[#networks + 1] = network
    end
  end
  in_batches(networks, function(first, last)
    local added, removed = {}, {}
    local found = redis.call('ZMSCORE', NETWORKS, unpack(networks, first, last))
    for i, size in ipairs(found) do
      local network = networks[first + i - 1]
      local people = tonumber(size or 0) + changes[network]
      if people > 0 then
        added[#added + 1], added[#added + 2] = people, network
      else
        removed[#removed + 1] = network
      end
    end
    if #added > 0 then redis.call('ZADD', NETWORKS, unpack(added)) end
    if #removed > 0 then redis.call('ZREM', NETWORKS, unpack(removed)) end
  end)
end

-- Adjust the networks to the changes of this step. Call it before the last measure().
local function save_networks()
  if are_networks_stale then forget_networks() end
  if not has_networks() then return end
  local changes, belated = {}, find_late()
  local arrived, departed = moved_ids(VISITOR, 1), moved_ids(VISITOR, -1)
  store_networks(belated)
  add_sizes(changes, store_networks(arrived), 1)
  -- Signed-in visitors take no place in a network.
  add_sizes(changes, ids_by_presence(SIGNED, belated, false), 1)
  local stored = add_sizes(changes, departed, -1)
  add_sizes(changes, moved_ids(SIGNED, 1), -1)
  add_sizes(changes, moved_ids(SIGNED, -1), 1)
  in_batches(stored, function(first, last)
    redis.call('HDEL', NETWORK_OF, unpack(stored, first, last))
  end)
  if next(changes) or #belated > 0 then
    is_resized, meta.max_people = true, UNKNOWN
    save_sizes(changes)
  end
end

-- Update how many people of large networks do not count, and how many that count come from
-- networks near MAX_PEOPLE.
local function update_crowd()
  if meta.max_people == MAX_PEOPLE then return end
  meta.max_people, meta.uncounted, meta.suspects = MAX_PEOPLE, 0, 0
  if MAX_PEOPLE == 0 or not may_have_members(NETWORKS) then return end
  local near = math.max(2, math.ceil(NEAR * MAX_PEOPLE))
  local found = redis.call('ZRANGEBYSCORE', NETWORKS, near, '+inf', 'WITHSCORES')
  for i = 2, #found, 2 do
    meta.uncounted = meta.uncounted + math.max(0, found[i] - MAX_PEOPLE)
    meta.suspects = meta.suspects + math.min(found[i], MAX_PEOPLE)
  end
end
