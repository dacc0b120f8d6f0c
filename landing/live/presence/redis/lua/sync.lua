-- Apply one report of one worker, and return the answer.
--
-- KEYS[1], ARGV[1..10] as in _state.lua, then
-- ARGV[11]  seq           ARGV[14]  highest version seen      ARGV[18]  begin, 1 or 0
-- ARGV[12]  acked         ARGV[15]  connections               ARGV[19]  complete, 1 or 0
-- ARGV[13]  epoch seen    ARGV[16]  aggregates, or ''         ARGV[20]  events wanted, 1 or 0
--                         ARGV[17]  their as_of, ms, or ''
-- ARGV[21..29]  number of ids per group: v present, v absent, v ended (absent, without a
--               grace period), and the same for s and u
-- ARGV[30]      number of places: of the v and the u present, or 0 if nobody has one
-- ARGV[31..]    the ids, in that order; then these places, '' if elsewhere; then the network of each
--               id in the first two groups, '' if unknown; no networks if all are unknown
--
-- Returns {snapshot as in _snapshot.lua or false, epoch, resync, drained, more,
-- ms until due or false, publish, read, joined, left, loss as in _epoch.lua or false, workers
-- with a lease, stays in ms, separated by spaces, people folded}.

local seq, acked, seen = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[14])
local epoch, connections = ARGV[13], tonumber(ARGV[15])
local figures, figures_as_of = ARGV[16], tonumber(ARGV[17])
local begins, completes, wants_events = ARGV[18] == '1', ARGV[19] == '1', ARGV[20] == '1'
local FIRST_ID = 31
local changes = 0
for group = 0, 8 do
  changes = changes + ARGV[21 + group]
end

local function apply_present(key_type, ids)
  add_holder(WORKER, key_type, ids)
end

