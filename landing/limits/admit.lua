-- Make members of networks, as long as a network has less than the maximum. A member of the
-- network stays one for longer, so the script is idempotent.
--
-- KEYS: one sorted set per network: member -> the time in ms at which it ends.
-- ARGV: the maximum, the duration of a membership in ms, an offset to the time in ms, which only
-- tests set; then for each key the count of its members, and the members.
--
-- Returns for each member, in their order, 1 if it is one and 0 if not.

local MAX, KEEP = tonumber(ARGV[1]), tonumber(ARGV[2])
-- The time of Redis, so the clocks of the processes do not matter.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])

local answers, position = {}, 4
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local places, admitted = MAX - redis.call('ZCARD', key), {}
  local last = position + tonumber(ARGV[position])
  for i = position + 1, last do
    local is_member = redis.call('ZSCORE', key, ARGV[i])
    if is_member or places > 0 then
      places = places - (is_member and 0 or 1)
      admitted[#admitted + 1] = ARGV[i]
      answers[#answers + 1] = 1
    else
      answers[#answers + 1] = 0
    end
  end
  if #admitted > 0 then
    -- Without the permission, fail before there is a key that does not expire.
    redis.call('PEXPIRE', key, KEEP)
    for _, member in ipairs(admitted) do redis.call('ZADD', key, now + KEEP, member) end
    redis.call('PEXPIRE', key, KEEP)
  end
  position = last + 1
end
return answers
