-- Stays: how long visitors were here, from the arrival to the departure that a grace period ended.
--
-- A visitor is measured if its arrival is one: not a part of a resync, and not in a settling
-- epoch. At most MAX_MEASURED are measured at a time, so that neither memory nor the cost of a step
-- grows with the people. Visitors that arrive meanwhile are not measured. That does not depend on
-- their stays, so the others are a fair sample.
--
-- Counts never depend on these keys, so a lost key or one of a wrong type is not an error.

local MAX_MEASURED = 10000
-- Bytes of meta.stays while nobody takes them; more stays are dropped.
local MAX_STAYS_BYTES = 32768

-- Whether the visitors that become present in this step have just arrived.
local measures_arrivals = false

local function forget_stays()
  redis.call('UNLINK', ARRIVALS, LEAVING)
end

-- Measure those of some visitors without a holder that have just arrived. The others are in their
-- grace period.
local function note_arrivals(ids)
  if not measures_arrivals then return end
  local measured = redis.pcall('HLEN', ARRIVALS)
  local room = type(measured) == 'number' and math.min(#ids, MAX_MEASURED - measured) or 0
  if room <= 0 then return end
  local fields, now = {}, string.format('%.0f', NOW)
  for i, score in ipairs(redis.call('ZMSCORE', LINGERING[VISITOR], unpack(ids, 1, room))) do
    if not score then
      fields[#fields + 1], fields[#fields + 2] = ids[i], now
    end
  end
  if #fields > 0 then
    redis.pcall('HSET', ARRIVALS, unpack(fields))
  end
end

-- Note visitors that returned in their grace period.
local function note_returns(ids)
  redis.pcall('ZREM', LEAVING, unpack(ids))
end

-- Note visitors whose grace period begins; `scored` has its end and the id of each.
local function note_departures(scored)
  local ids, leaving = {}, {}
  for i = 2, #scored, 2 do
    ids[i / 2] = scored[i]
  end
  for i, arrived_at in ipairs(redis.pcall('HMGET', ARRIVALS, unpack(ids))) do
    if arrived_at then
      leaving[#leaving + 1], leaving[#leaving + 2] = scored[2 * i - 1], ids[i]
    end
  end
  if #leaving > 0 then
    redis.pcall('ZADD', LEAVING, unpack(leaving))
  end
end

-- Note that the grace periods of visitors end sooner; `scored` has the end and the id of each.
local function note_earlier_departures(scored)
  redis.pcall('ZADD', LEAVING, 'XX', 'LT', unpack(scored))
end

-- Measure these visitors no more. They ceased to count without a grace period, so nobody knows
-- when they left.
local function forget_arrivals(ids)
  redis.pcall('HDEL', ARRIVALS, unpack(ids))
end

-- Add the stays of visitors whose grace period has ended to meta.stays, in ms.
local function end_stays()
  local ended =
    redis.pcall('ZRANGEBYSCORE', LEAVING, '-inf', NOW, 'WITHSCORES', 'LIMIT', 0, BATCH)
  if #ended == 0 then return end
  local ids, stays = {}, {meta.stays}
  for i = 1, #ended, 2 do
    ids[#ids + 1] = ended[i]
  end
  for i, arrived_at in ipairs(redis.pcall('HMGET', ARRIVALS, unpack(ids))) do
    local stay = arrived_at and ended[2 * i] - GRACE_PERIOD - arrived_at or -1
    if stay >= 0 then
      stays[#stays + 1] = string.format('%.0f', stay)
    end
  end
  forget_arrivals(ids)
  note_returns(ids)
  if #(meta.stays or '') < MAX_STAYS_BYTES then
    meta.stays = table.concat(stays, ' ')
  end
end

-- Return the stays that no answer has had yet, as text.
local function take_stays()
  local taken = meta.stays or ''
  meta.stays = meta.stays and ''
  return taken
end
