-- In the place of _clock.lua: time is what ARGV[1] says, and Redis has run for long.

local function redis_time_ms()
  return 0
end

local function redis_uptime_seconds()
  return 1000000
end
