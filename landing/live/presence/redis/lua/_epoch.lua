-- Epochs: data loss (rule 5), and pauses of Redis (rule 4).

-- Time for a heartbeat that is slightly late, and for workers that are just retrying.
local LATE, RETRYING = 100, 500

-- Losses, as in data_loss.py. Another text names the key that lost data.
local EVERYTHING, OLDER_STATE, CLOCK_WENT_BACK = 'everything', 'older state', 'clock went back'

-- Return the time by which every live worker has reported again. After a restart of Redis,
-- this is one heartbeat after Redis began to answer, not after the first report. Data that is
-- lost later was lost at any time since the last report, so it takes one heartbeat from now.
local function settling_end()
  local uptime = redis_uptime_seconds()
  if not uptime then return NOW + HEARTBEAT end
  -- Redis computes the uptime from whole seconds; this is the latest possible start.
  local started_by = math.min(NOW, (math.floor(NOW / 1000) - uptime + 1) * 1000)
  local reported_by = started_by + HEARTBEAT + LATE
  if NOW >= reported_by then return NOW + HEARTBEAT end
  return math.max(reported_by, NOW + RETRYING)
end

-- Return the names of all workers that have shares, from whichever keys are left.
local function share_names()
  local names = {}
  for _, command in ipairs({
    {'ZRANGE', LEASES, 0, -1}, {'LRANGE', DEAD, 0, -1}, {'HKEYS', SHARES},
  }) do
    for _, name in ipairs(redis.pcall(unpack(command))) do
      names[name] = true
    end
  end
  return names
end

local function drop_shares(name)
  for _, key_type in ipairs(KEY_TYPES) do
    redis.call('UNLINK', share_key(name, key_type))
  end
end

-- Drop everything except tombstones; every live worker will report its keys again.
local function begin_epoch(version, settling_until)
  for name in pairs(share_names()) do
    drop_shares(name)
  end
  for _, key_type in ipairs(KEY_TYPES) do
    redis.call('UNLINK', HELD[key_type], LINGERING[key_type])
  end
  redis.call(
    'UNLINK', META, LEASES, SEQ, CONNECTIONS, RESYNCING, DEAD, SHARES, NETWORK_OF, NETWORKS,
    ARRIVALS, LEAVING, PLACES, PLACE_OF[VISITOR], PLACE_OF[USER]
  )
  steps.forget()
  if sizes[TOMBSTONES] == WRONG_TYPE then
    redis.call('UNLINK', TOMBSTONES)
  end
  load_meta()
  is_resized = true
  measure()
  meta.epoch, meta.version = NEW_EPOCH, version
  meta.last_sync_at, meta.settling_until = NOW, settling_until
end

-- Begin a new epoch if a report shows that data is missing or that the clock was set back.
-- `epoch`, `seen`, and `acked` are fields of the report, and `applied` is the stored seq of
-- its worker or nil. Return a description of the loss; false if there is none, or if this
-- worker has lost nothing.
local function detect_data_loss(epoch, seen, acked, applied)
  local damaged = damage() or (applied and share_damage(WORKER))
  local went_back = epoch == meta.epoch and (seen > meta.version or (applied or acked) < acked)
  if damaged or went_back or not meta.epoch then
    begin_epoch(math.max(meta.version, seen), settling_end())
    return damaged or (went_back and OLDER_STATE) or (acked > 0 and EVERYTHING)
  elseif NOW < meta.last_sync_at - HEARTBEAT then
    -- Every lease and grace period would last longer by the time the clock lost.
    begin_epoch(math.max(meta.version, seen), NOW + HEARTBEAT)
    return CLOCK_WENT_BACK
  end
  return false
end

local function is_paused()
  return NOW - meta.last_sync_at > 2 * HEARTBEAT
end

-- After a pause, keep leases and grace periods until the workers had time to report. People
-- in their grace period can have a connection to a worker that could not report it.
local function detect_pause()
  if is_paused() then
    meta.leases_held_until = NOW + LEASE
    meta.lingering_held_until = NOW + HEARTBEAT
  end
end
