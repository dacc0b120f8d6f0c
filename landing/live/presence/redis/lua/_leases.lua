-- The shares of workers: who is believed to hold what, and taking dead ones away (rule 6).

local function forget(worker)
  meta.connections = meta.connections - (redis.call('HGET', CONNECTIONS, worker) or 0)
  redis.call('HDEL', CONNECTIONS, worker)
  redis.call('HDEL', SEQ, worker)
  redis.call('ZREM', LEASES, worker)
  redis.call('ZREM', RESYNCING, worker)
end

-- Put a worker's share among the dead: its connections go at once, its keys in bounded steps.
local function bury(worker)
  -- Its number rises, so a worker that dies twice leaves two names.
  local name = worker .. ':' .. (redis.call('HGET', SEQ, worker) or 0)
  for _, kind in ipairs(KINDS) do
    if redis.call('EXISTS', share_key(worker, kind)) == 1 then
      redis.call('RENAME', share_key(worker, kind), share_key(name, kind))
    end
  end
  redis.call('RPUSH', DEAD, name)
  forget(worker)
end

-- Those of the visitors whose signed-in mark is in the share; the marks leave it.
local function take_marks(name, visitors)
  local marks = {}
  if #visitors > 0 then
    for i, marked in ipairs(redis.call('SMISMEMBER', share_key(name, SIGNED), unpack(visitors))) do
      if marked == 1 then
        marks[#marks + 1] = visitors[i]
      end
    end
  end
  if #marks > 0 then
    redis.call('SREM', share_key(name, SIGNED), unpack(marks))
  end
  return marks
end

local function take(name, kind, limit)
  return limit > 0 and redis.call('SPOP', share_key(name, kind), limit) or {}
end

-- Take up to `limit` people out of a share and let them linger until then (0: not at all);
-- returns how many. A browser's signed-in mark goes with the browser: a half-removed share
-- would show a signed-in person as an anonymous one too.
local function release(name, limit, until_ms)
  local visitors = take(name, VISITOR, limit)
  local marks = take_marks(name, visitors)
  local users = take(name, USER, limit - #visitors)
  leave(VISITOR, visitors, until_ms)
  leave(SIGNED, marks, until_ms)
  leave(USER, users, until_ms)
  return #visitors + #users
end

-- No mark is without its browser, so the marks need no look.
local function is_empty(name)
  return redis.call('EXISTS', share_key(name, VISITOR), share_key(name, USER)) == 0
end

-- Take away at most `limit` people of dead workers.
local function reap(limit)
  local name = redis.call('LINDEX', DEAD, 0)
  while name and limit > 0 do
    limit = limit - release(name, limit, 0)
    if is_empty(name) then
      redis.call('LPOP', DEAD)
    end
    name = redis.call('LINDEX', DEAD, 0)
  end
end

-- Take away what ran out, at most `limit` people; true while more is waiting.
local function take_away(limit)
  redis.call('ZREMRANGEBYSCORE', TOMBSTONES, '-inf', NOW)
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
  return more or redis.call('LLEN', DEAD) > 0
end
