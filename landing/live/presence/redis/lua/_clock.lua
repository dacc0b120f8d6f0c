-- The time. It is Redis's own (rule 10), so the clocks of workers do not matter.
-- Tests replace this file with a fixed clock.

-- Return the Unix time in ms.
local function redis_time_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Return the whole seconds since Redis started, or nil if the user lacks the permission.
local function redis_uptime_seconds()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and tonumber(info:match('uptime_in_seconds:(%d+)')) or nil
end
