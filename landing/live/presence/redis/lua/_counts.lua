-- The keys that count: held by a worker, or in their grace period. A key is never both
-- (rule 9), so each count is a sum of two sizes and takes O(1) to read. Lists of ids hold
-- at most BATCH.

-- Return how many keys of a type count, as of the last measure().
local function size(key_type)
  return sizes[HELD[key_type]] + sizes[LINGERING[key_type]]
end

-- End the grace period of ids that a worker holds again. Ids without one are new.
local function end_grace_period(key_type, ids)
  if needs_changed_ids() then
    local new = {}
    for i, score in ipairs(redis.call('ZMSCORE', LINGERING[key_type], unpack(ids))) do
      if not score then
        new[#new + 1] = ids[i]
      end
    end
    record_changes(key_type, new, true)
  end
  if key_type == VISITOR then
    note_arrivals(ids)
  end
  local returned = redis.call('ZREM', LINGERING[key_type], unpack(ids))
  if key_type == VISITOR and returned > 0 then
    note_returns(ids)
  end
end

-- Return those of some ids that are in a share.
local function ids_in_share(name, key_type, ids)
  local found, share = {}, share_key(name, key_type)
  local states = #ids > 0 and redis.call('SMISMEMBER', share, unpack(ids)) or {}
  for i, is_member in ipairs(states) do
    if is_member == 1 then
      found[#found + 1] = ids[i]
    end
  end
  return found
end

-- Let a worker hold ids that nobody holds.
local function add_first_holder(worker, key_type, ids)
  local fields = {}
  for i, id in ipairs(ids) do
    -- Pass a string, because Redis formats numbers slowly.
    fields[2 * i - 1], fields[2 * i] = id, '1'
  end
  redis.call('SADD', share_key(worker, key_type), unpack(ids))
  redis.call('HSET', HELD[key_type], unpack(fields))
  end_grace_period(key_type, ids)
end

-- Let a worker hold ids that somebody holds. Those in its share do not change. `holders` has the
-- number of workers by id, and loses the ids that do not change.
local function add_another_holder(worker, key_type, ids, holders)
  for _, id in ipairs(ids_in_share(worker, key_type, ids)) do
    holders[id] = nil
  end
  local added, fields = {}, {}
  for id, workers in pairs(holders) do
    added[#added + 1] = id
    fields[#fields + 1], fields[#fields + 2] = id, workers + 1
  end
  if #added > 0 then
    redis.call('SADD', share_key(worker, key_type), unpack(added))
    redis.call('HSET', HELD[key_type], unpack(fields))
  end
end

-- Let a worker hold ids. An id without a holder is in no share.
local function add_holder(worker, key_type, ids)
  is_resized = true
  local workers = redis.call('HMGET', HELD[key_type], unpack(ids))
  local unheld, held, holders = {}, {}, {}
  for i, id in ipairs(ids) do
    if workers[i] then
      held[#held + 1], holders[id] = id, workers[i]
    else
      unheld[#unheld + 1] = id
    end
  end
  if #unheld > 0 then
    add_first_holder(worker, key_type, unheld)
  end
  if #held > 0 then
    add_another_holder(worker, key_type, held, holders)
  end
end

-- Return until when the signed-in marks of these visitors count, or an empty list if none of them
-- counts longer than `until_ms`.
local function ends_of_marks(visitors, until_ms)
  local last = redis.call('ZRANGE', LINGERING[SIGNED], -1, -1, 'WITHSCORES')[2]
  if not last or tonumber(last) <= until_ms then return {} end
  return redis.call('ZMSCORE', LINGERING[SIGNED], unpack(visitors))
end

-- Let ids without a holder count until a time; 0 means that they cease to count now.
local function begin_grace_period(key_type, ids, until_ms)
  local scored, gone, until_text = {}, {}, string.format('%.0f', until_ms)
  -- A signed-in mark can have a longer grace period than its visitor: after a drain, and
  -- a short visit to another worker. Without the visitor, it would count as minus one.
  local marks = key_type == VISITOR and ends_of_marks(ids, until_ms) or {}
  for i, id in ipairs(ids) do
    local mark = marks[i] and tonumber(marks[i]) or 0
    if math.max(until_ms, mark) > 0 then
      scored[#scored + 1], scored[#scored + 2] = mark > until_ms and mark or until_text, id
    else
      gone[#gone + 1] = id
    end
  end
  record_changes(key_type, gone, false)
  if #scored > 0 then
    redis.call('ZADD', LINGERING[key_type], unpack(scored))
  end
  if key_type == VISITOR and #scored > 0 then
    note_departures(scored)
  end
  if key_type == VISITOR and #gone > 0 then
    forget_arrivals(gone)
  end
end

-- End the grace periods of these ids by a time. A mark does not outlive its visitor.
local function shorten_grace_periods(key_type, ids, until_ms)
  local arguments, until_text = {}, string.format('%.0f', until_ms)
  for i, id in ipairs(ids) do
    arguments[2 * i - 1], arguments[2 * i] = until_text, id
  end
  redis.call('ZADD', LINGERING[key_type], 'XX', 'LT', unpack(arguments))
  if key_type == VISITOR then
    redis.call('ZADD', LINGERING[SIGNED], 'XX', 'LT', unpack(arguments))
    note_earlier_departures(arguments)
  end
end

-- Count one worker less that holds each id. After the last, its grace period begins.
local function remove_holder(key_type, ids, until_ms)
  if #ids == 0 then return end
  is_resized = true
  local workers, fields, unheld = redis.call('HMGET', HELD[key_type], unpack(ids)), {}, {}
  for i, id in ipairs(ids) do
    if (workers[i] or '1') == '1' then
      unheld[#unheld + 1] = id
    else
      fields[#fields + 1], fields[#fields + 2] = id, workers[i] - 1
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
  record_changes(key_type, ids, false)
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

-- Return how many ids have reached the end of their grace period.
local function count_expired()
  local total = 0
  for _, key_type in ipairs(KEY_TYPES) do
    if may_have_members(LINGERING[key_type]) then
      total = total + redis.call('ZCOUNT', LINGERING[key_type], '-inf', NOW)
    end
  end
  return total
end

-- Remove all ids whose grace period has ended. This leaves no mark without its visitor, because no
-- mark ends after its visitor (rule 9): begin_grace_period() extends the grace period of the
-- visitor, and a report has a visitor and its mark together (ReportBuilder).
local function expire_all()
  is_resized = true
  for _, key_type in ipairs(KEY_TYPES) do
    if needs_changed_ids() then
      local ids = redis.call('ZRANGEBYSCORE', LINGERING[key_type], '-inf', NOW)
      record_changes(key_type, ids, false)
    end
    redis.call('ZREMRANGEBYSCORE', LINGERING[key_type], '-inf', NOW)
  end
end

-- Remove at most `limit` ids whose grace period has ended. Return their number, and whether
-- more remain. A visitor goes together with its signed-in mark, and other marks go last, so
-- that no step counts a person twice.
local function expire(limit)
  local total, removed = count_expired(), 0
  if total == 0 then return 0, false end
  end_stays()
  if total <= limit then
    expire_all()
    return total, false
  end
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
