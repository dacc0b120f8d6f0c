-- One report of one worker, and the answer to it.
--
-- KEYS[1], ARGV[1..8] as in _state.lua, then
-- ARGV[9]   seq           ARGV[12]  highest version seen       ARGV[16]  begin, 1 or 0
-- ARGV[10]  acked         ARGV[13]  connections                ARGV[17]  complete, 1 or 0
-- ARGV[11]  epoch seen    ARGV[14]  table's figures, or ''     ARGV[18]  events wanted, 1 or 0
--                         ARGV[15]  when they were read, ms, or ''
-- ARGV[19..24]  how many ids follow of: v here, v gone, s here, s gone, u here, u gone
-- ARGV[25..]    the ids, in that order
--
-- Returns {snapshot as in _snapshot.lua or false, epoch, resync, drained, more,
-- due in ms or false, publish, refresh, joined, left}.

local seq, acked, seen = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[12])
local changes = #ARGV - 24
local epoch, connections = ARGV[11], tonumber(ARGV[13])
local figures, figures_as_of = ARGV[14], tonumber(ARGV[15])
local begins, completes, wants_events = ARGV[16] == '1', ARGV[17] == '1', ARGV[18] == '1'

-- Those of ARGV[first..last] whose state in the worker's share differs from `wanted`.
local function differing(kind, wanted, first, last)
  local ids = {}
  local states = redis.call('SMISMEMBER', share_key(WORKER, kind), unpack(ARGV, first, last))
  for i, state in ipairs(states) do
    if state ~= wanted then
      ids[#ids + 1] = ARGV[first + i - 1]
    end
  end
  return ids
end

local function apply_here(kind, first, last)
  local ids = differing(kind, 1, first, last)
  if #ids > 0 then
    redis.call('SADD', share_key(WORKER, kind), unpack(ids))
    arrive(kind, ids)
  end
end

local function apply_gone(kind, first, last)
  local ids = differing(kind, 0, first, last)
  if #ids > 0 then
    redis.call('SREM', share_key(WORKER, kind), unpack(ids))
    leave(kind, ids, NOW + LINGER)
  end
end

local function apply_changes()
  local first = 25
  for group = 0, 5 do
    local kind = KINDS[math.floor(group / 2) + 1]
    local change = group % 2 == 0 and apply_here or apply_gone
    local last = first + ARGV[19 + group] - 1
    for batch = first, last, BATCH do
      change(kind, batch, math.min(batch + BATCH - 1, last))
    end
    first = last + 1
  end
end

local function renew_lease()
  meta.connections = meta.connections + connections - (redis.call('HGET', CONNECTIONS, WORKER) or 0)
  redis.call('HSET', CONNECTIONS, WORKER, connections)
  redis.call('HSET', SEQ, WORKER, seq)
  redis.call('ZADD', LEASES, NOW + LEASE, WORKER)
  if completes then
    redis.call('ZREM', RESYNCING, WORKER)
  else
    redis.call('ZADD', RESYNCING, NOW + HEARTBEAT, WORKER)
  end
end

-- From whoever has the right to read, and from anybody while nothing is known: what took
-- so long that somebody else has the right by now is older than what that one will say.
local function take_figures()
  if figures_as_of and (meta.reader == WORKER or not meta.figures) then
    meta.figures, meta.figures_as_of = figures, figures_as_of
    meta.reading_until = 0
  end
end

-- Rules 1 to 3; false when the worker must report its whole share.
local function apply()
  local applied = tonumber(redis.call('HGET', SEQ, WORKER))
  if applied and seq <= applied then return true end
  if begins then
    bury(WORKER)
  elseif acked > 0 and (not applied or epoch ~= meta.epoch) then
    return false
  end
  renew_lease()
  apply_changes()
  take_figures()
  return true
end

local function is_unpublished()
  return not is_settling() and meta.shown_version and meta.shown_version > meta.published_version
end

-- Rule 8: one publish per interval, and the last value always goes out. The first one of
-- a settling epoch tells the others to report (rule 5). Who is alone has nobody to tell:
-- the next to come is told by its own first report.
local function grant_publish()
  if is_settling() and meta.announced == 0 then
    meta.announced = 1
    return true
  end
  if redis.call('ZCARD', LEASES) < 2 then
    meta.published_version = meta.shown_version or meta.published_version
    return false
  end
  if not is_unpublished() or NOW < meta.published_at + INTERVAL then return false end
  meta.published_version, meta.published_at = meta.version, NOW
  return true
end

-- One at a time: until it reports what it read, or a lease has passed.
local function grant_refresh()
  if NOW < math.max(meta.refreshed_at + REFRESH, meta.reading_until) then return false end
  meta.refreshed_at, meta.reading_until, meta.reader = NOW, NOW + LEASE, WORKER
  return true
end

-- Ms until something runs out or may be published, or false.
local function due_in()
  local times = {}
  local function consider(time, not_before)
    if time then
      times[#times + 1] = math.max(tonumber(time), not_before)
    end
  end
  consider(redis.call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2], meta.leases_held_until)
  consider(next_expiry(), meta.lingering_held_until)
  consider(is_settling() and meta.settling_until, 0)
  local awaited =
    redis.call('ZRANGEBYSCORE', RESYNCING, after_now(), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  consider(awaited[2], 0)
  consider(is_unpublished() and meta.published_at + INTERVAL, 0)
  return #times > 0 and math.max(1, math.min(unpack(times)) - NOW)
end

load_meta()
notice_data_loss(epoch, seen, acked)
notice_pause()
meta.last_sync_at = NOW
meta.version = math.max(meta.version, seen)
if tonumber(redis.call('ZSCORE', TOMBSTONES, WORKER) or 0) > NOW then
  save_meta()
  return {visible(), meta.epoch, false, true, false, false, false, false, {}, {}}
end
watching = wants_events and not begins and not is_settling()
local known = apply()
local more = take_away(math.max(MIN_REMOVALS, REMOVALS - math.floor(changes / 2)))
renew_snapshot()
local joined, left = {}, {}
if watching and not is_waiting() then
  joined, left = events()
end
local publish, refresh = grant_publish(), grant_refresh()
local due = due_in()
save_meta()
return {
  visible(), meta.epoch, not known, false, more, due, publish, refresh, joined, left,
}
