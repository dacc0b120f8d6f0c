-- Workers: the keys that each of them holds (its share), their leases, and the removal of
-- dead workers (rule 6).

local function remove_worker(worker)
  is_resized = true
  meta.connections = meta.connections - (redis.call('HGET', CONNECTIONS, worker) or 0)
  redis.call('HDEL', CONNECTIONS, worker)
  redis.call('HDEL', SEQ, worker)
  redis.call('HDEL', SHARES, worker)
  redis.call('ZREM', LEASES, worker)
  redis.call('ZREM', RESYNCING, worker)
end

-- Declare a worker dead. Its connections go at once, its keys in later, bounded steps. People
-- that are missing in its shares would never be removed.
local function bury(worker)
  found_damage = found_damage or share_damage(worker)
  if found_damage then return end
  -- The seq rises, so a worker that dies twice leaves two different names.
  local name = worker .. ':' .. (redis.call('HGET', SEQ, worker) or 0)
  for _, key_type in ipairs(KEY_TYPES) do
    if redis.call('EXISTS', share_key(worker, key_type)) == 1 then
      redis.call('RENAME', share_key(worker, key_type), share_key(name, key_type))
    end
  end
  redis.call('RPUSH', DEAD, name)
  save_share_sizes(name)
  remove_worker(worker)
end

-- Remove the signed-in marks of these visitors from a share, and return them.
local function pop_marks(name, visitors)
  local marks = ids_in_share(name, SIGNED, visitors)
  if #marks > 0 then
    redis.call('SREM', share_key(name, SIGNED), unpack(marks))
  end
  return marks
end

local function pop_ids(name, key_type, limit)
  return limit > 0 and redis.call('SPOP', share_key(name, key_type), limit) or {}
end

-- Remove at most `limit` people from a share and return their number. They count until
-- `until_ms`; 0 means that they get no grace period. A signed-in mark goes with its visitor,
-- because the visitor alone would count as an anonymous person.
local function release(name, limit, until_ms)
  local visitors = pop_ids(name, VISITOR, limit)
  local marks = pop_marks(name, visitors)
  local users = pop_ids(name, USER, limit - #visitors)
  remove_holder(VISITOR, visitors, until_ms)
  remove_holder(SIGNED, marks, until_ms)
  remove_holder(USER, users, until_ms)
  save_share_sizes(name)
  return #visitors + #users
end

-- No mark exists without its visitor, so an empty share has no marks either.
local function is_empty(name)
  return redis.call('EXISTS', share_key(name, VISITOR), share_key(name, USER)) == 0
end

-- Remove at most `limit` people of dead workers.
local function reap(limit)
  if not may_have_members(DEAD) then return end
  local name = redis.call('LINDEX', DEAD, 0)
  while name and limit > 0 do
    found_damage = found_damage or share_damage(name)
    if found_damage then return end
    limit = limit - release(name, limit, 0)
    if is_empty(name) then
      is_resized = true
      redis.call('LPOP', DEAD)
      redis.call('HDEL', SHARES, name)
    end
    name = redis.call('LINDEX', DEAD, 0)
  end
end

-- Remove expired tombstones, leases, and at most `limit` people. Return whether more remain.
local function remove_expired(limit)
  if may_have_members(TOMBSTONES) then
    is_resized = redis.call('ZREMRANGEBYSCORE', TOMBSTONES, '-inf', NOW) > 0 or is_resized
  end
  if NOW >= meta.leases_held_until then
    for _, worker in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', NOW)) do
      bury(worker)
    end
  end
  local expired, more = 0, false
  if NOW >= meta.lingering_held_until then
    expired, more = expire(limit)
  end
  reap(limit - expired)
  return more or (may_have_members(DEAD) and redis.call('LLEN', DEAD) > 0)
end

-- Return when the next lease or grace period ends, or nil.
local function next_end()
  local lease = redis.call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2]
  local expiry, ends = next_expiry(), {}
  if lease then
    ends[1] = math.max(lease, meta.leases_held_until)
  end
  if expiry then
    ends[#ends + 1] = math.max(expiry, meta.lingering_held_until)
  end
  return #ends > 0 and math.min(unpack(ends)) or nil
end