-- Return the ids that are not in a list, which has some of them in their order.
local function ids_not_in(found, ids)
  local others, next_found = {}, 1
  for _, id in ipairs(ids) do
    if id == found[next_found] then
      next_found = next_found + 1
    else
      others[#others + 1] = id
    end
  end
  return others
end

-- Let the worker hold these ids no longer. Return those that it held.
local function remove_ids(key_type, ids, until_ms)
  local held = ids_in_share(WORKER, key_type, ids)
  if #held > 0 then
    redis.call('SREM', share_key(WORKER, key_type), unpack(held))
    remove_holder(key_type, held, until_ms)
  end
  return held
end

-- An id that the worker does not hold came and left since its last report. Its grace period starts
-- again, unless the one that it had before ends sooner.
local function apply_absent(key_type, ids)
  local held = remove_ids(key_type, ids, NOW + GRACE_PERIOD)
  if #held < #ids then
    shorten_grace_periods(key_type, ids_not_in(held, ids), NOW + GRACE_PERIOD)
  end
end

local function apply_ended(key_type, ids)
  remove_ids(key_type, ids, 0)
end

local APPLY = {apply_present, apply_absent, apply_ended}

local function apply_changes()
  local first = FIRST_ID
  for group = 0, 8 do
    local key_type = KEY_TYPES[math.floor(group / 3) + 1]
    local apply_ids = APPLY[group % 3 + 1]
    local last = first + ARGV[21 + group] - 1
    for batch = first, last, BATCH do
      apply_ids(key_type, {unpack(ARGV, batch, math.min(batch + BATCH - 1, last))})
    end
    first = last + 1
  end
end

-- `is_new` is true for a worker without a lease. If it has shares, they are of an earlier epoch
-- and no longer counted.
local function renew_lease(is_new)
  if is_new then
    is_resized = true
    drop_shares(WORKER)
  end
  local earlier = tonumber(redis.call('HGET', CONNECTIONS, WORKER))
  if connections ~= earlier then
    meta.connections = meta.connections + connections - (earlier or 0)
    redis.call('HSET', CONNECTIONS, WORKER, connections)
  end
  redis.call('HSET', SEQ, WORKER, seq)
  redis.call('ZADD', LEASES, NOW + LEASE, WORKER)
  if completes then
    local was_resyncing =
      may_have_members(RESYNCING) and redis.call('ZREM', RESYNCING, WORKER) > 0
    is_resized = was_resyncing or is_resized
    measures_arrivals = not (begins or was_resyncing or is_settling())
  else
    is_resized = true
    redis.call('ZADD', RESYNCING, NOW + HEARTBEAT, WORKER)
  end
end

-- Accept aggregates from the worker with the grant, and from any worker before the first
-- ones. Aggregates of a worker that lost the grant are older than those of its successor.
local function store_aggregates()
  if figures_as_of and (meta.reader == WORKER or not meta.figures) then
    meta.figures, meta.figures_as_of = figures, figures_as_of
    meta.reading_until = 0
  end
end

-- The places follow the ids.
local function read_places()
  local places, first = tonumber(ARGV[30]), FIRST_ID
  if places == 0 and not has_places() then return end
  local next_place = first + changes
  for group = 0, 6 do
    local last = first + ARGV[21 + group] - 1
    if group == 0 or group == 6 then
      for i = first, last do
        report_place(KEY_TYPES[group / 3 + 1], ARGV[i], places > 0 and ARGV[next_place] or '')
        next_place = next_place + 1
      end
    end
    first = last + 1
  end
end

-- The networks follow the places.
local function read_networks()
  local skipped = changes + ARGV[30]
  if MAX_PEOPLE == 0 or #ARGV < FIRST_ID + skipped then return end
  for i = FIRST_ID, FIRST_ID + ARGV[21] + ARGV[22] - 1 do
    local network = ARGV[i + skipped]
    if network ~= '' then
      reported_networks[ARGV[i]] = network
    end
  end
end

-- Apply the report (rules 1 to 3). Return false if the worker must report all of its keys.
local function apply_report(applied)
  if applied and seq <= applied then return true end
  if begins and applied then
    bury(WORKER)
    applied = nil
  elseif not begins and acked > 0 and (not applied or epoch ~= meta.epoch) then
    return false
  end
  renew_lease(not applied)
  read_networks()
  read_places()
  apply_changes()
  if changes > 0 or not applied then
    save_share_sizes(WORKER)
  end
  store_aggregates()
  return true
end

local function is_unpublished()
  return not is_settling() and meta.shown_version and meta.shown_version > meta.published_version
end

-- Grant one publish per interval (rule 8); the last value is always granted. The first grant
-- of a settling epoch makes the other workers report (rule 5). A worker that is alone has
-- nobody to publish to: the next worker gets the snapshot with its first report.
local function grant_publish()
  if is_settling() and meta.announced == 0 then
    meta.announced = 1
    return true
  end
  if sizes[LEASES] < 2 then
    meta.published_version = meta.shown_version or meta.published_version
    return false
  end
  if not is_unpublished() or NOW < meta.published_at + PUBLISH_INTERVAL then return false end
  meta.published_version, meta.published_at = meta.version, NOW
  return true
end

-- Grant the read of the analytics table to one worker at a time: until it reports the
-- aggregates, or for one lease.
local function grant_read()
  if NOW < math.max(meta.refreshed_at + READ_INTERVAL, meta.reading_until) then return false end
  meta.refreshed_at, meta.reading_until, meta.reader = NOW, NOW + LEASE, WORKER
  return true
end

-- Return the ms until the next lease, grace period, or wait ends or a publish is due; or
-- false.
local function ms_until_due()
  local times = {}
  local function consider(time)
    if time then
      times[#times + 1] = tonumber(time)
    end
  end
  consider(meta.shown_until > 0 and meta.shown_until or next_end())
  consider(is_settling() and meta.settling_until)
  if may_have_members(RESYNCING) then
    local resync =
      redis.call('ZRANGEBYSCORE', RESYNCING, after_now(), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    consider(resync[2])
  end
  consider(is_unpublished() and meta.published_at + PUBLISH_INTERVAL)
  return #times > 0 and math.max(1, math.min(unpack(times)) - NOW)
end

load_meta()
measure()
local applied = tonumber(redis.pcall('HGET', SEQ, WORKER))
local loss = detect_data_loss(epoch, seen, acked, applied)
if loss or not saved.epoch then
  applied = nil
end
detect_pause()
-- A worker of an earlier release has changed visitors without their stays.
if meta.stays_at ~= meta.last_sync_at then forget_stays() end
meta.last_sync_at, meta.stays_at = NOW, NOW
meta.version = math.max(meta.version, seen)
if may_have_members(TOMBSTONES)
  and tonumber(redis.call('ZSCORE', TOMBSTONES, WORKER) or 0) > NOW then
  -- The next step would take what an earlier release changed for up to date.
  save_networks()
  save_places()
  measure()
  save_meta()
  return {
    visible_snapshot(), meta.epoch, false, true, false, false, false, false, {}, {}, loss, 1, '', 0,
  }
end
records_events = wants_events and not begins and not is_settling()
local is_known = apply_report(applied)
local more = remove_expired(math.max(MIN_REMOVALS, REMOVALS - math.floor(changes / 2)))
save_networks()
save_places()
if found_damage then
  loss, is_known, more = found_damage, false, false
  begin_epoch(math.max(meta.version, seen), settling_end())
end
measure()
update_snapshot()
local joined, left = {}, {}
if records_events and not is_settling() and not is_resyncing() then
  joined, left = person_events()
end
local publish, read = grant_publish(), grant_read()
local due, stays = ms_until_due(), take_stays()
save_meta()
return {
  visible_snapshot(), meta.epoch, not is_known, false, more, due, publish, read, joined, left, loss,
  sizes[LEASES], stays, folded,
}
