-- Who counts: keys held by workers, and keys that linger after the last worker let go.
-- Knows no leases and no sequence numbers. The two sets of a kind are disjoint (rule 9),
-- so each number is a sum of sizes: O(1) to read. Lists of ids hold at most BATCH.

local function size(kind)
  return redis.call('HLEN', HELD[kind]) + redis.call('ZCARD', LINGERING[kind])
end

-- These ids are held again: those that linger do so no longer, the others are new here.
local function end_linger(kind, ids)
  local lingered = {}
  for i, score in ipairs(redis.call('ZMSCORE', LINGERING[kind], unpack(ids))) do
    turn(kind, ids[i], score and true or false, true)
    if score then
      lingered[#lingered + 1] = ids[i]
    end
  end
  if #lingered > 0 then
    redis.call('ZREM', LINGERING[kind], unpack(lingered))
  end
end

-- One more worker holds these ids, which linger no longer.
local function arrive(kind, ids)
  if #ids == 0 then return end
  local workers, fields, unheld = redis.call('HMGET', HELD[kind], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    fields[2 * i - 1], fields[2 * i] = id, (workers[i] or 0) + 1
    if workers[i] then
      turn(kind, id, true, true)
    else
      unheld[#unheld + 1] = id
    end
  end
  redis.call('HSET', HELD[kind], unpack(fields))
  if #unheld > 0 then
    end_linger(kind, unheld)
  end
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
    turn(kind, id, true, last > 0)
  end
  if #scored > 0 then
    redis.call('ZADD', LINGERING[kind], unpack(scored))
  end
end

-- One worker less holds these ids; after the last one they linger until then.
local function leave(kind, ids, until_ms)
  if #ids == 0 then return end
  local workers, fields, gone = redis.call('HMGET', HELD[kind], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    local others = (workers[i] or 1) - 1
    if others > 0 then
      fields[#fields + 1], fields[#fields + 2] = id, others
      turn(kind, id, true, true)
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

-- Let these ids, which linger, go.
local function drop(kind, ids)
  redis.call('ZREM', LINGERING[kind], unpack(ids))
  for _, id in ipairs(ids) do
    turn(kind, id, true, false)
  end
end

-- The signed-in marks that linger with these browsers go with them.
local function drop_marks(visitors)
  local marks = {}
  for i, mark in ipairs(redis.call('ZMSCORE', LINGERING[SIGNED], unpack(visitors))) do
    if mark then
      marks[#marks + 1] = visitors[i]
    end
  end
  if #marks > 0 then
    drop(SIGNED, marks)
  end
end

-- Drop what of a kind has lingered long enough, at most `limit` ids; returns how many and
-- whether more waits.
local function expire_kind(kind, limit)
  local ids = redis.call('ZRANGEBYSCORE', LINGERING[kind], '-inf', NOW, 'LIMIT', 0, limit + 1)
  local more = table.remove(ids, limit + 1) ~= nil
  if #ids > 0 then
    drop(kind, ids)
    if kind == VISITOR then
      drop_marks(ids)
    end
  end
  return #ids, more
end

-- Drop what has lingered long enough, at most `limit` ids; returns how many and whether more
-- waits. A browser goes together with its signed-in mark, and marks of browsers that stay
-- go last, so that no step between shows anybody twice.
local function expire(limit)
  local dropped = 0
  for _, kind in ipairs({VISITOR, USER, SIGNED}) do
    local count, more = expire_kind(kind, limit - dropped)
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
