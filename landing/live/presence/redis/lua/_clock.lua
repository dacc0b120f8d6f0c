-- Time is Redis's own (rule 10), so that the clocks of workers do not matter.
-- Owns where time comes from; tests put a still clock in the place of this file.

-- Unix time in ms.
local function redis_time_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whole seconds since Redis began; nil where the user may not ask.
local function redis_uptime_seconds()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and tonumber(info:match('uptime_in_seconds:(%d+)')) or nil
end
