-- Try every command that the other scripts cannot work without. A refusal is found here, and
-- not in the middle of a step. Optional commands, such as INFO, are not tried.
--
-- KEYS[1], ARGV[1..8] as in _state.lua. Leaves no keys behind.

local HASH, ZSET, LIST = PREFIX .. 'try:hash', PREFIX .. 'try:zset', PREFIX .. 'try:list'
local SET, OTHER = PREFIX .. 'try:set', PREFIX .. 'try:other'

for _, command in ipairs({
  {'UNLINK', HASH, ZSET, SET, LIST, OTHER},
  {'HSET', HASH, 'a', 1}, {'HGET', HASH, 'a'}, {'HMGET', HASH, 'a'}, {'HLEN', HASH},
  {'HDEL', HASH, 'a'},
  {'ZADD', ZSET, 1, 'a'}, {'ZSCORE', ZSET, 'a'}, {'ZMSCORE', ZSET, 'a'}, {'ZCARD', ZSET},
  {'ZCOUNT', ZSET, 0, 1}, {'ZRANGE', ZSET, 0, 0}, {'ZRANGEBYSCORE', ZSET, 0, 1},
  {'ZREM', ZSET, 'a'}, {'ZREMRANGEBYSCORE', ZSET, 0, 1},
  {'SADD', SET, 'a', 'b'}, {'SMISMEMBER', SET, 'a'}, {'SCARD', SET}, {'SREM', SET, 'a'},
  {'EXISTS', SET}, {'RENAME', SET, OTHER}, {'SPOP', OTHER, 1},
  {'RPUSH', LIST, 'a'}, {'LINDEX', LIST, 0}, {'LLEN', LIST}, {'LRANGE', LIST, 0, 0},
  {'LPOP', LIST}, {'TIME'}, {'TYPE', LIST},
}) do
  local reply = redis.pcall(unpack(command))
  if type(reply) == 'table' and reply.err then
    redis.pcall('UNLINK', HASH, ZSET, SET, LIST, OTHER)
    local reason = reply.err:gsub('@user_script: *%d+: *', '')
    return redis.error_reply('Redis 6.2 or newer with ' .. command[1] .. ' is needed: ' .. reason)
  end
end
return true
