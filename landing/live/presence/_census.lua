-- Who counts: keys held by workers, and keys that linger after the last worker let go.
-- Knows no leases and no sequence numbers. The two sets of a kind are disjoint (rule 9),
-- so each number is a sum of sizes: O(1) to read. Lists of ids hold at most BATCH.

-- Whether somebody wants to know who began and who ceased to count in this step.
local watching = false
local counted_before = {[VISITOR] = {}, [USER] = {}}

local function size(kind)
  return redis.call('HLEN', HELD[kind]) + redis.call('ZCARD', LINGERING[kind])
end

-- For each id whether it is held or lingering.
local function present(kind, ids)
  local held = redis.call('HMGET', HELD[kind], unpack(ids))
  local lingering = redis.call('ZMSCORE', LINGERING[kind], unpack(ids))
  local here = {}
  for i = 1, #ids do
    here[i] = (held[i] or lingering[i]) and true or false
  end
  return here
end

-- For each id whether this user, or this visitor as an anonymous one, is among the people.
local function counted(person, ids)
  local here = present(person, ids)
  if person == VISITOR then
    local signed_in = present(SIGNED, ids)
    for i = 1, #ids do
      here[i] = here[i] and not signed_in[i]
    end
  end
  return here
end

-- Remember whether the people behind these keys counted, before the first change to them.
local function note(kind, ids)
  local person = kind == USER and USER or VISITOR
  local before, new = counted_before[person], {}
  for _, id in ipairs(ids) do
    if watching and before[id] == nil then
      new[#new + 1] = id
    end
  end
  if #new > 0 then
    for i, was in ipairs(counted(person, new)) do
      before[new[i]] = was
    end
  end
end

-- Add to joined and left, as kind .. id, those of the noted ids that began or ceased to count.
local function compare(person, ids, joined, left)
  for i, is in ipairs(counted(person, ids)) do
    local was = counted_before[person][ids[i]]
    if is ~= was then
      local list = is and joined or left
      list[#list + 1] = person .. ids[i]
    end
  end
end

-- Everybody who began, and who ceased, to count in this step, as lists of kind .. id.
local function events()
  local joined, left = {}, {}
  for _, person in ipairs({VISITOR, USER}) do
    local ids = {}
    for id in pairs(counted_before[person]) do
      ids[#ids + 1] = id
      if #ids == BATCH then
        compare(person, ids, joined, left)
        ids = {}
      end
    end
    if #ids > 0 then
      compare(person, ids, joined, left)
    end
  end
  return joined, left
end

-- One more worker holds these ids.
local function arrive(kind, ids)
  if #ids == 0 then return end
  note(kind, ids)
  local workers, fields = redis.call('HMGET', HELD[kind], unpack(ids)), {}
  for i, id in ipairs(ids) do
    fields[2 * i - 1], fields[2 * i] = id, (workers[i] or 0) + 1
  end
  redis.call('HSET', HELD[kind], unpack(fields))
  redis.call('ZREM', LINGERING[kind], unpack(ids))
end

-- Nobody holds these ids any more; they count until then (0: not at all).
local function linger(kind, ids, until_ms)
  local scored, marks = {}, {}
  if kind == VISITOR then
    -- A signed-in mark may outlast the browser it is on (a long drain, then a short
    -- visit elsewhere); without the browser it would count as minus one.
    marks = redis.call('ZMSCORE', LINGERING[SIGNED], unpack(ids))
  end
  for i, id in ipairs(ids) do
    local last = math.max(until_ms, tonumber(marks[i] or 0))
    if last > 0 then
      scored[#scored + 1], scored[#scored + 2] = last, id
    end
  end
  if #scored > 0 then
    redis.call('ZADD', LINGERING[kind], unpack(scored))
  end
end

-- One worker less holds these ids; after the last one they linger until then.
local function leave(kind, ids, until_ms)
  if #ids == 0 then return end
  note(kind, ids)
  local workers, fields, gone = redis.call('HMGET', HELD[kind], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    local others = (workers[i] or 1) - 1
    if others > 0 then
      fields[#fields + 1], fields[#fields + 2] = id, others
    else
      gone[#gone + 1] = id
    end
  end
  if #fields > 0 then
    redis.call('HSET', HELD[kind], unpack(fields))
  end
  if #gone > 0 then
    redis.call('HDEL', HELD[kind], unpack(gone))
    linger(kind, gone, until_ms)
  end
end

-- Drop what of a kind has lingered long enough, at most `limit` ids; returns how many and
-- whether more waits.
local function expire_kind(kind, limit)
  local ids = redis.call('ZRANGEBYSCORE', LINGERING[kind], '-inf', NOW, 'LIMIT', 0, limit + 1)
  local more = table.remove(ids, limit + 1) ~= nil
  if #ids > 0 then
    note(kind, ids)
    redis.call('ZREM', LINGERING[kind], unpack(ids))
    if kind == VISITOR then
      redis.call('ZREM', LINGERING[SIGNED], unpack(ids))
    end
  end
  return #ids, more
end

-- Drop what has lingered long enough, at most REMOVALS; returns how many and whether more
-- waits. A browser goes together with its signed-in mark, and marks of browsers that stay
-- go last, so that no step between shows anybody twice.
local function expire()
  local dropped = 0
  for _, kind in ipairs({VISITOR, USER, SIGNED}) do
    local count, more = expire_kind(kind, REMOVALS - dropped)
    dropped = dropped + count
    if more then return dropped, true end
  end
  return dropped, false
end

-- When the next lingering key runs out, or nil.
local function next_expiry()
  local first
  for _, kind in ipairs(KINDS) do
    local found = redis.call('ZRANGE', LINGERING[kind], 0, 0, 'WITHSCORES')
    if found[2] and (not first or tonumber(found[2]) < first) then
      first = tonumber(found[2])
    end
  end
  return first
end
