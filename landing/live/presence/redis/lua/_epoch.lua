-- What happened to Redis as a whole: data loss (rule 5) and pauses (rule 4).

-- Room for a heartbeat that is a little late, and for workers that are just trying again.
local LATE, RETRYING = 100, 500

-- When every live worker has reported again. If the data went when Redis last began, that
-- is one heartbeat after it began to answer, not after somebody first asked.
local function settled_at()
  local uptime = redis_uptime_seconds()
  if not uptime or uptime * 1000 >= HEARTBEAT then
    return NOW + HEARTBEAT
  end
  -- The uptime is a difference of whole seconds; this is the end of the earlier one.
  local began_by = math.min(NOW, (math.floor(NOW / 1000) - uptime + 1) * 1000)
  return math.max(began_by + HEARTBEAT + LATE, NOW + RETRYING)
end

-- Drop everything, as every live worker will report it again. Tombstones stay.
local function begin_epoch(version, settling_until)
  local live, dead = redis.call('ZRANGE', LEASES, 0, -1), redis.call('LRANGE', DEAD, 0, -1)
  for _, names in ipairs({live, dead}) do
    for _, name in ipairs(names) do
      for _, kind in ipairs(KINDS) do
        redis.call('UNLINK', share_key(name, kind))
      end
    end
  end
  for _, kind in ipairs(KINDS) do
    redis.call('UNLINK', HELD[kind], LINGERING[kind])
  end
  redis.call('UNLINK', META, LEASES, SEQ, CONNECTIONS, RESYNCING, DEAD)
  load_meta()
  meta.epoch, meta.version = NEW_EPOCH, version
  meta.last_sync_at, meta.settling_until = NOW, settling_until
end

-- `epoch`, `seen` and `acked` as in a report of this script's worker.
local function notice_data_loss(epoch, seen, acked)
  local applied = tonumber(redis.call('HGET', SEQ, WORKER) or acked)
  local went_back = epoch == meta.epoch and (seen > meta.version or applied < acked)
  if not meta.epoch or went_back then
    begin_epoch(math.max(meta.version, seen), settled_at())
  elseif NOW < meta.last_sync_at - HEARTBEAT then
    -- With the clock set back, everything that is to run out would stay for as long.
    begin_epoch(math.max(meta.version, seen), NOW + HEARTBEAT)
  end
end

local function is_paused()
  return NOW - meta.last_sync_at > 2 * HEARTBEAT
end

-- People who linger may sit on another worker that could not say so.
local function notice_pause()
  if is_paused() then
    meta.leases_held_until = NOW + LEASE
    meta.lingering_held_until = NOW + HEARTBEAT
  end
end
