-- Recount a few ids of one type in one step, so that no report changes them meanwhile. Changes
-- nothing. Costs O(workers) commands.
--
-- KEYS[1], ARGV[1..10] as in _state.lua, then
-- ARGV[11]  type of the ids: v, s, or u
-- ARGV[12..]  at most 100 ids
--
-- Returns for each id {workers whose share has it, workers in `held` or 0, 1 if it is in its
-- grace period, 1 if a visitor with this id counts}.

local key_type = ARGV[11]
local holders = {}
for name in pairs(share_names()) do
  local found = redis.pcall('SMISMEMBER', share_key(name, key_type), unpack(ARGV, 12))
  for i, is_member in ipairs(found) do
    holders[i] = (holders[i] or 0) + is_member
  end
end
local answers = {}
for i = 12, #ARGV do
  local id = ARGV[i]
  local visitor = redis.pcall('HMGET', HELD[VISITOR], id)[1]
    or type(redis.pcall('ZSCORE', LINGERING[VISITOR], id)) == 'string'
  local held = redis.pcall('HMGET', HELD[key_type], id)[1]
  local lingers = type(redis.pcall('ZSCORE', LINGERING[key_type], id)) == 'string'
  answers[i - 11] = {
    holders[i - 11] or 0, tonumber(held or 0) or 0, lingers and 1 or 0, visitor and 1 or 0,
  }
end
return answers
