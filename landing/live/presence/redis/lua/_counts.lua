-- The keys that count: held by a worker, or in their grace period. A key is never both
-- (rule 9), so each count is a sum of two sizes and takes O(1) to read. Lists of ids hold
-- at most BATCH.

-- Return how many keys of a type count, as of the last measure().
local function size(key_type)
  return sizes[HELD[key_type]] + sizes[LINGERING[key_type]]
end

-- End the grace period of ids that a worker holds again. Ids without one are new.
local function end_grace_period(key_type, ids)
  local returned = {}
  for i, score in ipairs(redis.call('ZMSCORE', LINGERING[key_type], unpack(ids))) do
    record_change(key_type, ids[i], score and true or false, true)
    if score then
      returned[#returned + 1] = ids[i]
    end
  end
  if #returned > 0 then
    redis.call('ZREM', LINGERING[key_type], unpack(returned))
  end
end

-- Count one more worker that holds each id.
local function add_holder(key_type, ids)
  if #ids == 0 then return end
  is_resized = true
  local workers, fields, unheld = redis.call('HMGET', HELD[key_type], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    fields[2 * i - 1], fields[2 * i] = id, (workers[i] or 0) + 1
    if workers[i] then
      record_change(key_type, id, true, true)
    else
      unheld[#unheld + 1] = id
    end
  end
  redis.call('HSET', HELD[key_type], unpack(fields))
  if #unheld > 0 then
    end_grace_period(key_type, unheld)
  end
end

-- Let ids without a holder count until a time; 0 means that they cease to count now.
local function begin_grace_period(key_type, ids, until_ms)
  local scored, marks = {}, {}
  if key_type == VISITOR then
    -- A signed-in mark can have a longer grace period than its visitor: after a drain, and
    -- a short visit to another worker. Without the visitor, it would count as minus one.
    marks = redis.call('ZMSCORE', LINGERING[SIGNED], unpack(ids))
  end
  for i, id in ipairs(ids) do
    local last = math.max(until_ms, tonumber(marks[i] or 0))
    if last > 0 then
      scored[#scored + 1], scored[#scored + 2] = last, id
    end
    record_change(key_type, id, true, last > 0)
  end
  if #scored > 0 then
    redis.call('ZADD', LINGERING[key_type], unpack(scored))
  end
end

-- Count one worker less that holds each id. After the last, its grace period begins.
local function remove_holder(key_type, ids, until_ms)
  if #ids == 0 then return end
  is_resized = true
  local workers, fields, unheld = redis.call('HMGET', HELD[key_type], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    local others = (workers[i] or 1) - 1
    if others > 0 then
      fields[#fields + 1], fields[#fields + 2] = id, others
      record_change(key_type, id, true, true)
    else
      unheld[#unheld + 1] = id
    end
  end
  if #fields > 0 then
    redis.call('HSET', HELD[key_type], unpack(fields))
  end
  if #unheld > 0 then
    redis.call('HDEL', HELD[key_type], unpack(unheld))
    begin_grace_period(key_type, unheld, until_ms)
  end
end

-- Remove ids that are in their grace period.
local function remove_lingering(key_type, ids)
  is_resized = true
  redis.call('ZREM', LINGERING[key_type], unpack(ids))
  for _, id in ipairs(ids) do
    record_change(key_type, id, true, false)
  end
end

-- Remove the signed-in marks in their grace period that belong to these visitors.
local function remove_lingering_marks(visitors)
  local marks = {}
  for i, mark in ipairs(redis.call('ZMSCORE', LINGERING[SIGNED], unpack(visitors))) do
    if mark then
      marks[#marks + 1] = visitors[i]
    end
  end
  if #marks > 0 then
    remove_lingering(SIGNED, marks)
  end
end

-- Remove at most `limit` ids of one type whose grace period has ended. Return their number,
-- and whether more remain.
local function expire_type(key_type, limit)
  if not may_have_members(LINGERING[key_type]) then return 0, false end
  local ids = redis.call('ZRANGEBYSCORE', LINGERING[key_type], '-inf', NOW, 'LIMIT', 0, limit + 1)
  local more = table.remove(ids, limit + 1) ~= nil
  if #ids > 0 then
    remove_lingering(key_type, ids)
    if key_type == VISITOR then
      remove_lingering_marks(ids)
    end
  end
  return #ids, more
end

-- Remove at most `limit` ids whose grace period has ended. Return their number, and whether
-- more remain. A visitor goes together with its signed-in mark, and other marks go last, so
-- that no step counts a person twice.
local function expire(limit)
  local removed = 0
  for _, key_type in ipairs({VISITOR, USER, SIGNED}) do
    local count, more = expire_type(key_type, limit - removed)
    removed = removed + count
    if more then return removed, true end
  end
  return removed, false
end

-- Return the end of the next grace period, or nil.
local function next_expiry()
  local first
  for _, key_type in ipairs(KEY_TYPES) do
    if may_have_members(LINGERING[key_type]) then
      local found = redis.call('ZRANGE', LINGERING[key_type], 0, 0, 'WITHSCORES')
      first = math.min(first or math.huge, found[2] or math.huge)
    end
  end
  return first ~= math.huge and first or nil
end
